import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { scratch } from '../../../testing/scratch.ts';
import { logFile } from './log-file.ts';

function ready({ root = scratch(), maxBytes = 100, keep = 4 } = {}) {
  const log = logFile({ root, limits: () => ({ maxBytes, keep }), lostLine: (count) => `lost ${count}` });
  const read = (name = 'argus.log') => readFileSync(join(root, name), 'utf8');
  /** One line after the other, each rotation through before the next. */
  const writeAll = async (lines: readonly string[]) => {
    for (const line of lines) {
      log.write(line);
      await log.settled();
    }
  };
  return { root, log, read, writeAll, names: () => readdirSync(root).toSorted() };
}
const long = (n: number) => `${n} ${'x'.repeat(60)}`;

test('lines are appended, also to what an earlier life wrote, and nobody else may read them', () => {
  const m = ready();
  m.log.write('one');
  m.log.close();
  const again = ready({ root: m.root });
  again.log.write('two');
  expect([m.read(), again.log.problem()]).toEqual(['one\ntwo\n', null]);
  expect(statSync(join(m.root, 'argus.log')).mode & 0o007).toBe(0);
});

test('at its size it is set aside: the last copy as it was, older ones compressed, no more than are to be kept', async () => {
  const m = ready();
  await m.writeAll(Array.from({ length: 7 }, (_, n) => long(n)));
  expect(m.names()).toEqual(['argus.log', 'argus.log.1', 'argus.log.2.gz', 'argus.log.3.gz', 'argus.log.4.gz']);
  expect([m.read(), m.read('argus.log.1')]).toEqual([`${long(6)}\n`, `${long(5)}\n`]);
  for (const [n, name] of [[4, 'argus.log.2.gz'], [3, 'argus.log.3.gz'], [2, 'argus.log.4.gz']] as const)
    expect(gunzipSync(readFileSync(join(m.root, name))).toString()).toBe(`${long(n)}\n`);
});

test('with one copy to keep there is one copy', async () => {
  const m = ready({ keep: 1 });
  await m.writeAll([0, 1, 2, 3].map(long));
  expect(m.names()).toEqual(['argus.log', 'argus.log.1']);
});

test('fewer copies than before: what is too old goes', async () => {
  const m = ready();
  await m.writeAll(Array.from({ length: 7 }, (_, n) => long(n)));
  const less = ready({ root: m.root, keep: 2 });
  await less.writeAll([7, 8].map(long));
  expect(m.names()).toEqual(['argus.log', 'argus.log.1', 'argus.log.2.gz']);
});

test('what a crash left uncompressed is compressed with the next', async () => {
  const m = ready();
  writeFileSync(join(m.root, 'argus.log.3'), 'left\n');
  writeFileSync(join(m.root, 'argus.log.2.gz.new'), 'half');
  await m.writeAll([0, 1].map(long));
  expect(gunzipSync(readFileSync(join(m.root, 'argus.log.4.gz'))).toString()).toBe('left\n');
});

test('a burst grows no further than twice its size; what is lost is counted', async () => {
  const m = ready({ maxBytes: 1_000 });
  for (let n = 0; n < 1_000; n++) m.log.write(long(n));
  expect(statSync(join(m.root, 'argus.log')).size).toBeLessThan(2_200);
  await m.log.settled();
  m.log.write('after');
  const [first] = m.read().split('\n');
  expect([Number(/^lost (\d+)$/.exec(first ?? '')?.[1]) > 900, m.read().endsWith('after\n')]).toEqual([true, true]);
});

/** Guarantee: nothing is written outside through a name inside, and nothing at that name makes the agent wait or stop. */
const odd: Readonly<Record<string, (path: string, outside: string) => void>> = {
  'a link out of the install root': (path, outside) => symlinkSync(outside, path),
  'a link to nothing': (path, outside) => symlinkSync(`${outside}-new`, path),
  'a second name of another file': (path, outside) => linkSync(outside, path),
  'a folder': (path) => mkdirSync(path),
  'a FIFO that nobody reads': (path) => execFileSync('mkfifo', [path]),
  'a link to a device': (path) => symlinkSync('/dev/null', path),
};
test.each(Object.keys(odd))('with %s at argus.log nothing is written, and the agent goes on', (what) => {
  const [m, outside] = [ready(), join(scratch(), 'outside')];
  writeFileSync(outside, 'untouched');
  const path = join(m.root, 'argus.log');
  odd[what]?.(path, outside);
  for (const line of ['one', 'two']) m.log.write(line);
  expect([m.log.problem() === null, readFileSync(outside, 'utf8'), existsSync(`${outside}-new`)]).toEqual([false, 'untouched', false]);
  rmSync(path, { recursive: true });
  m.log.write('three');
  expect([m.read(), m.log.problem()]).toEqual(['lost 2\nthree\n', null]);
});

test('links among the rotated copies are moved or removed as names, never followed', async () => {
  const [m, outside] = [ready(), join(scratch(), 'outside')];
  writeFileSync(outside, 'untouched');
  for (const name of ['argus.log.1', 'argus.log.2', 'argus.log.3', 'argus.log.2.gz.new']) symlinkSync(outside, join(m.root, name));
  await m.writeAll(Array.from({ length: 7 }, (_, n) => long(n)));
  expect(readFileSync(outside, 'utf8')).toBe('untouched');
});

test('a log that was moved away or given a second name is let go of: a new one is begun', () => {
  const m = ready();
  m.log.write('one');
  renameSync(join(m.root, 'argus.log'), join(m.root, 'mine'));
  rmSync(join(m.root, 'mine'));
  m.log.write('two');
  expect(m.read()).toBe('two\n');
  linkSync(join(m.root, 'argus.log'), join(m.root, 'second'));
  m.log.write('three');
  expect([m.read('second'), m.log.problem()]).toEqual(['two\n', expect.stringContaining('one name')]);
});

test('an install root that is gone costs lines and nothing else; when it is back the log is too', () => {
  const m = ready();
  m.log.write('one');
  rmSync(m.root, { recursive: true });
  m.log.write('two');
  expect(m.log.problem()).toMatch(/ENOENT/);
  mkdirSync(m.root);
  m.log.write('three');
  expect(m.read()).toBe('lost 1\nthree\n');
});
test('a folder that is not there was never a reason to stop', () => {
  const m = ready({ root: '/nowhere/at/all' });
  m.log.write('one');
  expect(m.log.problem()).toMatch(/ENOENT/);
});

/** Somebody who may write in the install root: a file without content, of a size that takes a core for minutes to go through. */
test('a copy larger than any of ours is not worked at, and holds up no line', async () => {
  const m = ready();
  writeFileSync(join(m.root, 'argus.log.2'), '');
  truncateSync(join(m.root, 'argus.log.2'), 20 * 2 ** 30);
  const from = performance.now();
  await m.writeAll(Array.from({ length: 3 }, (_, n) => long(n)));
  expect([m.log.problem(), m.read(), m.names().filter((name) => !name.endsWith('.gz'))]).toEqual([null, `${long(2)}\n`, ['argus.log', 'argus.log.1', 'argus.log.4']]);
  expect(performance.now() - from).toBeLessThan(5_000);
});
