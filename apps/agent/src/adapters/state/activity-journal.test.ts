import { appendFileSync, existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../../testing/scratch.ts';
import type { ActivityEntry } from '../../activity.ts';
import { activityJournal, readActivity, ROTATED_KEPT } from './activity-journal.ts';

const entry = (n: number, over: Partial<ActivityEntry> = {}): ActivityEntry => ({ at: '2026-03-01T12:00:00.000Z', what: 'command', phase: 'intent', command: 'ping', entry: n, ...over });
const outcome = (n: number) => entry(n, { phase: 'outcome', outcome: 'ok' });
const file = () => join(scratch(), 'activity.log');
const entriesOf = (path: string) => readActivity(path)?.lines.map((line) => line.entry);

test('an intent that resolved is on disk, owner-only, and what came before it stands before it', async () => {
  const path = file();
  const journal = activityJournal(path);
  await journal.intend(entry(1));
  journal.record(outcome(1));
  await journal.intend(entry(2));
  expect(readActivity(path)).toMatchObject({ breaks: [], lines: [{ n: 0, entry: 1 }, { n: 1, phase: 'outcome' }, { n: 2, entry: 2 }] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  journal.close();
});

test('what many acts write at once keeps its order and its chain', async () => {
  const path = file();
  const journal = activityJournal(path);
  const intents = Array.from({ length: 100 }, (_, n) => journal.intend(entry(n)));
  await Promise.all(intents);
  expect(entriesOf(path)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(readActivity(path)?.breaks).toEqual([]);
  journal.close();
});

test('the next life goes on with the chain, and cuts off what a crash left half written', async () => {
  const path = file();
  const first = activityJournal(path);
  await first.intend(entry(1));
  first.close();
  appendFileSync(path, '{"n":1,"at":"2026-0');
  const second = activityJournal(path);
  await second.intend(entry(2));
  expect(readActivity(path)).toMatchObject({ breaks: [], lines: [{ entry: 1 }, { entry: 2 }] });
  second.close();
});

test('it is bounded: old files go, the chain goes on over the files, and what is gone is not called broken', async () => {
  const path = file();
  const journal = activityJournal(path, { rotateAt: 2_000 });
  for (let n = 0; n < 120; n++) await journal.intend(entry(n));
  expect(existsSync(`${path}.${ROTATED_KEPT}`)).toBe(true);
  expect(existsSync(`${path}.${ROTATED_KEPT + 1}`)).toBe(false);
  const read = readActivity(path);
  expect(read?.breaks).toEqual([]);
  expect(read?.lines.at(-1)?.entry).toBe(119);
  expect(read?.lines[0]?.n).toBeGreaterThan(0);
  journal.close();
  const next = activityJournal(path);
  await next.intend(entry(120));
  expect(readActivity(path)?.breaks).toEqual([]);
  next.close();
});

test('a file that somebody put away or emptied shows as a break, and the journal goes on', async () => {
  const path = file();
  const journal = activityJournal(path);
  await journal.intend(entry(1));
  rmSync(path);
  await journal.intend(entry(2));
  expect(entriesOf(path)).toEqual([2]);
  expect(readActivity(path)?.breaks).toMatchObject([{ line: 1 }]);
  journal.close();
});

/** Guarantee: what cannot be written is not done, and what was acknowledged is there and in its chain. */
test.runIf(process.platform === 'linux')('on a disk that is full every intent is refused from then on, none that was acknowledged is lost, and with room the chain goes on', async () => {
  const path = file();
  const loop = join(import.meta.dirname, '../../../testing/journal-loop.ts');
  // 4 KiB is all a file may have; the line that crosses it is cut short.
  const said = execFileSync('sh', ['-c', 'ulimit -S -f 8; exec "$@"', 'sh', process.execPath, loop, 'activity', path, '40'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'] } }); // compiled code is kept nowhere: it would not fit
  const numbers = (word: string) => said.split('\n').filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.split(' ')[1]));
  expect(numbers('failed').length).toBeGreaterThan(10);
  expect(Math.max(...numbers('ok'))).toBeLessThan(Math.min(...numbers('failed')));
  const intents = () => readActivity(path)?.lines.filter(({ phase }) => phase === 'intent').map((line) => line.entry);
  const next = activityJournal(path);
  await next.intend(entry(99));
  next.close();
  expect(intents()).toEqual([...numbers('ok'), 99]);
  expect(readActivity(path)?.breaks).toEqual([]);
});

test.runIf(process.platform === 'linux')('where it cannot be written an intent is refused; the outcomes of what had begun are kept and written as soon as there is room', async () => {
  const path = file();
  const problems: string[] = [];
  const journal = activityJournal(path, { note: (problem) => problems.push(problem) });
  await journal.intend(entry(1));
  const before = readFileSync(path, 'utf8');
  rmSync(path);
  symlinkSync('/dev/full', path); // and no link is followed either
  journal.record(outcome(1));
  await expect(journal.intend(entry(2))).rejects.toThrow(/ELOOP/);
  expect(problems.length).toBeGreaterThan(0);
  rmSync(path);
  writeFileSync(path, before, { mode: 0o600 });
  await journal.intend(entry(3));
  expect(readActivity(path)).toMatchObject({ breaks: [], lines: [{ entry: 1 }, { entry: 1, phase: 'outcome' }, { entry: 3 }] });
  journal.close();
});
