import { isoTime } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { ROUTES, type RouteName } from '../src/http/routes.ts';
import { lieIn, type Sent } from './held.ts';
import { INSTANCE, START, TENANT } from './sample.ts';

const told = (name: RouteName, payload: unknown, over: Partial<Sent> = {}) =>
  lieIn([name, ROUTES[name]], { status: 200, type: 'application/json; charset=utf-8', payload: typeof payload === 'string' ? payload : JSON.stringify(payload), ...over });
const tenant = { id: TENANT, name: 'Seven Eleven', created_at: isoTime(START), consent: 'missing', consent_document_id: null, armed: false, armed_until: null };
const shown = { ...tenant, instance: INSTANCE, consent_kind: null, consent_record: null, consent_scope: null, keeps_results: null, receipt: null, consent_keys: [] };
const problem = (code: string) => told('createTenant', { code }, { type: 'application/problem+json; charset=utf-8', status: 409 });

/** Guarantee: what the document says of an answer is what the answer is, in every test that asks over HTTP. */
test('an answer as it is described is no lie', () => {
  expect(told('showTenant', shown)).toBeNull();
  expect(told('listTenants', { tenants: [tenant] })).toBeNull();
  expect(told('createTenant', tenant, { status: 201 })).toBeNull();
  expect(told('metrics', '# HELP x\n', { type: 'text/plain' })).toBeNull();
  expect(problem('tenant_exists')).toBeNull();
});

test('a field nobody declared is one, however deep it stands', () => {
  expect(told('showTenant', { ...shown, secret: 1 })).toContain('secret');
  expect(told('listTenants', { tenants: [tenant, { ...tenant, secret: 1 }] })).toContain('tenants.1.secret');
});

test('so is a field that is missing or of another kind, another status, and a code the row does not name', () => {
  const { name: _name, ...nameless } = shown;
  expect(told('showTenant', nameless)).toContain('name: is missing');
  expect(told('showTenant', { ...shown, armed: 'yes' })).toContain('armed: is not true or false');
  expect(told('createTenant', tenant)).toContain('answered 200');
  expect(told('showTenant', shown, { status: 503 })).toContain('answered 503');
  expect(problem('agent_exists')).toContain('agent_exists');
});
