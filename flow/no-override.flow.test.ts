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
const VALUES = ['true', TENANT];

type Wish = { readonly query?: string; readonly headers?: Record<string, string>; readonly body?: Record<string, unknown>; readonly scopes?: readonly Scope[] };
/** Where a wish may stand → every wish there, and what it may be answered with beside the plain refusal. */
const KINDS: Readonly<Record<string, { readonly wishes: readonly Wish[]; readonly also?: string }>> = {
  header: { wishes: WISHES.flatMap((wish) => VALUES.map((value) => ({ headers: { [wish]: value } }))) },
  // Query and body say what the route knows and nothing else: a wish in them is refused before it is looked at.
  query: { wishes: WISHES.flatMap((wish) => VALUES.map((value) => ({ query: `?${wish}=${value}` }))), also: 'bad_request' },
  body: { wishes: WISHES.flatMap((wish) => [true, { signed: true }].map((value) => ({ body: { [wish]: value } }))), also: 'bad_request' },
  role: {
    wishes: [...Object.values(PRESETS), [...PRESETS['admin-full'], 'admin', 'owner', 'root', '*', 'consent:override'] as unknown as readonly Scope[]].map((scopes) => ({ scopes })), // the last ones do not exist
    also: 'missing_role',
  },
};
const cases = (['activate', 'arm'] as const).flatMap((act) => Object.keys(KINDS).map((kind) => [act, kind] as const));

/** Guarantee: no consent, no session. There is no parameter, header, role or setting that says otherwise. */
test.each(cases)('%s without consent: no %s changes the refusal', async (act, kind) => {
  const { world, admin, machine } = await readyWorld();
  await world.call(`/tenants/${TENANT}/consent`, { method: 'DELETE', pat: admin, body: { reason: 'contract ended' } });
  const before = world.hops.filter((hop) => hop.includes(' deed '));
  const path = act === 'activate' ? `/support/agents/${AGENT}/activate` : `/support/tenants/${TENANT}/arm`;
  let people = 0;
  async function ask({ query = '', headers = {}, body = {}, scopes = PRESETS['admin-full'] }: Wish): Promise<string> {
    // Each by somebody else, so that arming is refused for what it lacks and not for being asked for too often.
    const pat = await world.newToken(scopes, null, `operator${people++}@argus.example`);
    const asked = act === 'activate' ? world.activation() : { reason: 'contract 2026', confirm_tenant_id: TENANT };
    const answer = await world.call(`${path}${query}`, { pat, headers: { 'x-argus-ops-token': OPS_TOKEN, ...headers }, body: { ...asked, ...body } });
    return JSON.stringify({ ...answer, body: { ...answer.body, request_id: '' } });
  }
  const plain = await ask({});
  expect(plain).toContain('"code":"tenant_consent_required"');
  const { wishes = [], also } = KINDS[kind] ?? {};
  for (const wish of wishes) {
    const answer = await ask(wish);
    const isNobody = wish.scopes === PRESETS['tenant-reader'] && answer.includes('"code":"unauthenticated"'); // who reads their own log is, everywhere else
    const isOther = isNobody || (also !== undefined && answer.includes(`"code":"${also}"`));
    expect(isOther ? plain : answer, JSON.stringify(wish)).toBe(plain);
  }
  expect(machine.agent.session()).toBeNull();
  expect(world.hops.filter((hop) => hop.includes(' deed '))).toEqual(before);
});
