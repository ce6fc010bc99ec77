import type { AlertView } from '@argus/protocol/http/alerts.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { aboutOf, recordOf } from './alert-about.ts';

const NOTHING: AlertView = { id: '0198c0de-0000-7000-8000-000000000000', kind: 'audit_mismatch', severity: 'high', says: 'x', details: [], times: 1, first_at: '2026-03-01T12:00:00.000Z', last_at: '2026-03-01T12:30:00.000Z', tenant_id: null, agent_id: null, session_id: null, operator: null, address: null, acknowledged: null };
const tenant = mustId('tenant', 'BAKERY_NORTH');
const agent = mustId('agent', 'agent_oven_display');

test('an alert names the machine, whose it is and who asked, and leads to what the audit has of it', () => {
  const alert = { ...NOTHING, tenant_id: tenant, agent_id: agent, operator: 'ana@argus.example' };
  expect(aboutOf(alert).map(({ name, text, at }) => [name, text, at])).toEqual([
    ['Tenant', 'BAKERY_NORTH', '/tenants/BAKERY_NORTH'],
    ['Agent', 'agent_oven_display', '/agents/agent_oven_display'],
    ['Operator', 'ana@argus.example', null],
  ]);
  expect(recordOf(alert)).toEqual({ says: 'What the audit has of it', at: '/audit?tenant=BAKERY_NORTH&operator=ana%40argus.example&agent=agent_oven_display&from=2026-03-01T11%3A00%3A00.000Z&to=2026-03-01T13%3A30%3A00.000Z' });
});

test('an alert about a session leads to the session', () => {
  const session = mustId('session', `rss_${'a'.repeat(20)}`);
  expect(recordOf({ ...NOTHING, tenant_id: tenant, session_id: session })?.at).toBe(`/sessions/${session}`);
});

test('an alert that knows of nobody names nobody; what claims to be a machine at a door is no link', () => {
  expect([aboutOf(NOTHING), recordOf(NOTHING)]).toEqual([[], null]);
  expect(aboutOf({ ...NOTHING, agent_id: agent, address: '10.1.2.3' })).toEqual([{ name: 'Agent', text: 'agent_oven_display', at: null }, { name: 'Address', text: '10.1.2.3', at: null }]);
});
