/** Tripwires, alerts and audits on demand, through the doors of the whole API on memory stores. */
import { settle, isoTime } from '@argus/kit/clock.ts';
import { ok } from '@argus/kit/result.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import type { Alerts, AlertView } from '@argus/protocol/http/alerts.ts';
import type { Reconciliations, ReconciliationView } from '@argus/protocol/http/reconciliation.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import { describe, expect, test } from 'vitest';
import { createTestApi, INSIDE, OPS_TOKEN, OUTSIDE } from '../../test/api.ts';
import { AGENT, DAY_MS, factOf, OTHER_TENANT, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import type { Scope } from '../people/principal.ts';
import type { Stores } from '../ports.ts';
import type { Mail } from './mail.ts';

type Api = ReturnType<typeof createTestApi>;
type Call = { readonly method?: 'GET' | 'POST'; readonly pat?: string; readonly body?: object; readonly from?: string };
const ask = async ({ http }: Api, url: string, { method = 'GET', pat, body, from = INSIDE }: Call = {}) => {
  const answer = await http.inject({ method, url, headers: { 'x-forwarded-for': from, 'x-argus-ops-token': OPS_TOKEN, ...(pat && { authorization: `Bearer ${pat}` }) }, ...(body && { payload: body }) });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
};
const leavesOf = ({ memory }: Api, tree: TreeName) => memory.rows(tree).flatMap(({ bytes }) => {
  const leaf = parseLeaf(bytes);
  return leaf.ok ? [leaf.value] : [];
});
const fired = (api: Api, tree: TreeName) => leavesOf(api, tree).filter((l) => l.type === 'tripwire_fired');
const alertsFor = async (api: Api, tenants: readonly TenantId[] | null = null, query = '') =>
  ((await ask(api, `/alerts${query}`, { pat: await api.newToken(['logs:read'], tenants) })).body as unknown as Alerts).alerts;
const activation = (api: Api, over: object = {}) => ({ tenant_id: TENANT, reason: 'investigate alert', nonce: 'n'.repeat(22), timestamp: isoTime(api.clock.now()), ...over });
const activate = async (api: Api, { from = INSIDE, scopes = ['remote_support'] }: { from?: string; scopes?: readonly Scope[] } = {}) =>
  ask(api, `/support/agents/${AGENT}/activate`, { method: 'POST', from, pat: await api.newToken(scopes), body: activation(api) });

describe('a refused activation', () => {
  test('is answered at once, and is an entry and an alert a moment later', async () => {
    const api = createTestApi();
    expect((await activate(api)).status).toBe(404);
    expect(fired(api, 'operator')).toEqual([]);
    await api.clock.advance(1_000);
    expect(fired(api, 'operator')).toMatchObject([{ phase: 'fact', by: 'server', operator: 'ana@argus.example', args_commit: { kind: 'failed_activation', severity: 'ordinary', times: 1 } }]);
    expect(await alertsFor(api)).toMatchObject([{ kind: 'failed_activation', severity: 'ordinary', times: 1, operator: 'ana@argus.example', address: INSIDE, details: ['agent_not_found'], acknowledged: null }]);
  });

  test('of a tenant\'s agent is in the tenant\'s own tree, and an alert the tenant\'s people see', async () => {
    const api = createTestApi();
    await consentedAndArmed(api.api.ledger);
    expect((await activate(api)).status).toBe(409); // offline
    await api.clock.advance(1_000);
    expect(fired(api, TENANT)).toHaveLength(1);
    expect(await alertsFor(api, [TENANT])).toMatchObject([{ kind: 'failed_activation', tenant_id: TENANT, agent_id: AGENT }]);
    expect(await alertsFor(api, [OTHER_TENANT])).toEqual([]);
  });

  /** Guarantee: hundreds of knocks make two alerts, two entries and no more, and none of them is uncounted. */
  test('by the hundred is two entries: one at once, one with the count', async () => {
    const api = createTestApi();
    const knocks = (count: number) =>
      Promise.all(Array.from({ length: count }, () => api.api.ledger.append(factOf({ tenant: null, code: 'ip_not_allowlisted', ip: OUTSIDE, at: api.clock.now() }))));
    await knocks(400);
    await api.clock.advance(2_000);
    await knocks(200);
    await api.clock.advance(3_600_000);
    expect(fired(api, 'operator').map((l) => l.args_commit?.['times'])).toEqual([400, 200]);
    expect((await alertsFor(api)).map((a) => a.times)).toEqual([200, 400]);
  });
});

test('an address that is not allowlisted trips one wire, and not that of failed activations', async () => {
  const api = createTestApi();
  await activate(api, { from: OUTSIDE });
  await api.clock.advance(1_000);
  expect(await alertsFor(api)).toMatchObject([{ kind: 'address_not_allowlisted', address: OUTSIDE, operator: null, tenant_id: null }]);
});

test('nobody who acts waits for a tripwire, and what cannot be written is written when the log is back', async () => {
  let isAway = false;
  const between = (real: Stores): Stores => ({
    ...real,
    leaves: { ...real.leaves, commit: (batch) => (isAway && batch.deeds.length > 0 ? Promise.reject(new Error('away')) : real.leaves.commit(batch)) },
  });
  const api = createTestApi({ between });
  await activate(api, { from: OUTSIDE });
  isAway = true;
  await api.clock.advance(20_000);
  expect(await alertsFor(api)).toEqual([]);
  await activate(api, { from: '198.51.100.7' }); // another address: the first one is counted by now
  isAway = false;
  await api.clock.advance(6_000);
  expect((await alertsFor(api)).reduce((n, a) => n + a.times, 0)).toBe(2);
});

test('what is still counted when the server stops is written then', async () => {
  const api = createTestApi();
  await activate(api, { from: OUTSIDE });
  await api.api.close();
  expect(fired(api, 'operator')).toHaveLength(1);
});

describe('at the door of the agents', () => {
  const knock = (api: Api, text: string) => {
    const events = api.api.door.accept({ address: '198.51.100.4', send: () => undefined, close: () => undefined });
    events.message(text);
    return settle();
  };
  test('a handshake that proves nothing is an alert per address, in the operator tree; a flood of them is one more', async () => {
    const api = createTestApi();
    for (let i = 0; i < 300; i++) await knock(api, `{"type":"h1","n":${i}}`);
    await api.clock.advance(1_000);
    expect(fired(api, 'operator')).toMatchObject([{ args_commit: { kind: 'handshake_failed', times: 300 } }]);
    expect(await alertsFor(api, [TENANT])).toEqual([]);
  });
});

describe('looked at every minute', () => {
  test('a session held for more than an hour is one alert, once, also after a restart', async () => {
    const api = createTestApi();
    await consentedAndArmed(api.api.ledger);
    const session = sessionOf({ state: 'activating', minutes: 120, createdAt: START, expiresAt: START + 2 * 3_600_000 });
    await api.api.ledger.append(factOf({ outcome: 'ok', type: 'remote_support_activation', phase: 'intent' }), [{ do: 'open_session', session }]);
    await api.api.begin();
    await api.clock.advance(3_600_000);
    expect((await alertsFor(api)).filter((a) => a.kind === 'session_held_long')).toEqual([]);
    await api.clock.advance(5 * 60_000);
    expect((await alertsFor(api)).filter((a) => a.kind === 'session_held_long')).toMatchObject([{ session_id: session.id, tenant_id: TENANT, severity: 'high' }]);
    await api.api.close();
    const again = createTestApi({ between: () => api.memory, clock: api.clock, node: { id: sessionOf().node, epoch: 2 } });
    await again.api.begin();
    await api.clock.advance(5 * 60_000);
    expect((await api.memory.alerts.list({ tenants: null, openOnly: false, limit: 99 })).filter((a) => a.kind === 'session_held_long')).toHaveLength(1);
    await again.api.close();
  });

  test('more than ten sessions by one operator within an hour are one alert in that hour', async () => {
    const api = createTestApi();
    await api.api.begin();
    const opened = () => api.api.ledger.append(factOf({ tenant: null, type: 'remote_support_activation', phase: 'outcome', outcome: 'ok', at: api.clock.now() }));
    for (let i = 0; i < 10; i++) await opened();
    await api.clock.advance(2 * 60_000);
    expect(await alertsFor(api)).toEqual([]);
    await opened();
    await api.clock.advance(10 * 60_000);
    expect(await alertsFor(api)).toMatchObject([{ kind: 'many_activations', operator: 'ana@argus.example', details: ['11 within the hour'] }]);
    await api.api.close();
  });
});

describe('acknowledging', () => {
  async function anAlert(api: Api): Promise<AlertView> {
    await consentedAndArmed(api.api.ledger);
    await activate(api);
    await api.clock.advance(1_000);
    const [alert] = await alertsFor(api);
    if (!alert) throw new Error('no alert');
    return alert;
  }
  const acknowledge = async (api: Api, id: string, { scopes = ['alerts:write'], tenants = null, body = { reason: 'the agent was switched off' } }: { scopes?: readonly Scope[]; tenants?: readonly TenantId[] | null; body?: object } = {}) =>
    ask(api, `/alerts/${id}/acknowledge`, { method: 'POST', pat: await api.newToken(scopes, tenants), body });

  test('says by whom, when and why, once; it is an entry, and the alert is no longer open', async () => {
    const api = createTestApi();
    const { id } = await anAlert(api);
    expect(await acknowledge(api, id)).toMatchObject({ status: 200, body: { acknowledged: { by: 'ana@argus.example', reason: 'the agent was switched off' } } });
    expect(leavesOf(api, TENANT).at(-1)).toMatchObject({ type: 'alert_acknowledged', operator: 'ana@argus.example', reason: 'the agent was switched off', args_commit: { alert: id, kind: 'failed_activation' } });
    expect(await alertsFor(api)).toEqual([]);
    expect(await alertsFor(api, null, '?state=all')).toMatchObject([{ id }]);
    expect(await acknowledge(api, id)).toMatchObject({ status: 409, body: { code: 'alert_acknowledged' } });
  });

  /** Guarantee: whoever may not see an alert can neither see, acknowledge nor tell that it exists. */
  test('of another tenant\'s alert, of one that is not there, and without the scope or a reason, is refused', async () => {
    const api = createTestApi();
    const { id } = await anAlert(api);
    const notThere = { status: 404, body: { code: 'alert_not_found' } };
    expect(await acknowledge(api, id, { tenants: [OTHER_TENANT] })).toMatchObject(notThere);
    expect(await acknowledge(api, '00000000-0000-4000-8000-ffffffffffff')).toMatchObject(notThere);
    expect(await acknowledge(api, 'x%27--')).toMatchObject(notThere);
    expect(await acknowledge(api, id, { scopes: ['logs:read'] })).toMatchObject({ status: 403, body: { code: 'missing_role' } });
    expect(await acknowledge(api, id, { body: { reason: 'x' } })).toMatchObject({ status: 422 });
    expect(await acknowledge(api, id, { tenants: [TENANT] })).toMatchObject({ status: 200 });
    await activate(api, { from: OUTSIDE });
    await api.clock.advance(1_000);
    const [nobodys] = await alertsFor(api);
    expect(nobodys?.tenant_id).toBeNull();
    expect(await acknowledge(api, nobodys?.id ?? '', { tenants: [TENANT] })).toMatchObject(notThere);
  });

  test('a state that is neither open nor all is refused', async () => {
    const api = createTestApi();
    expect(await ask(api, '/alerts?state=closed', { pat: await api.newToken(['logs:read']) })).toMatchObject({ status: 422 });
  });
});

describe('an audit on demand', () => {
  const run = async (api: Api, body: object = {}, scopes: readonly Scope[] = ['audit:run'], tenants: readonly TenantId[] | null = null) =>
    ask(api, '/audit/reconcile', { method: 'POST', pat: await api.newToken(scopes, tenants), body });

  test('looks at the last 24 hours unless told otherwise, is an entry, and is listed', async () => {
    const api = createTestApi();
    await consentedAndArmed(api.api.ledger);
    await api.clock.advance(1_000);
    const done = await run(api);
    expect(done).toMatchObject({ status: 200, body: { kind: 'on_demand', outcome: 'reconciled', audit_rows: 5, events: 5, leaves: 5, trees: 1, mismatches: 0, by: 'ana@argus.example' } });
    expect(leavesOf(api, 'operator').at(-1)).toMatchObject({ type: 'audit_reconciled', operator: 'ana@argus.example', args_commit: { leaves: 5 } });
    const listed = (await ask(api, '/audit/reconciliations', { pat: await api.newToken(['logs:read']) })).body as unknown as Reconciliations;
    expect(listed.reconciliations).toEqual([done.body as unknown as ReconciliationView]);
  });

  test('that finds something says what and where, and is an alert and an entry', async () => {
    const api = createTestApi({
      between: (real) => ({ ...real, record: { ...real.record, leaves: async (tree, range) => (await real.record.leaves(tree, range)).map((r) => (r.seq === 2 && r.audit ? { ...r, audit: { ...r.audit, operator: 'eve@argus.example' } } : r)) } }),
    });
    await consentedAndArmed(api.api.ledger);
    await api.clock.advance(1_000);
    const done = await run(api);
    expect(done.body).toMatchObject({ outcome: 'mismatch', mismatches: 1, findings: [{ what: 'audit_differs', tree: TENANT, index: 2, fields: ['operator'] }] });
    expect(JSON.stringify(done.body)).not.toContain('eve@'); // rows are named, what stands in them is not repeated
    expect(leavesOf(api, 'operator').map((l) => l.type)).toEqual(['tripwire_fired', 'audit_mismatch_found']);
    expect(await alertsFor(api)).toMatchObject([{ kind: 'audit_mismatch', severity: 'high', times: 1, details: [expect.stringContaining('window '), expect.stringContaining(`audit_differs ${TENANT} #2`)] }]);
  });

  test('is for whoever may see all tenants and has the scope, bounded, and one at a time', async () => {
    const api = createTestApi();
    expect((await run(api, {}, ['logs:read'])).body).toMatchObject({ code: 'missing_role' });
    expect((await run(api, {}, ['audit:run'], [TENANT])).body).toMatchObject({ code: 'missing_role' });
    expect((await ask(api, '/audit/reconciliations', { pat: await api.newToken(['logs:read'], [TENANT]) })).body).toMatchObject({ code: 'missing_role' });
    const range = (from: number, to: number) => ({ from: isoTime(from), to: isoTime(to) });
    expect((await run(api, range(START - 32 * DAY_MS, START))).body).toMatchObject({ code: 'audit_range_too_large' });
    expect((await run(api, range(START, START))).status).toBe(422);
    expect((await run(api, range(START, START + DAY_MS))).status).toBe(422); // not over yet
    expect((await run(api, { from: 'yesterday' })).status).toBe(422);
    await api.memory.jobs.seize('audit_on_demand', { node: sessionOf().node, epoch: 7, now: START, until: START + 60_000 });
    expect(await run(api)).toMatchObject({ status: 409, body: { code: 'audit_running' } });
    await api.clock.advance(60_000);
    expect((await run(api)).status).toBe(200);
    expect((await run(api)).status).toBe(200);
  });

  test('of more rows than it may read is refused before it begins', async () => {
    const api = createTestApi({ between: (real) => ({ ...real, record: { ...real.record, counts: async () => ({ auditRows: 9_000, events: 9_000 }) } }) });
    expect((await run(api)).body).toMatchObject({ code: 'audit_range_too_large' });
  });
});

describe('mail', () => {
  function mailbox() {
    const mails: Mail[] = [];
    let isAway = false;
    return {
      mails,
      away: (yes: boolean) => void (isAway = yes),
      mail: { mailer: { domain: 'argus.example', send: async (m: Mail) => (isAway ? { ok: false as const, error: 'the mail server is away' } : (mails.push(m), ok(undefined))) }, publicUrl: undefined },
    };
  }
  const reused = (api: Api) => api.api.ledger.append(factOf({ type: 'agent_enrollment_refused', agent: AGENT, reason: 'the code was used by another key', code: 'enrollment_refused', at: api.clock.now() }));

  test('goes out within seconds for a high alert, and an hour later for ordinary ones, all in one', async () => {
    const box = mailbox();
    const api = createTestApi({ mail: box.mail });
    await api.api.begin();
    for (let i = 0; i < 5; i++) await activate(api);
    await api.clock.advance(50 * 60_000);
    expect(box.mails).toEqual([]);
    await api.clock.advance(11 * 60_000);
    expect(box.mails.map((m) => m.subject)).toEqual(['[Argus] 1 ordinary: failed_activation']);
    await api.clock.advance(10 * 60_000);
    await reused(api);
    await api.clock.advance(10_000);
    expect(box.mails.map((m) => m.subject)[1]).toMatch(/^\[Argus\] 1 high/);
    await api.api.close();
  });

  test('that cannot be sent is tried until it can, becomes an alert, and then arrives once', async () => {
    const box = mailbox();
    const api = createTestApi({ mail: box.mail });
    await api.api.begin();
    box.away(true);
    await reused(api);
    await api.clock.advance(10 * 60_000);
    expect(box.mails).toEqual([]);
    expect((await alertsFor(api)).map((a) => a.kind)).toEqual(['mail_undelivered', 'enrollment_code_reused']);
    box.away(false);
    await api.clock.advance(3 * 3_600_000);
    expect(box.mails).toHaveLength(1);
    expect(box.mails[0]?.text).toMatch(/enrollment_code_reused[\s\S]*mail_undelivered/);
    await api.api.close();
  });

  /** Guarantee: an attacker who trips every wire all day fills no mailbox. */
  test('of a day under attack is at most one in five minutes', async () => {
    const box = mailbox();
    const api = createTestApi({ mail: box.mail });
    await api.api.begin();
    for (let minute = 0; minute < 120; minute++) {
      await api.api.ledger.append(factOf({ tenant: null, type: 'agent_enrollment_refused', agent: `agent_a${minute}` as typeof AGENT, reason: 'the code was used before', code: 'enrollment_refused', at: api.clock.now() }));
      await api.clock.advance(60_000);
    }
    expect(box.mails.length).toBeLessThanOrEqual(24);
    expect(box.mails.length).toBeGreaterThan(2);
    await api.api.close();
  }, 20_000);
});
