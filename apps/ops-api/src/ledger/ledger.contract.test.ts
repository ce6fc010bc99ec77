/** The ledger on PostgreSQL: two processes' worth of lanes on one tree, and connections that break in the middle. */
import { fromBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { verifyConsistency, verifyInclusion } from '@argus/ledger/proofs.ts';
import { mustId, type TenantId } from '@argus/protocol/ids.ts';
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { randomUUID } from 'node:crypto';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consentAttempt, consentOf, factOf, INSTANCE, LOG_KEY, START } from '../../test/sample.ts';
import { postgresStores } from '../adapters/postgres/stores.ts';
import { openPool } from '../db/pools.ts';
import type { Deed } from '../ports.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Receipt } from './lane.ts';

const checkpoints = createCheckpoints(INSTANCE, LOG_KEY);
const pools: Pool[] = [];
let db: TestDatabase;
let admin: Client;
let counter = 0;
const newTree = (): TenantId => mustId('tenant', `TREE_${++counter}`);

beforeAll(async () => {
  db = await testDatabase();
  admin = new Client(db.admin);
  await admin.connect();
});
afterAll(async () => {
  for (const pool of pools) await pool.end();
  await admin.end();
  await db.drop();
});

/** A process: its own pool, its own memory of where the log ends. */
function newProcess(name: string) {
  const pool = openPool({ connection: { ...db.runtime, application_name: name }, max: 4, say: () => undefined });
  pools.push(pool);
  const stores = postgresStores(pool);
  return { pool, stores, ledger: createLedger({ store: stores.leaves, checkpoints, instance: INSTANCE, clock: manualClock(START), newId: randomUUID }) };
}
const bytesOf = (texts: readonly string[]) => texts.map((text) => fromBase64(text) ?? new Uint8Array());

async function expectInLog(ledger: Ledger, receipt: Receipt): Promise<void> {
  const at = checkpoints.open(receipt.tree, receipt.checkpoint);
  expect(at?.size).toBe(receipt.size);
  const proof = bytesOf(await ledger.inclusion(receipt.tree, receipt.seq, receipt.size));
  const claim = { index: receipt.seq, size: receipt.size, leafHash: leafHash(sha256, utf8(receipt.leaf)), proof, root: at?.root ?? new Uint8Array() };
  expect(verifyInclusion(sha256, claim)).toBe(true);
}

/** Every checkpoint ever given out leads to the newest: there is one log, and it only grew. */
async function expectOneLog(ledger: Ledger, receipts: readonly Receipt[]): Promise<void> {
  const [first] = receipts;
  if (!first) throw new Error('nothing was written');
  const head = await ledger.head(first.tree);
  const newest = checkpoints.open(first.tree, head.note);
  for (const receipt of receipts) {
    await expectInLog(ledger, receipt);
    const before = checkpoints.open(receipt.tree, receipt.checkpoint);
    const proof = bytesOf(await ledger.consistency(receipt.tree, receipt.size, head.size));
    const claim = { from: receipt.size, fromRoot: before?.root ?? new Uint8Array(), to: head.size, toRoot: newest?.root ?? new Uint8Array(), proof };
    expect(verifyConsistency(sha256, claim)).toBe(true);
  }
}

/** Guarantee: two servers on one tree never leave a gap, never take the same place, never fork. */
test('two ledgers that append to one tree at once make one log', async () => {
  const tree = newTree();
  const [one, two] = [newProcess('one'), newProcess('two')];
  const writing = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? one : two).ledger.append(factOf({ tenant: tree, reason: `entry ${i}` })));
  const waves = [];
  for (let wave = 0; wave < 10; wave++)
    waves.push(...(await Promise.all([one, two].map(({ ledger }, who) => ledger.append(factOf({ tenant: tree, reason: `wave ${wave} of ${who}` }))))));
  const receipts = [...(await Promise.all(writing)), ...waves].map((written) => {
    if (!written.ok) throw new Error(written.error.internal);
    return written.value;
  });
  expect(receipts.map((r) => r.seq).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, i) => i));
  const stored = await one.stores.leaves.leaves(tree, 0, 100);
  for (const { seq, leaf } of receipts) expect(stored[seq]?.bytes).toBe(leaf);
  await expectOneLog(newProcess('a third, later').ledger, receipts);
  await expectOneLog(one.ledger, receipts);
});

test('entries with deeds of two processes are in the order of the log, and each deed happened once', async () => {
  const tree = newTree();
  const [one, two] = [newProcess('one'), newProcess('two')];
  const deeds = (i: number): readonly Deed[] => [{ do: 'create_tenant', id: mustId('tenant', `${tree}_T${i % 10}`), name: `by ${i}`, at: START }];
  const written = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? one : two).ledger.append(factOf({ tenant: tree, reason: `entry ${i}` }), deeds(i))));
  expect(written.filter((w) => w.ok)).toHaveLength(10);
  expect(new Set(written.map((w) => (w.ok ? 'ok' : w.error.code)))).toEqual(new Set(['ok', 'tenant_exists']));
  expect((await one.stores.leaves.leaves(tree, 0, 100)).map((row) => row.seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

/** Guarantee: whatever was acknowledged is there; whatever was not is answered with audit_unavailable, never with silence. */
test.each(['without', 'with'])('connections that are killed while entries %s deeds are written lose nothing that was acknowledged', async (how) => {
  const tree = newTree();
  const { ledger } = newProcess(`victim ${how}`);
  const kill = () => admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [`victim ${how}`]);
  const killed: Promise<unknown>[] = [];
  const acknowledged: Receipt[] = [];
  const codes = new Set<string>();
  for (let round = 0; round < 25; round++) {
    const deeds: readonly Deed[] = how === 'with' ? [{ do: 'create_tenant', id: mustId('tenant', `${tree}_R${round}`), name: 'x', at: START }] : [];
    const writing = Array.from({ length: 4 }, (_, i) => ledger.append(factOf({ tenant: tree, reason: `round ${round} entry ${i}` }), i === 0 ? deeds : []));
    if (round % 3 === 1) killed.push(kill());
    for (const written of await Promise.all(writing)) {
      codes.add(written.ok ? 'ok' : written.error.code);
      if (written.ok) acknowledged.push(written.value);
    }
  }
  expect((await Promise.all(killed)).length).toBeGreaterThan(5);
  expect([...codes].filter((code) => code !== 'ok' && code !== 'audit_unavailable')).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(10);

  const later = newProcess('after the storm');
  const stored = await later.stores.leaves.leaves(tree, 0, 1_000);
  expect(stored.map((row) => row.seq)).toEqual(stored.map((_, i) => i));
  for (const { seq, leaf } of acknowledged) expect(stored[seq]?.bytes).toBe(leaf);
  await expectOneLog(later.ledger, acknowledged);
  expect((await ledger.append(factOf({ tenant: tree }))).ok).toBe(true);
});

test('a connection that is killed while it waits for the log answers audit_unavailable, and the process lives on', async () => {
  const tree = newTree();
  const { ledger, stores } = newProcess('waiting');
  await ledger.append(factOf({ tenant: tree }));
  const other = new Client(db.runtime);
  await other.connect();
  await other.query('BEGIN');
  await other.query(`SELECT pg_advisory_xact_lock(hashtextextended('argus log ' || $1, 0))`, [tree]);
  const writing = ledger.append(factOf({ tenant: tree }), [{ do: 'create_tenant', id: mustId('tenant', `${tree}_LATE`), name: 'x', at: START }]);
  const waiting = () => admin.query(`SELECT pid FROM pg_stat_activity WHERE application_name = 'waiting' AND wait_event_type = 'Lock'`);
  await expect.poll(async () => (await waiting()).rowCount).toBe(1);
  await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'waiting' AND wait_event_type = 'Lock'`);
  expect(await writing).toMatchObject({ ok: false, error: { code: 'audit_unavailable' } });
  await other.query('ROLLBACK');
  await other.end();
  expect(await stores.tenants.byId(mustId('tenant', `${tree}_LATE`))).toBeNull();
  expect(await ledger.append(factOf({ tenant: tree }))).toMatchObject({ ok: true, value: { seq: 1 } });
});

test('what a ledger wrote is, byte for byte, what the audit row, the event and the tree say', async () => {
  const tree = newTree();
  const { ledger } = newProcess('rows');
  await ledger.append(factOf({ tenant: tree, type: 'tenant_created', outcome: 'ok' }), [{ do: 'create_tenant', id: tree, name: 'x', at: START }]);
  await ledger.append(consentAttempt(tree, consentOf()), [{ do: 'save_consent', tenant: tree, consent: consentOf(), at: START }]);
  const { rows } = await admin.query(
    `SELECT l.seq::int, l.bytes, encode(l.leaf_hash, 'hex') AS hash, e.leaf_index::int, e.body, a.action, a.reason, a.args, a.tenant_id, a.operator
       FROM argus.log_leaves l JOIN argus.events e ON (e.tree, e.leaf_index) = (l.tree, l.seq) JOIN argus.remote_support_audit a ON a.id = e.id WHERE l.tree = $1 ORDER BY l.seq`,
    [tree],
  );
  expect(rows).toHaveLength(2);
  for (const row of rows as { seq: number; bytes: string; hash: string; leaf_index: number; body: Record<string, unknown>; action: string; reason: string; args: unknown; tenant_id: string; operator: string }[]) {
    const leaf = JSON.parse(row.bytes) as Record<string, unknown>;
    expect(row.hash).toBe(toHex(leafHash(sha256, utf8(row.bytes))));
    expect(row.body).toEqual(leaf);
    expect([row.seq, row.leaf_index]).toEqual([leaf['seq'], leaf['seq']]);
    expect({ type: row.action, reason: row.reason, tenant: row.tenant_id, operator: row.operator }).toEqual({ type: leaf['type'], reason: leaf['reason'], tenant: leaf['tenant'], operator: leaf['operator'] });
    expect(row.args ?? undefined).toEqual(leaf['args_commit']);
  }
});
