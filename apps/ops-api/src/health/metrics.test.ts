import { isoTime, manualClock, settle } from '@argus/kit/clock.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApi, INSIDE, OPS_TOKEN, OUTSIDE } from '../../test/api.ts';
import { AGENT, factOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import { quietVitals } from '../adapters/memory/vitals.ts';
import { networksOf } from '../http/address.ts';
import { ROUTES, type Route } from '../http/routes.ts';
import { PRESETS } from '../people/principal.ts';
import type { LogBatch } from '../ports.ts';
import { createMetrics } from './metrics.ts';
import { observedLog } from './observe.ts';
import { createRegistry } from './registry.ts';

const world = createTestApi({ trustedProxies: networksOf(['127.0.0.0/8']), metricsToken: 'metrics-token-of-the-tests-32-characters' });
const { api, http, newToken } = world;
let pat: string;
const ask = (url: string, { from = INSIDE, ...over }: { method?: 'GET' | 'POST'; headers?: Record<string, string>; payload?: object; from?: string } = {}) =>
  http.inject({ method: 'POST', url, ...over, headers: { 'x-forwarded-for': from, authorization: `Bearer ${pat}`, ...over.headers } });
const scrape = async () => (await http.inject({ method: 'GET', url: '/metrics', headers: { authorization: 'Bearer metrics-token-of-the-tests-32-characters' } })).body;
const valueOf = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};
const activation = (over: object = {}) => ({ tenant_id: TENANT, reason: 'investigate alert', nonce: 'n'.repeat(22), timestamp: isoTime(START), ...over });
const HUNTER = 'hunter2-hunter2-hunter2';

beforeAll(async () => {
  pat = await newToken(PRESETS['admin-full']);
  await consentedAndArmed(api.ledger);
  const activate = `/support/agents/${AGENT}/activate`;
  const ops = { 'x-argus-ops-token': OPS_TOKEN };
  await ask(activate, { from: OUTSIDE });
  await ask(activate, { payload: activation() });
  await ask(activate, { headers: ops, payload: activation({ reason: HUNTER, minutes: 121 }) });
  await ask(activate, { headers: ops, payload: activation() });
  await ask(`/support/tenants/${TENANT}/command`, { headers: { 'x-argus-session': `rst_${'a'.repeat(43)}` }, payload: { command: HUNTER } });
  await ask(`/support/tenants/${TENANT}/disarm`, { payload: { reason: 'for a test', confirm_tenant_id: 'ANOTHER' } });
  await ask('/tenants', { method: 'GET' });
  await ask(`/v1/tenants/${TENANT}`, { method: 'GET' });
  await ask(`/${HUNTER}`, { method: 'GET' });
  await http.inject({ method: 'PROPFIND' as 'GET', url: '/tenants', headers: { 'x-forwarded-for': INSIDE } });
  await settle();
});
afterAll(() => api.close());

test('requests are counted by the template of their route, whichever mount they came through', async () => {
  const text = await scrape();
  expect(valueOf(text, 'argus_http_requests_total{route="/tenants",method="GET",status="200"}')).toBe(1);
  expect(valueOf(text, 'argus_http_requests_total{route="/tenants/{tenant}",method="GET",status="200"}')).toBe(1);
  expect(valueOf(text, 'argus_http_requests_total{route="/support/agents/{agent}/activate",method="POST",status="403"}')).toBe(2);
  expect(valueOf(text, 'argus_http_requests_total{route="other",method="GET",status="404"}')).toBe(1);
  expect(valueOf(text, 'argus_http_requests_total{route="/tenants",method="other",status="405"}')).toBe(1);
  expect(valueOf(text, 'argus_http_request_duration_seconds_count{route="/tenants",method="GET"}')).toBe(1);
});

test('activations and commands are counted by what came of them, each request once', async () => {
  const text = await scrape();
  const outcomes = ['ip_not_allowlisted', 'bad_ops_token', 'bad_request', 'agent_offline'];
  expect(outcomes.map((outcome) => valueOf(text, `argus_activations_total{outcome="${outcome}"}`))).toEqual([1, 1, 1, 1]);
  expect(text.match(/^argus_activations_total\{/gm)).toHaveLength(outcomes.length);
  expect(valueOf(text, 'argus_commands_total{command="other",outcome="session_not_found"}')).toBe(1);
});

test('refusals on record are counted by ladder and by the gate that refused', async () => {
  const text = await scrape();
  for (const [ladder, gate] of [['activation', 'network'], ['activation', 'ops_token'], ['activation', 'request'], ['activation', 'online'], ['command', 'session'], ['disarm', 'confirmed']] as const)
    expect([ladder, gate, valueOf(text, `argus_refusals_recorded_total{ladder="${ladder}",gate="${gate}"}`)]).toEqual([ladder, gate, 1]);
  expect(text).not.toMatch(/argus_refusals_recorded_total\{[^}]*other/);
});

test('appends are counted with their batches, and nothing is left under way', async () => {
  const text = await scrape();
  const appended = valueOf(text, 'argus_ledger_append_duration_seconds_count{result="ok"}') ?? 0;
  expect(appended).toBeGreaterThan(10);
  expect(valueOf(text, 'argus_ledger_batch_entries_sum')).toBe(appended);
  expect(valueOf(text, 'argus_ledger_commit_duration_seconds_count')).toBe(valueOf(text, 'argus_ledger_batch_entries_count'));
  for (const queue of ['appends', 'activations', 'commands']) expect([queue, valueOf(text, `argus_queue_depth{queue="${queue}"}`)]).toEqual([queue, 0]);
  expect(valueOf(text, 'argus_agents_online')).toBe(0);
  expect(valueOf(text, 'argus_sessions_live')).toBe(0);
});

/** Guarantee: the numbers are about the server. Who its customers are and who works for it is in none of them. */
describe('no label', () => {
  test('holds a tenant, an agent, an operator, an address, or anything a caller wrote', async () => {
    const text = await scrape();
    for (const name of [TENANT, AGENT, 'ana@argus.example', INSIDE, OUTSIDE, HUNTER, 'hunter2', pat, OPS_TOKEN, 'investigate']) expect(text).not.toContain(name);
  });

  test('is any but these, and each has a closed set of values', () => {
    const registry = createRegistry();
    createMetrics(registry, { routes: Object.values<Route>(ROUTES).map(({ path }) => path), gates: { arm: ['tenant'] } }, { agentsOnline: () => 0, sessionsLive: () => 0, vitals: quietVitals, build: { version: '1', node: 'v24' } });
    const declared = registry.declared();
    expect([...new Set(declared.flatMap(({ labels }) => Object.keys(labels)))].toSorted()).toEqual(
      ['command', 'gate', 'ladder', 'method', 'node', 'outcome', 'protocol', 'queue', 'result', 'route', 'stat', 'state', 'status', 'version'],
    );
    for (const { name, labels } of declared) for (const [label, values] of Object.entries(labels)) expect([name, label, values.length > 0]).toEqual([name, label, true]);
  });
});

test('a commit that did not happen is not counted, and its failure reaches whoever asked', async () => {
  const registry = createRegistry();
  const metrics = createMetrics(registry, { routes: [], gates: {} }, { agentsOnline: () => 0, sessionsLive: () => 0, vitals: quietVitals, build: { version: '1', node: 'v24' } });
  const { leaves } = memoryStores();
  const failing = observedLog({ ...leaves, commit: async () => Promise.reject(new Error('gone')) }, { clock: manualClock(START), metrics }, {});
  const moved = observedLog({ ...leaves, commit: async () => ({ done: false, why: 'moved_on' }) as const }, { clock: manualClock(START), metrics }, {});
  const batch = { tree: TENANT, rows: [], nodes: [], checkpoint: { size: 0, note: '', at: START }, deeds: [] } satisfies LogBatch;
  await expect(failing.commit(batch)).rejects.toThrow('gone');
  expect(await moved.commit(batch)).toMatchObject({ done: false });
  expect(registry.text()).toContain('argus_ledger_batch_entries_count 0');
});

test('an entry that is refused is told apart, and leaves the queue', async () => {
  const broken = createTestApi({ between: (stores) => ({ ...stores, leaves: { ...stores.leaves, commit: async () => { throw new Error('gone'); } } }), trustedProxies: networksOf([]) });
  expect((await broken.api.ledger.append(factOf())).ok).toBe(false);
  await settle();
  const { body } = await broken.http.inject({ method: 'GET', url: '/metrics' });
  expect(valueOf(body, 'argus_ledger_append_duration_seconds_count{result="refused"}')).toBe(1);
  expect(valueOf(body, 'argus_queue_depth{queue="appends"}')).toBe(0);
  await broken.api.close();
});
