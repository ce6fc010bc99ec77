import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isoTime, manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { scratch } from '../../../testing/scratch.ts';
import { OPERATOR, SESSION, START } from '../../../testing/signed-log.ts';
import { statusFileIndicator } from './status-file.ts';

const notice = { session: SESSION, operator: OPERATOR, reason: 'investigate alert', until: START + 60_000 };
function ready(folder = scratch()) {
  const path = join(folder, 'status.json');
  const lines: string[] = [];
  return { folder, path, lines, indicator: statusFileIndicator({ path, clock: manualClock(START), journal: (line) => void lines.push(line) }) };
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
  });
  expect(lines).toEqual([`REMOTE SUPPORT SESSION LIVE: ${OPERATOR}, until ${isoTime(START + 60_000)}: investigate alert`]);
});

test('lowered, nothing of the session is left in it', async () => {
  const { path, lines, indicator } = ready();
  await indicator.raise(notice);
  await indicator.lower();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ remote_support: 'dormant', since: isoTime(START) });
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
