import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureOurs } from './socket-folder.ts';

const us = { uid: process.getuid?.() ?? 0, dropTo: null };
let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'argus-socket-'));
});
afterEach(() => rm(parent, { recursive: true }));

test('a folder we make is ours alone, and found again', async () => {
  const folder = join(parent, 'argus-1');
  await ensureOurs(folder, us);
  await ensureOurs(folder, us);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('a folder of another user, an open one, and a symlink to a good one are refused', async () => {
  const good = join(parent, 'good');
  await ensureOurs(good, us);
  await expect(ensureOurs(good, { ...us, uid: us.uid + 1 })).rejects.toThrow('Somebody else may have put it there');
  await symlink(good, join(parent, 'link'));
  await expect(ensureOurs(join(parent, 'link'), us)).rejects.toThrow('a symlink');
  const open = join(parent, 'open');
  await mkdir(open);
  await chmod(open, 0o755);
  await expect(ensureOurs(open, us)).rejects.toThrow('mode 755');
});
