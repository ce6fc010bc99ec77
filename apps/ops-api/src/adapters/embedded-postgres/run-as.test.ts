import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canReach, parsePasswd, runToEnd } from './run-as.ts';

test('accounts are read from passwd, and lines that are none are passed over', () => {
  expect(
    parsePasswd('root:x:0:0:root:/root:/bin/bash\n\n# a note\nnobody:x:65534:65533::/nonexistent:/bin/false\n'),
  ).toEqual([
    { name: 'root', uid: 0, gid: 0 },
    { name: 'nobody', uid: 65534, gid: 65533 },
  ]);
});

test('one closed folder on the way is enough', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'argus-reach-'));
  const stranger = { uid: 4_294_001, dropTo: { name: 'stranger', uid: 4_294_001, gid: 4_294_001 } };
  try {
    await chmod(folder, 0o711);
    expect(await canReach(folder, stranger)).toBe(true);
    await chmod(folder, 0o710);
    expect(await canReach(folder, stranger)).toBe(false);
    expect(await canReach(folder, { uid: 0, dropTo: null })).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a program that cannot be started is an answer, and none of our environment reaches one that can', async () => {
  const ourselves = { uid: process.getuid?.() ?? 0, dropTo: null };
  expect(await runToEnd(['/nonexistent/postgres'], ourselves)).toMatchObject({ code: null });
  expect((await runToEnd(['/usr/bin/env'], ourselves)).output.split('\n').toSorted()).toEqual([
    'LC_ALL=C',
    'PATH=/usr/bin:/bin',
    'TZ=UTC',
  ]);
});
