/** Two whole APIs on one real database: whoever ends a session, it ends once, and everybody is told the truth. */
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { newPat } from '@argus/keys/secrets.ts';
import { mustId, newHandle, type AgentId, type NodeId, type SessionId, type TenantId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSIDE, OPS_TOKEN } from '../../test/api.ts';
import { factOf, INSTANCE, LOG_KEY, MASTER_KEY, seededRandom, sessionOf, START } from '../../test/sample.ts';
import { consentedAndArmed, keepPat } from '../../test/tenants.ts';
import { quietVitals } from '../adapters/memory/vitals.ts';
import { postgresStores } from '../adapters/postgres/stores.ts';
import { createOpsApi, type OpsApi } from '../app.ts';
import { openPool } from '../db/pools.ts';
import { networksOf } from '../http/address.ts';
import { PRESETS } from '../people/principal.ts';
import type { Deed } from '../ports.ts';
import { isoTime } from '@argus/kit/clock.ts';

const random = seededRandom('ending contract');
const clock = manualClock(START);
let db: TestDatabase;
const pools: Pool[] = [];
let apis: OpsApi[];
let pat: string;
let ids = 0;

function startApi(node: { id: NodeId; epoch: number }): OpsApi {
  const pool = openPool({ connection: db.runtime, max: 6, say: () => undefined });
  pools.push(pool);
  return createOpsApi({
    clock, random, stores: postgresStores(pool), node,
    newId: () => `${node.id.charCodeAt(5).toString(16).padStart(8, '0')}-0000-4000-8000-${String(ids++).padStart(12, '0')}`,
    instance: INSTANCE, logKey: LOG_KEY, masterKey: MASTER_KEY, enabled: true, opsTokens: [OPS_TOKEN], operatorNetworks: networksOf(['10.1.0.0/16']),
    trustedProxies: networksOf(['127.0.0.0/8']), heartbeatS: 15, isDatabaseUp: async () => true, metricsToken: undefined, vitals: quietVitals, build: { version: '0.0.0', node: 'v24' }, log: () => undefined,
  });
}
const api = (n: number): OpsApi => apis[n % apis.length] ?? expect.unreachable();

beforeAll(async () => {
  db = await testDatabase();
  apis = [startApi({ id: newHandle('node', random), epoch: 1 }), startApi({ id: newHandle('node', random), epoch: 1 })];
  pat = newPat(random);
  await keepPat(api(0).ledger, mustId('pat', pat), PRESETS['admin-full']);
});
afterAll(async () => {
  for (const pool of pools) await pool.end();
  await db.drop();
});

const doing = async (tenant: TenantId, deed: Deed) => {
  const written = await api(0).ledger.append(factOf({ tenant, outcome: 'ok' }), [deed]);
  if (!written.ok) throw new Error(`${deed.do}: ${written.error.code} ${written.error.internal ?? ''}`);
};
let places = 0;
async function activeSession(over: Parameters<typeof sessionOf>[0] = {}): Promise<{ tenant: TenantId; agent: AgentId; id: SessionId }> {
  const n = `${++places}`.padStart(3, '0');
  const [tenant, agent] = [mustId('tenant', `E_${n}`), mustId('agent', `agent_e_${n}`)];
  await consentedAndArmed(api(0).ledger, tenant, agent);
  const session = sessionOf({ tenant, agent, state: 'activating', ...over });
  await doing(tenant, { do: 'open_session', session });
  await doing(tenant, { do: 'start_session', id: session.id, secretHash: random(32) });
  return session;
}
async function call(n: number, url: string, body?: object) {
  const headers = { 'x-forwarded-for': INSIDE, authorization: `Bearer ${pat}`, 'x-argus-ops-token': OPS_TOKEN };
  const answer = await api(n).http.inject({ method: body ? 'POST' : 'GET', url, headers, ...(body && { payload: body }) });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}
/** Everything the database has on the end of this session, in each of its places. */
async function endsOf(session: SessionId) {
  const pool = pools[0] ?? expect.unreachable();
  const count = async (text: string) => (await pool.query<{ n: number }>(text, [session])).rows[0]?.n;
  return {
    audit: await count(`SELECT count(*) AS n FROM argus.remote_support_audit WHERE session_id = $1 AND action = 'remote_support_session_ended'`),
    events: await count(`SELECT count(*) AS n FROM argus.events WHERE body->>'session' = $1 AND type = 'remote_support_session_ended'`),
    leaves: await count(`SELECT count(*) AS n FROM argus.log_leaves WHERE bytes::json->>'session' = $1 AND bytes::json->>'type' = 'remote_support_session_ended'`),
  };
}

test('fifty ends of one session at once, through two APIs: one row in each store, one leaf, and one answer for all', async () => {
  const { id } = await activeSession();
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => call(n, `/support/sessions/${id}/deactivate`, { reason: `end number ${n}` })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(answers[0]?.body).toMatchObject({ state: 'ended', ended_by: 'deactivate', ended_actor: 'operator', ended_operator: 'ana@argus.example' });
  expect(await endsOf(id)).toEqual({ audit: 1, events: 1, leaves: 1 });
});

test('every way to end it at once, through two APIs: one of them did it, and the record and all answers agree which', async () => {
  const { id, tenant, agent } = await activeSession();
  const ways: readonly ((n: number) => ReturnType<typeof call>)[] = [
    (n) => call(n, `/support/sessions/${id}/deactivate`, {}),
    (n) => call(n, `/support/tenants/${tenant}/disarm`, { reason: 'all at once', confirm_tenant_id: tenant }),
    (n) => call(n, `/support/agents/${agent}/revoke`, { tenant_id: tenant, reason: 'all at once', confirm: true, nonce: Buffer.from(random(16)).toString('hex'), timestamp: isoTime(clock.now()) }),
  ];
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => (ways[n % 3] ?? expect.unreachable())(n)));
  // Of several that revoke, one does; the others find no such agent any more.
  const statuses = answers.map(({ status }, n) => `${n % 3} ${status}`);
  expect(statuses.filter((s) => s === '2 200')).toHaveLength(1);
  expect(new Set(statuses)).toEqual(new Set(['0 200', '1 200', '2 200', '2 404']));
  expect(await endsOf(id)).toEqual({ audit: 1, events: 1, leaves: 1 });
  const seen = await Promise.all([call(0, `/support/sessions/${id}`), call(1, `/support/sessions/${id}`)]);
  expect(seen[0]?.body).toEqual(seen[1]?.body);
  expect(['deactivate', 'disarmed', 'agent_revoked']).toContain(seen[0]?.body['ended_by']);
  for (const { body } of answers.filter((_, n) => n % 3 === 0)) expect(body).toEqual(seen[0]?.body);
});

test('a node that starts again ends what its earlier life left, by what had happened to it: time, or the restart', async () => {
  const node = newHandle('node', random);
  const [running, expired] = [
    await activeSession({ node, epoch: 1 }),
    await activeSession({ node, epoch: 1, createdAt: START - 31 * 60_000, expiresAt: START - 60_000 }),
  ];
  const again = startApi({ id: node, epoch: await postgresStores(pools[0] ?? expect.unreachable()).founding.nextEpoch(node, START) + 1 });
  await Promise.all([again.begin(), call(0, `/support/sessions/${running.id}`)]);
  await again.close();
  expect((await call(0, `/support/sessions/${running.id}`)).body).toMatchObject({ state: 'ended', ended_by: 'server_shutdown' });
  expect((await call(0, `/support/sessions/${expired.id}`)).body).toMatchObject({ state: 'ended', ended_by: 'expired', ended_at: isoTime(START - 60_000) });
  for (const { id } of [running, expired]) expect(await endsOf(id)).toEqual({ audit: 1, events: 1, leaves: 1 });
});
