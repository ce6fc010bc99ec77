import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../../testing/scratch.ts';
import { nothingFollowed } from '../../witness.ts';
import { readFollowed, witnessJournal } from './witness-journal.ts';

const state = (n: number, checkpoint = `argus/ins/tenant/T\n${n}\n\n— key sig\n`) => ({ ...nothingFollowed(), size: n, highestActed: n - 1, checkpoint });
const LOOP = join(import.meta.dirname, '../../../testing/journal-loop.ts');

function journalAt(path = join(scratch(), 'witness.journal')) {
  return { path, journal: witnessJournal(path, nothingFollowed()) };
}

test('what was acknowledged is what is read', async () => {
  const { path, journal } = journalAt();
  for (let n = 1; n <= 5; n++) {
    await journal.advance(state(n));
    expect(readFollowed(path)).toEqual(state(n));
  }
  await journal.advance({ ...state(5), fork: 'a note' });
  journal.close();
  expect(witnessJournal(path).followed()).toEqual({ ...state(5), fork: 'a note' });
});

test('the journal is owner-only', () => expect(statSync(journalAt().path).mode & 0o777).toBe(0o600));

test('what is followed counts at once, so that the next entry is compared with it', async () => {
  const { journal } = journalAt();
  const stored = journal.advance(state(3));
  expect(journal.followed()).toEqual(state(3));
  await stored;
});

/** Guarantee: a crash takes at most the line that was never acknowledged. */
test('a last line that is cut at any byte does not count, and the one before it does', async () => {
  const { path, journal } = journalAt();
  await journal.advance(state(1));
  const before = readFileSync(path).length;
  await journal.advance(state(2));
  journal.close();
  const whole = readFileSync(path);
  for (let length = before; length <= whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    expect(readFollowed(path)).toEqual(state(length === whole.length ? 2 : 1));
  }
});

test('after a cut at any byte the journal goes on', async () => {
  const { path, journal } = journalAt();
  await journal.advance(state(1));
  const before = readFileSync(path).length;
  await journal.advance(state(2));
  journal.close();
  const whole = readFileSync(path);
  for (let length = before; length < whole.length; length += 7) {
    writeFileSync(path, whole.subarray(0, length));
    const again = witnessJournal(path);
    await again.advance(state(9));
    again.close();
    expect(readFollowed(path)).toEqual(state(9));
  }
});

/** Guarantee: a machine that forgot how far it followed the log says so, instead of starting to trust again. */
test('a journal that is missing, empty or unreadable is refused with a sentence', () => {
  const path = join(scratch(), 'witness.journal');
  expect(() => witnessJournal(path)).toThrow(/is missing, and with it how far this machine followed the log/);
  expect(existsSync(path)).toBe(false);
  for (const text of ['', '\n', '\n{"size":1', '\nnonsense\n', '\n{}\n', `\n${JSON.stringify({ ...state(1), size: -1 })}\n`]) {
    writeFileSync(path, text);
    expect(() => witnessJournal(path)).toThrow(/witness\.journal is damaged/);
    expect(readFileSync(path, 'utf8')).toBe(text);
  }
});

test('a damaged last line is not passed over for an older one', () => {
  const path = join(scratch(), 'witness.journal');
  writeFileSync(path, `\n${JSON.stringify(state(1))}\n\n${JSON.stringify(state(2)).replace('2', 'x')}\n`);
  expect(() => readFollowed(path)).toThrow(/is damaged/);
});

test('an enrollment starts over, whatever an earlier one that failed left behind', () => {
  const { path, journal } = journalAt();
  journal.close();
  witnessJournal(path, state(7)).close();
  witnessJournal(path, state(2)).close();
  expect(readFollowed(path)).toEqual(state(2));
});

test('what arrives while a flush runs goes into the next one: a hundred at once are two lines', async () => {
  const { path, journal } = journalAt();
  const lines = () => readFileSync(path, 'utf8').split('\n').filter((line) => line !== '').length;
  const before = lines();
  await Promise.all(Array.from({ length: 100 }, (_, n) => journal.advance(state(n + 1))));
  expect(lines() - before).toBe(2);
  expect(readFollowed(path)).toEqual(state(100));
});

test('the file stays short, however long the log', async () => {
  const { path, journal } = journalAt();
  const long = 'x'.repeat(100_000);
  let largest = 0;
  for (let n = 1; n <= 40; n++) {
    await journal.advance(state(n, long));
    largest = Math.max(largest, statSync(path).size);
    expect(readFollowed(path)?.size).toBe(n);
  }
  expect(largest).toBeLessThan(1_400_000);
  expect(statSync(path).size).toBeLessThan(1_400_000);
});

/** Two daemons on one directory would each acknowledge what the other throws away. */
test('a journal that a second daemon replaced acknowledges nothing any more, and leaves the new one alone', async () => {
  const { path, journal } = journalAt();
  await journal.advance(state(1));
  const second = witnessJournal(path);
  await expect(journal.advance(state(2))).rejects.toThrow('another argus-agent runs on this state directory');
  await expect(journal.advance(state(3))).rejects.toThrow('another argus-agent');
  await second.advance(state(4));
  expect(readFollowed(path)).toEqual(state(4));
});

test('a write that fails is refused, and the next one is on disk again', async () => {
  const { path, journal } = journalAt();
  journal.close(); // as if the file system had taken the file away
  await journal.advance(state(1));
  expect(readFollowed(path)).toEqual(state(1));
});

/** Guarantee: the same request never acts twice, also across a restart: what was acknowledged is remembered. */
test('requests that were acted on are remembered with the line they were stored with, and by the next process', async () => {
  const { path, journal } = journalAt();
  expect(journal.hasActed('request_1')).toBe(false);
  const stored = journal.advance(state(1), 'request_1');
  expect(journal.hasActed('request_1')).toBe(true); // at once: the next frame is compared with it
  await stored;
  await Promise.all([journal.advance(state(2), 'request_2'), journal.advance(state(3)), journal.advance(state(4), 'request_4')]);
  journal.close();
  for (let restarts = 0; restarts < 3; restarts++) {
    const again = witnessJournal(path);
    expect(['request_1', 'request_2', 'request_3', 'request_4'].map((r) => again.hasActed(r))).toEqual([true, true, false, true]);
    again.close();
  }
  expect(readFollowed(path)).toEqual(state(4));
});

test('a request in a line that a crash cut short was never acted on, and is not remembered', async () => {
  const { path, journal } = journalAt();
  await journal.advance(state(1), 'request_1');
  const before = readFileSync(path).length;
  await journal.advance(state(2), 'request_2');
  journal.close();
  const whole = readFileSync(path);
  for (let length = before; length <= whole.length; length += 11) {
    writeFileSync(path, whole.subarray(0, length));
    const again = witnessJournal(path);
    expect([again.hasActed('request_1'), again.hasActed('request_2')]).toEqual([true, length === whole.length]);
    again.close();
  }
});

test('a request whose line could not be stored is in the next file', async () => {
  const { path, journal } = journalAt();
  await journal.advance(state(1), 'request_1');
  journal.close(); // as if the file system had taken the file away
  await journal.advance(state(2), 'request_2');
  journal.close();
  const again = witnessJournal(path);
  expect([again.hasActed('request_1'), again.hasActed('request_2')]).toEqual([true, true]);
});

test('requests outlive the file they stand in, which stays bounded', async () => {
  const { path, journal } = journalAt();
  const long = 'x'.repeat(50_000);
  for (let n = 1; n <= 60; n++) await journal.advance(state(n, long), `request_${n}`);
  expect(statSync(path).size).toBeLessThan(1_400_000);
  journal.close();
  const again = witnessJournal(path);
  expect(Array.from({ length: 60 }, (_, i) => again.hasActed(`request_${i + 1}`)).every(Boolean)).toBe(true);
});

test('a line in the middle that cannot be read is not passed over: what it remembered would be forgotten', () => {
  const path = join(scratch(), 'witness.journal');
  writeFileSync(path, `\n${JSON.stringify(state(1))}\n\n{"size":2,"requ\n\n${JSON.stringify(state(3))}\n`);
  expect(() => witnessJournal(path)).toThrow(/is damaged/);
});

// ---- in another process, which dies

const compileCache = scratch();
type Loop = { readonly lines: string[]; readonly done: Promise<void>; readonly kill: () => void };
function loop(args: readonly string[], { blocks, killAfter }: { blocks?: number; killAfter?: number } = {}): Loop {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', LOOP, ...args];
  // sh counts in blocks of 512 bytes.
  const [file = '', ...rest] = blocks === undefined ? node : ['sh', '-c', `ulimit -S -f ${blocks}; exec "$@"`, 'sh', ...node];
  const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compileCache };
  const child = spawn(file, rest, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let begun = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (begun + text).split('\n');
    begun = parts.pop() ?? '';
    lines.push(...parts);
    if (killAfter !== undefined && lines.length >= killAfter) child.kill('SIGKILL');
  });
  return { lines, done: once(child, 'close').then(() => undefined), kill: () => child.kill('SIGKILL') };
}
const numbered = (lines: readonly string[], word: string) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.split(' ')[1]));

/** Guarantee: acknowledged means on disk. */
test.concurrent.each([
  [1, 0],
  [40, 0],
  [35, 60_000], // the file is written anew every dozen and a half
])('what a process acknowledged before it was killed after %s lines is there afterwards', async (killAfter, padding) => {
  const { path, journal } = journalAt();
  journal.close();
  const child = loop(['advance', path, '1000000', String(padding)], { killAfter });
  await child.done;
  const last = Math.max(...numbered(child.lines, 'ok'));
  const followed = readFollowed(path);
  expect(last).toBeGreaterThanOrEqual(killAfter - 1);
  expect(followed?.highestActed).toBeGreaterThanOrEqual(last);
  expect(followed?.highestActed).toBeLessThanOrEqual(last + 1_000);
});

test.concurrent('on a disk that takes a part of a line and no more, that line is refused, the next is stored, and none that was acknowledged is lost', async () => {
  const { path, journal } = journalAt();
  journal.close();
  const child = loop(['advance', path, '100', '20'], { blocks: 8 });
  await child.done;
  const [stored, failed] = [numbered(child.lines, 'ok'), numbered(child.lines, 'failed')];
  expect(failed.length).toBeGreaterThan(2);
  expect(stored.length + failed.length).toBe(100);
  for (const n of failed.filter((n) => n < 99)) expect(stored).toContain(n + 1);
  expect(readFollowed(path)?.highestActed).toBe(stored.at(-1));
});

test.concurrent('on a disk that takes nothing any more everything is refused, and what was there stays', async () => {
  const { path, journal } = journalAt();
  journal.close();
  const child = loop(['advance', path, '20', '5000'], { blocks: 8 });
  await child.done;
  expect(numbered(child.lines, 'failed')).toHaveLength(20);
  expect(readFollowed(path)).toEqual(nothingFollowed());
});

test.concurrent('a file that cannot be replaced as a whole is not replaced at all', async () => {
  const path = join(scratch(), 'file');
  writeFileSync(path, 'old');
  const child = loop(['whole', path, '10000'], { blocks: 8 });
  await child.done;
  expect(child.lines).toEqual(['failed EFBIG']);
  expect(readFileSync(path, 'utf8')).toBe('old');
});
