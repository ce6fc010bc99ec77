import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { newHandle } from '@argus/protocol/ids.ts';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerOver } from '../../../test/ledger.ts';
import { AGENT, factOf, seededRandom, sessionOf, START, TENANT } from '../../../test/sample.ts';
import { consentedAndArmed } from '../../../test/tenants.ts';
import { openPool } from '../../db/pools.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Stores } from '../../ports.ts';
import { nodesContract } from '../nodes.contract.ts';
import { postgresStores } from './stores.ts';

nodesContract('postgres, as the runtime role', async () => {
  const db = await testDatabase();
  const pool = openPool({ connection: db.runtime, max: 4, say: () => undefined });
  return { stores: postgresStores(pool), close: async () => { await pool.end(); await db.drop(); } };
});

describe('on PostgreSQL', () => {
  let db: TestDatabase;
  let pool: Pool;
  let stores: Stores;
  let ledger: Ledger;
  const session = sessionOf({ state: 'activating' });
  beforeAll(async () => {
    db = await testDatabase();
    pool = openPool({ connection: db.runtime, max: 4, say: () => undefined });
    stores = postgresStores(pool);
    ledger = ledgerOver(stores.leaves);
    await consentedAndArmed(ledger);
    await ledger.append(factOf({ outcome: 'ok' }), [{ do: 'open_session', session }]);
    await ledger.append(factOf({ outcome: 'ok' }), [{ do: 'end_session', id: session.id, at: START, by: 'deactivate', who: { actor: 'operator', operator: 'ana@argus.example' } }]);
    await ledger.append(factOf({ outcome: 'ok' }), [{ do: 'revoke_agent', agent: AGENT, at: START }]);
  });
  afterAll(async () => {
    await pool.end();
    await db.drop();
  });

  /** Guarantee: a change whose transaction began first and became visible last is not passed over. */
  test('a change that is committed late is read, once, by a reader that has read later ones', async () => {
    const reader = await stores.nodes.follow();
    const slow = new Client(db.runtime);
    await slow.connect();
    const random = seededRandom('late');
    await slow.query('BEGIN');
    await slow.query(`UPDATE argus.tenants SET armed = false, armed_at = NULL, armed_by = NULL, armed_until = NULL WHERE id = $1`, [TENANT]);
    const [one, two] = [newHandle('node', random), newHandle('node', random)];
    await stores.nodes.place(AGENT, one);
    await stores.nodes.place(AGENT, two);
    expect(await reader.next()).toEqual([{ kind: 'agent_moved', agent: AGENT }]);
    expect(await reader.next()).toEqual([]); // read again for the slow one, and left out
    await slow.query('COMMIT');
    await slow.end();
    expect(await reader.next()).toEqual([{ kind: 'tenant_shut', tenant: TENANT }]);
    expect(await reader.next()).toEqual([]);
  });

  test('what was there before a reader began is no news to it, however long something else has been running', async () => {
    const slow = new Client(db.runtime);
    await slow.connect();
    await slow.query('BEGIN');
    await slow.query('SELECT pg_current_xact_id()');
    await stores.nodes.place(AGENT, newHandle('node', seededRandom('before')));
    const reader = await stores.nodes.follow();
    expect(await reader.next()).toEqual([]);
    await slow.query('COMMIT');
    await slow.end();
    expect(await reader.next()).toEqual([]);
  });

  test('a hand at the database is heard too', async () => {
    const reader = await stores.nodes.follow();
    const owner = new Client(db.owner);
    await owner.connect();
    await owner.query(`INSERT INTO argus.agents (id, tenant_id, created_at) VALUES ('agent_by_hand', $1, now())`, [TENANT]);
    await owner.query(`UPDATE argus.agents SET revoked_at = now() WHERE id = 'agent_by_hand'`);
    await owner.end();
    expect(await reader.next()).toEqual([{ kind: 'agent_revoked', agent: 'agent_by_hand' }]);
  });

  /** Guarantee: no un-revoke, and no session that comes back, whatever code the running API is made to run. */
  test.each([
    ['un-revoking', 'UPDATE argus.agents SET revoked_at = NULL WHERE id = $1', AGENT],
    ['moving a revocation', `UPDATE argus.agents SET revoked_at = revoked_at + interval '1 day' WHERE id = $1`, AGENT],
    ['reopening a session', `UPDATE argus.sessions SET state = 'activating', ended_at = NULL, ended_by = NULL, ended_actor = NULL WHERE id = $1`, session.id],
    ['ending it another way', `UPDATE argus.sessions SET ended_by = 'expired' WHERE id = $1`, session.id],
  ])('%s is refused by the table itself', async (_what, text, id) => {
    await expect(pool.query(text, [id])).rejects.toMatchObject({ code: '23000' });
  });

  test('a poll that finds nothing reads next to nothing', async () => {
    const one = new Client(db.runtime);
    await one.connect();
    await one.query('SET enable_seqscan = off'); // a table this small would be read in one piece
    const { rows } = await one.query<{ 'QUERY PLAN': string }>(`EXPLAIN SELECT 1 FROM argus.changes WHERE xact >= '1'::xid8`);
    await one.end();
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('changes_by_xact');
  });
});
