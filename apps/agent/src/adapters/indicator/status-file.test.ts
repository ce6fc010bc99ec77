import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isoTime, manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { scratch } from '../../../testing/scratch.ts';
import { OPERATOR, SESSION, START } from '../../../testing/signed-log.ts';
import { AGAIN_MS, statusFileIndicator } from './status-file.ts';

const notice = { session: SESSION, operator: OPERATOR, reason: 'investigate alert', until: START + 60_000 };
const daemon = { pid: 42, boot: 'boot' };
function ready(folder = scratch()) {
  const path = join(folder, 'status.json');
  const lines: string[] = [];
  const clock = manualClock(START);
  const status = () => (JSON.parse(readFileSync(path, 'utf8')) as { remote_support: string }).remote_support;
  return { folder, path, lines, clock, status, indicator: statusFileIndicator({ path, clock, journal: (line) => void lines.push(line), daemon }) };
}

test('raised, the status file names operator, reason and end, and so does the journal', async () => {
  const { path, lines, indicator } = ready();
  await indicator.raise(notice);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    remote_support: 'live',
    session: SESSION,
    operator: OPERATOR,
    reason: 'investigate alert',
    until: isoTime(START + 60_000),
    since: isoTime(START),
    daemon,
  });
  expect(lines).toEqual([`REMOTE SUPPORT SESSION LIVE: ${OPERATOR}, until ${isoTime(START + 60_000)}: investigate alert`]);
});

test('lowered, nothing of the session is left in it', async () => {
  const { path, lines, indicator } = ready();
  await indicator.raise(notice);
  await indicator.lower();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ remote_support: 'dormant', since: isoTime(START), daemon });
  expect(lines.at(-1)).toBe('remote support session over');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

/** Guarantee: "raised" means that it is on disk. */
test('where nothing can be written, raising fails and the journal does not claim it', async () => {
  const { folder, lines, indicator } = ready();
  rmSync(folder, { recursive: true });
  await expect(indicator.raise(notice)).rejects.toThrow(/ENOENT/);
  expect(lines).toEqual([]);
  mkdirSync(folder);
  await indicator.raise(notice);
  expect(lines).toHaveLength(1);
});

/** A folder in the way of the new file: the disk takes nothing, and what stands there stays. */
async function stuck() {
  const m = ready();
  await m.indicator.raise(notice);
  mkdirSync(`${m.path}.new`);
  await expect(m.indicator.lower()).rejects.toThrow(/EISDIR/);
  return { ...m, mend: () => rmSync(`${m.path}.new`, { recursive: true }) };
}

test('one that could not be lowered is tried again until it is, and then says that the session is over, once', async () => {
  const { clock, status, lines, mend } = await stuck();
  await clock.advance(10 * AGAIN_MS);
  expect([status(), lines.length]).toEqual(['live', 1]);
  mend();
  await clock.advance(AGAIN_MS);
  expect([status(), lines.slice(1)]).toEqual(['dormant', ['remote support session over']]);
  await clock.advance(10 * AGAIN_MS);
  expect(lines).toHaveLength(2);
});

test('what is raised meanwhile is not put out by the one before it', async () => {
  const { clock, status, indicator, mend } = await stuck();
  mend();
  await indicator.raise(notice);
  await clock.advance(10 * AGAIN_MS);
  expect(status()).toBe('live');
});
