import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataDir } from './lock.ts';
import { takePidLock } from './pid-lock.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'argus-lock-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

test('the second ops API on a data dir is refused with a sentence that names the first', async () => {
  const lock = await lockDataDir(dataDir);
  await expect(lockDataDir(dataDir)).rejects.toThrow(
    `Another ops API (process ${process.pid}) uses the data dir ${dataDir}.`,
  );
  await lock.release();
  await (await lockDataDir(dataDir)).release();
  expect(await readdir(dataDir)).toEqual([]);
});

test('a lock whose process was killed is taken over', async () => {
  const holder = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `
    const { lockDataDir } = await import(${JSON.stringify(join(import.meta.dirname, 'lock.ts'))});
    await lockDataDir(${JSON.stringify(dataDir)});
    console.log('held');
    setInterval(() => {}, 1000);
  `,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(holder.stdout, 'data');
  await expect(lockDataDir(dataDir)).rejects.toThrow(`process ${holder.pid}`);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await (await lockDataDir(dataDir)).release();
});

test('a lock whose number went to another process since is taken over', async () => {
  await writeFile(join(dataDir, 'ops-api.lock'), `${process.pid}\npid ${process.pid} started 1 boot of-another-day\n`);
  const lock = await lockDataDir(dataDir);
  expect(await readFile(join(dataDir, 'ops-api.lock'), 'utf8')).not.toContain('of-another-day');
  await lock.release();
});

test.each(['', 'garbage', '12\n'])('a lock file that says %j locks nobody out', async (text) => {
  await writeFile(join(dataDir, 'ops-api.lock'), text);
  await (await lockDataDir(dataDir)).release();
});

test('of many who find the same stale lock, one gets it', async () => {
  const file = join(dataDir, 'busy.lock');
  for (let round = 0; round < 20; round++) {
    await writeFile(file, `1\npid 1 started 0 boot never\n`);
    const taken = await Promise.all(Array.from({ length: 8 }, () => takePidLock(file)));
    const held = taken.flatMap((t) => (t.held ? [t.lock] : []));
    expect(held).toHaveLength(1);
    for (const lock of held) await lock.release();
  }
});
