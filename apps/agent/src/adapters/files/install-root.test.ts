import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '@argus/keys/hash.ts';
import { expect, test } from 'vitest';
import { scratch } from '../../../testing/scratch.ts';
import { installRootFiles } from './install-root.ts';

const digestIn = (root: string) => installRootFiles(root).configDigest();

test('the digest is that of the bytes of config.yaml', async () => {
  const root = scratch();
  writeFileSync(join(root, 'config.yaml'), 'streams: 4\n');
  expect(await digestIn(root)).toBe(sha256Hex('streams: 4\n'));
  writeFileSync(join(root, 'config.yaml'), '');
  expect(await digestIn(root)).toBe(sha256Hex(''));
});

/** Guarantee: no file outside is opened through a name inside, and nothing at that name makes the agent wait. */
const odd: Readonly<Record<string, (path: string, root: string) => void>> = {
  'nothing there': () => undefined,
  'a link out of the install root': (path) => symlinkSync('/etc/hostname', path),
  'a link to a file inside': (path, root) => {
    writeFileSync(join(root, 'version.txt'), '1');
    symlinkSync(join(root, 'version.txt'), path);
  },
  'a link to itself': (path) => symlinkSync(path, path),
  'a second name of another file': (path, root) => {
    writeFileSync(join(root, 'secret'), 'secret');
    linkSync(join(root, 'secret'), path);
  },
  'a directory': (path) => mkdirSync(path),
  'a FIFO that nobody writes to': (path) => execFileSync('mkfifo', [path]),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a file of ten gigabytes': (path) => {
    writeFileSync(path, '');
    truncateSync(path, 10 * 2 ** 30);
  },
  'a file one byte too long': (path) => writeFileSync(path, Buffer.alloc(1_048_577)),
};
test.each(Object.keys(odd))('with %s at config.yaml there is no digest, at once', async (what) => {
  const root = scratch();
  odd[what]?.(join(root, 'config.yaml'), root);
  expect(await digestIn(root)).toBeNull();
});

test('a file of the largest size still has one', async () => {
  const root = scratch();
  const bytes = Buffer.alloc(1_048_576, 'a');
  writeFileSync(join(root, 'config.yaml'), bytes);
  expect(await digestIn(root)).toBe(sha256Hex(bytes));
});

test('an install root that is not there has no digest', async () => expect(await digestIn('/nowhere/at/all')).toBeNull());
