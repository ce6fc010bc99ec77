/** Tokens are locked from several trees and by nobody's order: a deadlock is an answer, and costs nobody an entry. */
import { newPat } from '@argus/keys/secrets.ts';
import { mustId, newHandle, type AgentId, type TenantId, type TokenId } from '@argus/protocol/ids.ts';
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi } from '../../../test/api.ts';
import { DAY_MS, factOf, principalOf, secretHash, seededRandom, sessionOf, START } from '../../../test/sample.ts';
import { consentedAndArmed } from '../../../test/tenants.ts';
import { openPool } from '../../db/pools.ts';
import { postgresStores } from './stores.ts';

const random = seededRandom('deadlock');
let db: TestDatabase;
let pools: readonly Pool[];
let api: ReturnType<typeof createTestApi>;
beforeAll(async () => {
  db = await testDatabase();
  pools = [1, 2].map(() => openPool({ connection: db.runtime, max: 8, say: () => undefined }));
  const stores = postgresStores(pools[0] ?? expect.unreachable());
  api = createTestApi({ between: () => stores });
});
afterAll(async () => {
  for (const pool of pools) await pool.end();
  await db.drop();
});
const ledger = () => api.api.ledger;

/** In an armed tenant, which is made with the first. */
async function enrolled(tenant: TenantId, agent: AgentId): Promise<void> {
  if ((await pools[1]?.query('SELECT FROM argus.tenants WHERE id = $1', [tenant]))?.rowCount === 0) return consentedAndArmed(ledger(), tenant, agent);
  const [codeHash, at] = [random(32), START];
  const code = { codeHash, agent, expectedPublicKey: null, createdBy: 'ana@argus.example', createdAt: at, expiresAt: at + DAY_MS, used: null };
  const written = await ledger().append(factOf({ tenant, agent, type: 'agent_enrollment_code_created', outcome: 'ok' }), [{ do: 'issue_code', tenant, code }]);
  if (!written.ok) throw new Error(written.error.code);
}

async function token(): Promise<TokenId> {
  const tokenId = newHandle('token', random);
  const row = { ...principalOf({ tokenId }), scopes: ['remote_support'] as const, secretHash: secretHash('pat', newPat(random)), name: 'x', createdAt: START, expiresAt: START + DAY_MS };
  const written = await ledger().append(factOf({ tenant: null, type: 'pat_created', outcome: 'ok' }), [{ do: 'issue_pat', pat: row }]);
  if (!written.ok) throw new Error(written.error.code);
  return tokenId;
}

/** Two activations in one batch, each with a token of its own, while somebody else holds `held` and then asks for the other one. */
async function crossing(name: string, held: 0 | 1) {
  const tokens = (await Promise.all([token(), token()])).toSorted();
  const tenant = mustId('tenant', `DEAD_${name}`);
  const agents = ['one', 'two'].map((n) => mustId('agent', `agent_${name.toLowerCase()}_${n}`));
  for (const agent of agents) await enrolled(tenant, agent);
  const pool = pools[1] ?? expect.unreachable();
  const other = await pool.connect();
  try {
    const lock = (n: number) => other.query('SELECT FROM argus.pats WHERE id = $1 FOR NO KEY UPDATE', [tokens[n]]);
    await other.query('BEGIN');
    await lock(held);
    const opening = [2, 1, 0].map((n) => {
      const session = n === 2 ? null : sessionOf({ tenant, agent: agents[n] ?? expect.unreachable(), state: 'activating', tokenId: tokens[n] ?? expect.unreachable() });
      return ledger().append(factOf({ tenant, outcome: 'ok' }), session ? [{ do: 'open_session', session }] : []); // the first goes alone
    });
    const isWaiting = async () => (await pool.query(`SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')`)).rowCount !== 0;
    while (!(await isWaiting()));
    await lock(1 - held);
    await other.query('COMMIT');
    return (await Promise.all(opening)).map((done) => (done.ok ? 'ok' : `${done.error.code} ${done.error.internal ?? ''}`));
  } finally {
    other.release(true);
  }
}

test('a batch locks its tokens in the order everybody does, whatever order its entries came in', async () => {
  expect(await crossing('ORDER', 0)).toEqual(['ok', 'ok', 'ok']);
});

test('a batch that is given up in a deadlock is begun again: nobody hears that the record is out of reach', async () => {
  expect(await crossing('AGAIN', 1)).toEqual(['ok', 'ok', 'ok']);
});
