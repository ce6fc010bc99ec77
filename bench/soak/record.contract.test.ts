import { toBase64 } from '@argus/kit/bytes.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { postgresStores } from '@argus/ops-api/adapters/postgres/stores.ts';
import { openPool } from '@argus/ops-api/db/pools.ts';
import { createCheckpoints } from '@argus/ops-api/ledger/checkpoints.ts';
import { createLedger } from '@argus/ops-api/ledger/ledger.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { type TestDatabase, testDatabase } from '@argus/testkit/postgres.ts';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AGENT, factOf, INSTANCE, LOG_KEY, newId, START } from '../../apps/ops-api/test/sample.ts';
import { differences, treesThatDoNotVerify } from './record.ts';

const trust = { instance: INSTANCE, log_keys: [toBase64(LOG_KEY.publicKey)] } as unknown as TrustFile; // all that is read of it
let db: TestDatabase;
let auditor: Client;
beforeEach(async () => {
  db = await testDatabase();
  const pool = openPool({ connection: db.runtime, max: 2, say: () => undefined });
  const ledger = createLedger({ store: postgresStores(pool).leaves, checkpoints: createCheckpoints(INSTANCE, LOG_KEY), instance: INSTANCE, clock: manualClock(START), newId });
  for (const tenant of [null, undefined]) for (let n = 0; n < 3; n++) await ledger.append(factOf({ agent: AGENT, ...(tenant === null && { tenant }) }));
  await pool.end();
  auditor = new Client(db.auditor);
  await auditor.connect();
});
afterEach(async () => {
  await auditor.end();
  await db.drop();
});

async function asAdmin(statement: string): Promise<void> {
  const admin = new Client(db.admin);
  await admin.connect();
  await admin.query(statement);
  await admin.end();
}

test('an untouched record has no difference, and all its trees verify', async () => {
  expect(await differences(auditor)).toEqual([]);
  expect(await treesThatDoNotVerify(auditor, trust)).toEqual([]);
});

const one = (table: string) => `(SELECT id FROM argus.${table} ORDER BY id LIMIT 1)`;
test.each([
  ['an audit row deleted', `DELETE FROM argus.remote_support_audit WHERE id = ${one('remote_support_audit')}`, 'no audit row'],
  ['an event deleted', `DELETE FROM argus.events WHERE id = ${one('events')}`, 'no event'],
  ['another operator in an audit row', `UPDATE argus.remote_support_audit SET operator = 'eve@argus.example' WHERE id = ${one('remote_support_audit')}`, 'they say different things'],
  ['another outcome in an audit row', `UPDATE argus.remote_support_audit SET outcome = 'unknown' WHERE id = ${one('remote_support_audit')}`, 'they say different things'],
  ['no agent in an audit row', `UPDATE argus.remote_support_audit SET agent_id = NULL WHERE id = ${one('remote_support_audit')}`, 'they say different things'],
  ['another text in an event', `UPDATE argus.events SET body = '{"v":1}' WHERE id = ${one('events')}`, 'the event is not the text of its leaf'],
])('%s is found', async (_what, statement, expected) => {
  await asAdmin(statement);
  expect(await differences(auditor)).toEqual([expect.stringContaining(expected)]);
});

test.each([
  ['an entry reworded', `UPDATE argus.log_leaves SET bytes = replace(bytes, '"by"', '"By"') WHERE seq = 1`],
  ['an entry deleted', 'DELETE FROM argus.log_leaves WHERE seq = 1'],
  ['the newest checkpoint deleted', 'DELETE FROM argus.log_checkpoints WHERE size = 3'],
])('%s: the trees do not verify', async (_what, statement) => {
  await asAdmin(statement);
  expect(await treesThatDoNotVerify(auditor, trust)).not.toEqual([]);
});
