import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Scratch, scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DatabaseProcess, openDatabaseProcess } from './database-process.ts';
import { readPostmaster } from './postmaster.ts';

let scratch: Scratch;
let database: DatabaseProcess;
beforeEach(async () => {
  scratch = await scratchDataDir();
  database = await openDatabaseProcess({ dataDir: scratch.dataDir, runtimeDir: undefined, say: () => undefined });
});
afterEach(() => scratch.remove());

const cluster = () => join(scratch.dataDir, 'postgres');
async function kill(): Promise<void> {
  process.kill((await readPostmaster(cluster()))?.pid ?? Number.NaN, 'SIGKILL');
  await expect.poll(() => database.isRunning()).toBe(false);
}
async function epochOf(node: string): Promise<number | undefined> {
  const client = new Client(database.connection);
  await client.connect();
  try {
    await client.query(`INSERT INTO argus.nodes (id, epoch, started_at) VALUES ($1, 7, now()) ON CONFLICT DO NOTHING`, [node]);
    return (await client.query<{ epoch: string }>('SELECT epoch FROM argus.nodes WHERE id = $1', [node])).rows[0]?.epoch === '7' ? 7 : undefined;
  } finally {
    await client.end();
  }
}

test('one that was killed is brought back where it was, with what it held', async () => {
  expect(await database.isRunning()).toBe(true);
  expect(await epochOf('node_a')).toBe(7);
  await kill();
  await database.bringBack();
  expect(await database.isRunning()).toBe(true);
  expect(await epochOf('node_a')).toBe(7);
});

/** Guarantee: an empty database never takes the place of one that is missing for a while, such as on a disk that is not mounted. */
test('one whose files are gone is not replaced by an empty one', async () => {
  await kill();
  await rename(cluster(), join(scratch.folder, 'elsewhere'));
  await expect(database.bringBack()).rejects.toThrow('there is none');
  await rm(join(scratch.dataDir, 'database.json'));
  await expect(database.bringBack()).rejects.toThrow('an empty one would look like data loss');
  expect(await database.isRunning()).toBe(false);
  await rename(join(scratch.folder, 'elsewhere'), cluster());
  await database.bringBack();
  expect(await database.isRunning()).toBe(true);
});
