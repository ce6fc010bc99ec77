import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../../testing/scratch.ts';
import { writeCrashReport } from './crash-reports.ts';
import { placeWhole } from './place.ts';
import { tuningFile } from './tuning-file.ts';

const outsideFile = () => {
  const path = join(scratch(), 'outside');
  writeFileSync(path, 'untouched');
  return path;
};

// ---- version.txt and agent_info.json

test('a file is placed whole, over the one before, and leaves nothing beside it', () => {
  const root = scratch();
  placeWhole(root, 'version.txt', 'a much longer text\n');
  placeWhole(root, 'version.txt', '1.4.0\n');
  expect([readdirSync(root), readFileSync(join(root, 'version.txt'), 'utf8')]).toEqual([['version.txt'], '1.4.0\n']);
});
test.each([
  ['a link', symlinkSync],
  ['a second name', linkSync],
])('%s at the name, or where the next one is written, is replaced and not written through', (_, link) => {
  const [root, outside] = [scratch(), outsideFile()];
  for (const name of ['version.txt', '.version.txt.new']) link(outside, join(root, name));
  placeWhole(root, 'version.txt', '1.4.0\n');
  expect([readFileSync(outside, 'utf8'), readFileSync(join(root, 'version.txt'), 'utf8')]).toEqual(['untouched', '1.4.0\n']);
});

// ---- crashes

const at = (n: number) => `2026-11-21T14:03:${String(n).padStart(2, '0')}.000Z`;
test('a crash is written under its time, and only the newest are kept', () => {
  const root = scratch();
  for (let n = 0; n < 5; n++) writeCrashReport(root, { at: at(n), text: `crash ${n}`, keep: 3 });
  expect(readdirSync(join(root, 'crashes')).toSorted()).toEqual([2, 3, 4].map((n) => `${at(n).replaceAll(':', '-')}.txt`));
  expect(readFileSync(join(root, 'crashes', `${at(4).replaceAll(':', '-')}.txt`), 'utf8')).toBe('crash 4');
});
test('a report is cut at 64 KiB', () => {
  const root = scratch();
  const name = writeCrashReport(root, { at: at(1), text: 'x'.repeat(1_000_000), keep: 3 });
  expect(statSync(join(root, name)).size).toBe(65_536);
});
test('files of somebody else in crashes/ are not ours to remove', () => {
  const root = scratch();
  mkdirSync(join(root, 'crashes'));
  for (const name of ['notes.txt', 'kiosk.txt', 'core']) writeFileSync(join(root, 'crashes', name), '');
  for (let n = 0; n < 3; n++) writeCrashReport(root, { at: at(n), text: '', keep: 1 });
  expect(readdirSync(join(root, 'crashes'))).toHaveLength(4);
});
test('where crashes/ is a link nothing is written, wherever it leads', () => {
  const [root, elsewhere] = [scratch(), scratch()];
  symlinkSync(elsewhere, join(root, 'crashes'));
  expect(() => writeCrashReport(root, { at: at(1), text: 'x', keep: 3 })).toThrow(/ENOTDIR|ELOOP/);
  expect(readdirSync(elsewhere)).toEqual([]);
});
test('a link at the name of the report is not written through', () => {
  const [root, outside] = [scratch(), outsideFile()];
  mkdirSync(join(root, 'crashes'));
  symlinkSync(outside, join(root, 'crashes', `${at(1).replaceAll(':', '-')}.txt`));
  expect(() => writeCrashReport(root, { at: at(1), text: 'x', keep: 3 })).toThrow(/EEXIST|ELOOP/);
  expect(readFileSync(outside, 'utf8')).toBe('untouched');
});

// ---- config.yaml

test('config.yaml is read as it stands, and its mark changes with it', () => {
  const root = scratch();
  const file = tuningFile(root);
  expect([file.read(), file.mark()]).toEqual([null, 'none']);
  writeFileSync(join(root, 'config.yaml'), 'log_keep: 3\n');
  const first = file.mark();
  expect([file.read(), file.mark()]).toEqual([{ text: 'log_keep: 3\n' }, first]);
  placeWhole(root, 'config.yaml', 'log_keep: 4\n'); // as a patch does
  expect(file.mark()).not.toBe(first);
  expect(existsSync(join(root, 'config.yaml'))).toBe(true);
});
test.each<[string, (path: string) => void]>([
  ['a link', (path) => symlinkSync(outsideFile(), path)],
  ['a second name of another file', (path) => linkSync(outsideFile(), path)],
  ['a folder', (path) => mkdirSync(path)],
  ['a FIFO that nobody writes to', (path) => execFileSync('mkfifo', [path])],
  ['a file that is too large', (path) => (writeFileSync(path, ''), truncateSync(path, 65_537))],
  ['bytes that are no text', (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00]))],
])('with %s at config.yaml there is a problem, at once, and no text', (_, make) => {
  const root = scratch();
  make(join(root, 'config.yaml'));
  expect(tuningFile(root).read()).toEqual({ problem: expect.stringMatching(/^it /) });
});

/** The root may be on a share that goes away, or belong to somebody who closes it: the daemon looks again every half minute. */
test('a root that cannot be looked into is a problem of config.yaml, and nothing is thrown', () => {
  const root = join(scratch(), 'root');
  mkdirSync(root);
  const file = tuningFile(root);
  expect(file.mark()).toBe('none');
  rmdirSync(root);
  symlinkSync(root, root); // into itself
  expect([file.mark(), file.read()]).toEqual(['not to be looked at: ELOOP', { problem: expect.stringMatching(/^it /) }]);
});
