import { expect, test } from 'vitest';
import { PRESETS, type Scope } from '../apps/ops-api/src/people/principal.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, OPS_TOKEN, TENANT } from './world.ts';

const WISHES = [
  'override', 'force', 'forced', 'skip_consent', 'skip-consent', 'skipConsent', 'consent', 'consent_override', 'override_consent', 'has_consent', 'signed', 'consent_signed', 'emergency', 'break_glass', 'breakglass', 'break-glass',
  'bypass', 'bypass_consent', 'ignore_consent', 'no_consent', 'without_consent', 'admin', 'is_admin', 'sudo', 'root', 'superuser', 'role', 'scope', 'scopes', 'debug', 'test', 'internal', 'unsafe', 'yes', 'confirm', 'armed', 'arm', 'dry_run',
  'document_id', 'receipt', 'operator_proof', 'tenant', 'impersonate', 'act_as', 'trusted', 'verified', 'allow', 'approved', 'approved_by', 'x-argus-override', 'x-argus-force', 'x-argus-consent', 'x-argus-emergency', 'x-argus-admin', 'x-argus-role',
  'x-override', 'x-force', 'x-admin', 'x-internal', 'x-debug', 'x-forwarded-user', 'x-remote-user', 'x-original-url', 'x-rewrite-url', 'x-http-method-override', 'x-argus-internal', 'x-argus-tenant', 'x-argus-break-glass',
];
const VALUES = ['true', '1', TENANT];

/** Guarantee: no consent, no session. There is no parameter, header, role or setting that says otherwise. */
test.each(['activate', 'arm'] as const)('%s without consent: no header, query, body or role changes the refusal', async (what) => {
  const { world, admin, machine } = await readyWorld();
  await world.call(`/tenants/${TENANT}/consent`, { method: 'DELETE', pat: admin, body: { reason: 'contract ended' } });
  const before = world.hops.filter((hop) => hop.includes(' deed '));
  const path = what === 'activate' ? `/support/agents/${AGENT}/activate` : `/support/tenants/${TENANT}/arm`;
  let people = 0;
  /** Each by somebody else, so that arming is refused for what it lacks and not for being asked for too often. */
  const somebody = (scopes: readonly Scope[] = PRESETS['admin-full']) => world.newToken(scopes, null, `operator${people++}@argus.example`);

  type Wish = { query?: string; headers?: Record<string, string>; body?: Record<string, unknown>; pat?: string };
  async function ask({ query = '', headers = {}, body = {}, pat }: Wish = {}): Promise<string> {
    const asked = what === 'activate' ? world.activation() : { reason: 'contract 2026', confirm_tenant_id: TENANT };
    const answer = await world.call(`${path}${query}`, { pat: pat ?? (await somebody()), headers: { 'x-argus-ops-token': OPS_TOKEN, ...headers }, body: { ...asked, ...body } });
    return JSON.stringify({ ...answer, body: { ...answer.body, request_id: '' } });
  }
  const plain = await ask();
  expect(plain).toContain('"code":"tenant_consent_required"');

  for (const wish of WISHES)
    for (const value of VALUES) {
      expect(await ask({ headers: { [wish]: value } }), `header ${wish}: ${value}`).toBe(plain);
      expect(await ask({ query: `?${wish}=${value}` }), `query ${wish}=${value}`).toBe(plain);
    }
  // A body says what the route knows and nothing else: a wish in it is refused before it is looked at.
  for (const wish of WISHES)
    for (const value of [true, 'yes', { signed: true }])
      expect(await ask({ body: { [wish]: value } }), `body ${wish}: ${JSON.stringify(value)}`).toMatch(/"code":"(bad_request|tenant_consent_required)"/);
  for (const scopes of [...Object.values(PRESETS), [...PRESETS['admin-full'], 'admin', 'owner', 'root', '*', 'consent:override'] as unknown as readonly Scope[]]) // scopes that do not exist
    expect(await ask({ pat: await somebody(scopes) })).toMatch(/"code":"(missing_role|tenant_consent_required)"/);

  expect(machine.agent.session()).toBeNull();
  expect(world.hops.filter((hop) => hop.includes(' deed '))).toEqual(before);
});
