/** Guarantee: whatever somebody changes in the tables of the log, the check of all of it names the entry. */
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkpoints, honestRecord } from '../../test/honest-record.ts';
import { INSTANCE, TENANT } from '../../test/sample.ts';
import { postgresStores } from '../adapters/postgres/stores.ts';
import { openPool } from '../db/pools.ts';
import type { ManualClock } from '@argus/kit/clock.ts';
import type { Stores } from '../ports.ts';
import { makeFsck } from './fsck.ts';

let db: TestDatabase;
let runtime: Pool;
let auditor: Pool;
let owner: Client;
let reading: Stores;
let clock: ManualClock;
let ledger: Awaited<ReturnType<typeof honestRecord>>['ledger'];

beforeAll(async () => {
  db = await testDatabase();
  const opening = (connection: TestDatabase['runtime']) => openPool({ connection, max: 2, say: () => undefined });
  runtime = opening(db.runtime);
  auditor = opening(db.auditor);
  await (owner = new Client(db.owner)).connect();
  ({ clock, ledger } = await honestRecord(postgresStores(runtime)));
  reading = postgresStores(auditor);
});
afterAll(async () => {
  await owner.end();
  await runtime.end();
  await auditor.end();
  await db.drop();
});

/** As the auditor role, which may read and nothing else. */
async function check(kept: readonly string[] = []) {
  const lines: string[] = [];
  async function* keptLines() { yield* kept; }
  const result = await makeFsck({ ...reading, clock, instance: INSTANCE, checkpoints })({ tell: (line) => void lines.push(line), kept: keptLines() });
  return { ...result, lines };
}
/** Changed by whoever owns the tables, checked, and changed back. */
async function having(...statements: readonly string[]) {
  const tables = ['log_leaves', 'log_nodes', 'log_checkpoints', 'events', 'remote_support_audit'];
  for (const table of tables) await owner.query(`CREATE TABLE argus.kept_${table} AS TABLE argus.${table}`);
  try {
    for (const statement of statements) expect((await owner.query(statement)).rowCount, statement).toBeGreaterThan(0);
    return await check();
  } finally {
    for (const table of tables) {
      await owner.query(`DELETE FROM argus.${table}`);
      await owner.query(`INSERT INTO argus.${table} TABLE argus.kept_${table}`);
      await owner.query(`DROP TABLE argus.kept_${table}`);
    }
  }
}

test('an honest log agrees: every tree, every entry, every row', async () => {
  expect(await check()).toEqual({ trees: 3, leaves: 39, auditRows: 39, events: 39, kept: 0, mismatches: 0, lines: [] });
});

const at = (seq: number) => `tree = '${TENANT}' AND seq = ${seq}`;
const idOf = (seq: number) => `(SELECT id FROM argus.events WHERE tree = '${TENANT}' AND leaf_index = ${seq})`;
describe('what somebody changes is named', () => {
  test.each([
    ['the text of an entry', [`UPDATE argus.log_leaves SET bytes = replace(bytes, 'ana@', 'eve@') WHERE ${at(5)}`], `leaf_changed ${TENANT} #5`],
    ['the text and its hash', [`UPDATE argus.log_leaves SET bytes = replace(bytes, 'ana@', 'eve@'), leaf_hash = sha256(decode('00', 'hex') || convert_to(replace(bytes, 'ana@', 'eve@'), 'UTF8')) WHERE ${at(5)}`], `root_differs ${TENANT}`],
    ['an entry that is gone', [`DELETE FROM argus.log_leaves WHERE ${at(5)}`], `leaf_missing ${TENANT} #5`],
    ['an audit row', [`UPDATE argus.remote_support_audit SET operator = 'eve@argus.example' WHERE id = ${idOf(3)}`], `audit_differs ${TENANT} #3`],
    ['an audit row that is gone', [`DELETE FROM argus.remote_support_audit WHERE id = ${idOf(3)}`], `audit_row_missing ${TENANT} #3`],
    ['an event', [`UPDATE argus.events SET type = 'tenant_armed' WHERE id = ${idOf(1)}`], `event_differs ${TENANT} #1`],
    ['an event that is gone', [`DELETE FROM argus.events WHERE id = ${idOf(1)}`], `event_missing ${TENANT} #1`],
    ['a stored hash', [`UPDATE argus.log_nodes SET hash = sha256('x') WHERE tree = '${TENANT}' AND level = 1 AND idx = 2`], `node_changed ${TENANT} #5`],
    ['a stored hash that is gone', [`DELETE FROM argus.log_nodes WHERE tree = '${TENANT}' AND level = 1 AND idx = 2`], `node_missing ${TENANT} #5`],
    ['a stored hash of nothing', [`INSERT INTO argus.log_nodes VALUES ('${TENANT}', 7, 9, sha256('x'))`], `node_stray ${TENANT}`],
    ['a checkpoint', [`UPDATE argus.log_checkpoints SET note = replace(note, 'argus/', 'Argus/') WHERE tree = '${TENANT}' AND size = 2`], `checkpoint_forged ${TENANT} #2`],
    ['the time of the last checkpoint', [`UPDATE argus.log_checkpoints SET at = '2030-01-01' WHERE tree = '${TENANT}' AND size = (SELECT max(size) FROM argus.log_checkpoints WHERE tree = '${TENANT}')`], `checkpoint_in_the_future ${TENANT}`],
    ['an audit row out of nowhere, long ago', [`INSERT INTO argus.remote_support_audit (id, at, operator, action, phase, outcome, gates_passed, reason) VALUES ('00000000-0000-4000-9000-000000000001', '1990-01-01', 'x', 'x', 'fact', 'ok', '{}', 'x')`], 'audit_row_without_event id 00000000-0000-4000-9000-000000000001'],
  ])('%s', async (_what, statements, line) => {
    const { lines, mismatches } = await having(...statements);
    expect(mismatches).toBe(lines.length);
    expect(lines.some((one) => one.startsWith(line)), lines.join('\n')).toBe(true);
  });
});

describe('checkpoints that were kept elsewhere', () => {
  const noteAt = async (size: number) => (await reading.leaves.checkpoint(TENANT, size)) ?? expect.fail('no checkpoint');
  test('are those of this log', async () => {
    expect(await check([JSON.stringify({ size: 1, checkpoint: await noteAt(1) }), JSON.stringify({ note: await noteAt(2) })])).toMatchObject({ mismatches: 0, kept: 2 });
  });

  /** Guarantee: a log that was cut and signed anew does not pass where somebody kept what it was. */
  test('show a tail that was cut off, and a history that is another one', async () => {
    const head = (await reading.leaves.head(TENANT)) ?? expect.fail('no head');
    const longer = checkpoints.sign(TENANT, { size: head.size + 5, root: new Uint8Array(32) });
    const other = checkpoints.sign(TENANT, { size: 3, root: new Uint8Array(32).fill(1) });
    const { lines } = await check([longer, other].map((checkpoint) => JSON.stringify({ checkpoint })));
    expect(lines).toEqual([`tree_shorter ${TENANT} #${head.size + 5}`, `checkpoint_contradicted ${TENANT} #3`]);
  });

  test('have to be signed by the log key, for a tree of this installation', async () => {
    const { lines } = await check(['no json', '{}', '"x"', JSON.stringify({ checkpoint: (await noteAt(1)).replace('argus/ins_', 'argus/inx_') }), JSON.stringify({ checkpoint: (await noteAt(1)).replace('\n1\n', '\n2\n') })]);
    expect(lines).toEqual(Array.from({ length: 5 }, () => 'checkpoint_forged'));
  });
});

test('a server that goes on writing meanwhile does not look like a mistake', async () => {
  const writing = Promise.all(Array.from({ length: 40 }, () => ledger.append({ at: clock.now(), type: 'tenant_armed', phase: 'fact', tenant: TENANT, operator: 'x', by: 'operator', reason: 'meanwhile', outcome: 'ok' })));
  expect((await check()).lines).toEqual([]);
  await writing;
});
