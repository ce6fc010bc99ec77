import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TreeName } from '@argus/protocol/origin.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCheckpointFile } from './checkpoint-file.ts';

const [ONE, TWO] = [mustId('tenant', 'TENANT_ONE'), mustId('tenant', 'TENANT_TWO')];
/** No rest between two flushes. */
const clock = { after: (_ms: number, fn: () => void) => { setImmediate(fn); return () => undefined; } };
let dataDir: string;
let said: string[];
const current = () => join(dataDir, 'checkpoints', 'checkpoints.ndjson');
const open = (over: { bytesMax?: number; isOurs?: boolean } = {}) => openCheckpointFile({ dataDir, isOurs: true, clock, say: (line) => void said.push(line), ...over });
const signed = (tree: TreeName, size: number) => ({ tree, size, note: `note ${tree} ${size}\n` });
const read = async (kept: Awaited<ReturnType<typeof open>>): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const line of kept.lines()) lines.push(line);
  return lines.map((line) => { const { tree, size } = JSON.parse(line) as { tree: string; size: number }; return `${tree} ${size}`; });
};
const newest = (kept: Awaited<ReturnType<typeof open>>) => kept.newest().map((line) => (line.startsWith('{"tree') ? (JSON.parse(line) as { size: number }).size : line));

beforeEach(async () => {
  [dataDir, said] = [await mkdtemp(join(tmpdir(), 'argus-kept-')), []];
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('what is kept is there after a restart, the newest of each tree on top', async () => {
  const first = await open();
  first.add(signed(ONE, 1));
  await first.flushed();
  for (const size of [2, 3, 4]) first.add(signed(ONE, size)); // what comes while one is written goes together: the last stands for all
  first.add(signed(TWO, 7));
  await first.close();
  const again = await open();
  expect(await read(again)).toEqual(['TENANT_ONE 1', 'TENANT_ONE 2', 'TENANT_ONE 4', 'TENANT_TWO 7']);
  expect(newest(again)).toEqual([4, 7]);
  await again.close();
});

/** Guarantee: a power cut in the middle of a line costs that line and no other, and is not taken for somebody's doing. */
test.each(['{"tree":"TENANT_ONE","si', '\0\0\0\0'])('a line that was cut short (%j) is dropped, and the next begins on a line of its own', async (torn) => {
  const first = await open();
  first.add(signed(ONE, 1));
  await first.close();
  await appendFile(current(), torn);
  const again = await open();
  expect(newest(again)).toEqual([1]);
  again.add(signed(ONE, 2));
  await again.close();
  expect((await readFile(current(), 'utf8')).split('\n')).toHaveLength(3);
});

test('a whole line that cannot be read is not passed over: whoever compares comes across it', async () => {
  const first = await open();
  first.add(signed(ONE, 1));
  await first.close();
  await appendFile(current(), 'something else\n');
  const again = await open();
  expect(newest(again)).toEqual([1, 'something else']);
  await again.close();
});

test('a long file is begun anew with the newest of each tree; the one before is kept, and nothing grows without end', async () => {
  const kept = await open({ bytesMax: 1_000 });
  kept.add(signed(TWO, 7));
  for (let size = 1; size <= 60; size++) {
    kept.add(signed(ONE, size));
    await kept.flushed();
  }
  expect(newest(kept)).toEqual([7, 60]);
  await kept.close();
  expect((await readdir(join(dataDir, 'checkpoints'))).toSorted()).toEqual(['checkpoints.1.ndjson', 'checkpoints.ndjson']);
  const again = await open();
  expect(newest(again)).toEqual(expect.arrayContaining([7, 60]));
  expect((await read(again)).length).toBeLessThan(40);
  await again.close();
});

test('beside a server that has it open, a command only adds', async () => {
  const server = await open({ bytesMax: 300 });
  const command = await open({ isOurs: false, bytesMax: 1 });
  for (let size = 1; size <= 8; size++) {
    command.add(signed(TWO, size));
    server.add(signed(ONE, size));
    await Promise.all([command.flushed(), server.flushed()]);
  }
  await Promise.all([command.close(), server.close()]);
  const again = await open();
  expect(newest(again)).toEqual([8, 8]);
  await again.close();
});

test('what is put aside stays, and what is begun with counts from then on, also when it is less', async () => {
  const kept = await open();
  kept.add(signed(ONE, 9));
  const aside = await kept.beginAgain([signed(ONE, 4)], Date.UTC(2026, 0, 1));
  expect(newest(kept)).toEqual([4]);
  kept.add(signed(ONE, 5));
  await kept.close();
  expect(await readFile(aside, 'utf8')).toContain('"size":9');
  const again = await open();
  expect(newest(again)).toEqual([5]);
  await again.close();
});
