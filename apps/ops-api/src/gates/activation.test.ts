import { isoTime } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import { err, ok } from '@argus/kit/result.ts';
import { signReceipt } from '@argus/keys/consent.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { deny, type ErrorCode } from '@argus/protocol/errors.ts';
import { Activate } from '@argus/protocol/http/shapes.ts';
import { describe, expect, test } from 'vitest';
import { breaking, ladderSuite } from '../../test/ladder-suite.ts';
import { agentNamed, agentOf, consentOf, DAY_MS, INSTANCE, OTHER_TENANT, principalOf, sessionOf, START, TENANT, tenantOf, unconfirmed } from '../../test/sample.ts';
import { PRESETS, SCOPES, type Scope } from '../people/principal.ts';
import { activationLadder, FRESH_MS, RUNGS_BEFORE_BODY, type ActivationFacts } from './activation.ts';

const body = (over: Record<string, unknown> = {}) =>
  Activate.parse({ tenant_id: TENANT, reason: 'investigate alert', nonce: 'n'.repeat(22), timestamp: isoTime(START), ...over });

const OPERATOR_KEY = signingKeyOf(new Uint8Array(32).fill(22));
const NAMES_OPERATORS = signReceipt(signingKeyOf(new Uint8Array(32).fill(21)), {
  v: 1, instance: INSTANCE, tenant: TENANT, agents: '*', commands: '*', cameras: '*', document_sha256: 'ab'.repeat(32), serial: 1,
  not_before: isoTime(START - DAY_MS), not_after: isoTime(START + DAY_MS), operator_keys: [{ kind: 'ed25519', public_key: OPERATOR_KEY.publicKeyText }],
});

const good: ActivationFacts = {
  fromOperatorNetwork: true,
  opsTokenMatches: () => true,
  principal: async () => principalOf(),
  enabled: true,
  request: () => ok(body()),
  now: START,
  agent: async () => agentOf(),
  instance: INSTANCE,
  tenant: async () => tenantOf(),
  isOnline: () => true,
  openSession: async () => null,
  burnNonce: async () => true,
};

const broken: Record<string, readonly [Partial<ActivationFacts>, ErrorCode]> = {
  network: [{ fromOperatorNetwork: false, access: undefined }, 'ip_not_allowlisted'],
  ops_token: [{ opsTokenMatches: () => false }, 'bad_ops_token'],
  credential: [{ principal: async () => null }, 'missing_role'],
  identity: [{ fromOperatorNetwork: false, access: () => ok({ email: 'mallory@argus.example' }) }, 'identity_mismatch'],
  enabled: [{ enabled: false }, 'remote_support_disabled'],
  request: [{ request: () => err(deny('bad_request')) }, 'bad_request'],
  fresh: [{ request: () => ok(body({ timestamp: isoTime(START - FRESH_MS - 1) })) }, 'stale_request'],
  step_up: [{ principal: async () => unconfirmed() }, 'step_up_required'],
  agent: [{ agent: async () => null }, 'agent_not_found'],
  consent: [{ tenant: async () => tenantOf({ consent: null }) }, 'tenant_consent_required'],
  operator_proof: [{ tenant: async () => tenantOf({ consent: consentOf({ receipt: NAMES_OPERATORS }) }) }, 'operator_proof_required'],
  armed: [{ tenant: async () => tenantOf({ armed: null }) }, 'tenant_not_armed'],
  online: [{ isOnline: () => false }, 'agent_offline'],
  free: [{ openSession: async () => sessionOf() }, 'session_active'],
  nonce: [{ burnNonce: async () => false }, 'nonce_replayed'],
};
const names = activationLadder.map((gate) => gate.name);

const withBroken = breaking({ ladder: activationLadder, good, broken });

/** Every fact that is a function, counted. */
function watched(facts: ActivationFacts) {
  const asked: string[] = [];
  const spies = Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'function' ? () => { asked.push(name); return (fact as () => unknown)(); } : fact]),
  ) as ActivationFacts; // the same facts, each behind a counter
  return { asked, facts: spies };
}

ladderSuite({ ladder: activationLadder, good, broken });

/** Guarantee: an unlisted caller gets one answer, and neither token, credential nor store is looked at for it. */
test('an unlisted caller touches nothing', async () => {
  const { asked, facts } = watched({ ...withBroken(names) });
  expect((await climb(activationLadder, facts)).denial).toEqual({ code: 'ip_not_allowlisted' });
  expect(asked).toEqual([]);
});

test('without the ops token no credential is looked up', async () => {
  const { asked, facts } = watched(withBroken(['ops_token']));
  await climb(activationLadder, facts);
  expect(asked).toEqual(['opsTokenMatches']);
});

/** Guarantee: the irreversible gate is last; whoever is refused earlier may send the same request again. */
test.each(names.slice(0, -1))('refused at %s, the nonce is not burned', async (name) => {
  const { asked, facts } = watched(withBroken([name]));
  await climb(activationLadder, facts);
  expect(asked).not.toContain('burnNonce');
});

test('the nonce is burned exactly once on the way through', async () => {
  const { asked, facts } = watched(good);
  await climb(activationLadder, facts);
  expect(asked.filter((name) => name === 'burnNonce')).toHaveLength(1);
  expect(names.at(-1)).toBe('nonce');
});

test('the rungs before the body never ask for it', async () => {
  const { asked, facts } = watched(good);
  const { passed } = await climb(activationLadder.slice(0, RUNGS_BEFORE_BODY), facts);
  expect(passed).toEqual(['network', 'ops_token', 'credential', 'identity', 'enabled']);
  expect(asked).toEqual(['opsTokenMatches', 'principal']);
});

describe('credential', () => {
  const otherScopes = Object.keys(SCOPES).filter((scope) => scope !== 'remote_support') as Scope[];
  test('says whether it is the token or its scope', async () => {
    const says = async (principal: ActivationFacts['principal']) => (await climb(activationLadder, { ...good, principal })).denial?.facts?.problems;
    expect(await says(async () => null)).toEqual(['no valid token came with the request']);
    expect(await says(async () => principalOf({ scopes: otherScopes }))).toEqual(['the token lacks the scope remote_support']);
  });
  test.each([...otherScopes, 'all of them'])('%s is not remote_support', async (scope) => {
    const scopes = scope === 'all of them' ? otherScopes : [scope as Scope];
    const { denial } = await climb(activationLadder, { ...good, principal: async () => principalOf({ scopes }) });
    expect(denial?.code).toBe('missing_role');
  });
  test.each([['support-operator', null], ['admin-full', null], ['support-readonly', 'missing_role'], ['tenant-admin', 'missing_role']] as const)(
    'the preset %s is answered with %s',
    async (preset, code) => {
      const { denial } = await climb(activationLadder, { ...good, principal: async () => principalOf({ scopes: PRESETS[preset] }) });
      expect(denial?.code ?? null).toBe(code);
    },
  );
});

describe('fresh', () => {
  const denialAt = async (timestamp: string) => (await climb(activationLadder, { ...good, request: () => ok(body({ timestamp })) })).denial;
  test.each([-FRESH_MS, FRESH_MS])('%i ms off is fresh to the millisecond', async (offBy) => {
    expect(await denialAt(isoTime(START + offBy))).toBeNull();
  });
  test.each([-FRESH_MS - 1, FRESH_MS + 1])('%i ms off is stale, and the answer tells our time', async (offBy) => {
    expect(await denialAt(isoTime(START + offBy))).toEqual({ code: 'stale_request', facts: { server_time: isoTime(START) } });
  });
  test('a time in another zone is the same moment', async () => {
    expect(await denialAt('2026-03-01T17:45:00.000+05:45')).toBeNull();
  });
});

describe('agent', () => {
  const agents: readonly (readonly [string, Partial<ActivationFacts>])[] = [
    ['unknown', { agent: async () => null }],
    ['revoked', { agent: async () => agentOf({ revokedAt: START - 1 }) }],
    ['of another tenant than the body names', { agent: async () => agentOf({ tenant: OTHER_TENANT }) }],
    ['of a tenant outside the credential', { principal: async () => principalOf({ tenants: [OTHER_TENANT] }) }],
    ['of no tenant the credential may see', { principal: async () => principalOf({ tenants: [] }) }],
  ];
  test.each(agents)('%s: one answer', async (_what, facts) => {
    expect((await climb(activationLadder, { ...good, ...facts })).denial).toEqual({ code: 'agent_not_found' });
  });
});

describe('consent', () => {
  const standing = tenantOf();
  const consents: readonly (readonly [string, Parameters<typeof tenantOf>[0]])[] = [
    ['never recorded', { consent: null }],
    ['signed in the future', { consent: consentOf({ signedAt: START + 1 }) }],
    ['expired this very millisecond', { consent: consentOf({ expiresAt: START }) }],
    ['without its leaf', { consentLeaf: null }],
    ['with a leaf nobody can read', { consentLeaf: '{"v":1}' }],
    ['with the leaf of another tenant', { consentLeaf: tenantOf({ id: OTHER_TENANT }).consentLeaf }],
    ['of another document than its leaf says', { consent: consentOf({ documentId: 'DOC-1' }), consentLeaf: standing.consentLeaf }],
    ['of another hash than its leaf says', { consent: consentOf({ documentSha256: 'cd'.repeat(32) }), consentLeaf: standing.consentLeaf }],
    ['for longer than its leaf says', { consent: consentOf({ expiresAt: START + DAY_MS }), consentLeaf: standing.consentLeaf }],
    ['signed at another time than its leaf says', { consent: consentOf({ signedAt: START - 2 }), consentLeaf: standing.consentLeaf }],
    ['wider than its leaf says', { consent: consentOf(), consentLeaf: tenantOf({ consent: consentOf({ scope: { commands: ['ping'] } }) }).consentLeaf }],
    ['by another signer than its leaf says', { consent: consentOf({ signer: { name: 'Kim Park', email: 'eve@tenant.example' } }), consentLeaf: standing.consentLeaf }],
  ];
  test.each(consents)('%s it does not stand', async (_what, over) => {
    expect((await climb(activationLadder, { ...good, tenant: async () => tenantOf(over) })).denial?.code).toBe('tenant_consent_required');
  });
  const hoursWith = (from: string, to: string) => ({ time_zone: 'UTC', windows: [{ days: ['sun' as const], from, to }] }); // START is a Sunday at noon
  const scopes: readonly (readonly [string, NonNullable<ReturnType<typeof consentOf>['scope']>, string | null])[] = [
    ['for these hours', { hours: hoursWith('12:00', '12:01') }, null],
    ['for hours that are over', { hours: hoursWith('08:00', '12:00') }, 'the consent is for other hours; the next begin at 2026-03-08T08:00:00.000Z'],
    ['for hours that have not begun', { hours: hoursWith('12:01', '24:00') }, 'the consent is for other hours; the next begin at 2026-03-01T12:01:00.000Z'],
    ['for this agent', { agents: [agentOf().id] }, null],
    ['for other agents', { agents: [agentNamed('other')] }, 'the consent names other agents'],
    ['for no agent', { agents: [] }, 'the consent names other agents'],
    ['for some commands: which is asked with each of them', { commands: [], cameras: [] }, null],
  ];
  test.each(scopes)('%s', async (_what, scope, problem) => {
    const { denial } = await climb(activationLadder, { ...good, tenant: async () => tenantOf({ consent: consentOf({ scope }) }) });
    expect(denial).toEqual(problem === null ? null : { code: 'tenant_consent_required', facts: { problems: [problem] } });
  });
  /** Guarantee: a row edited by hand opens no hours and no agents. */
  test.each([{ hours: hoursWith('00:00', '24:00') }, { agents: [agentOf().id] }, null])('edited in the row to %j, it does not stand', async (edited) => {
    const { consentLeaf } = tenantOf({ consent: consentOf({ scope: { hours: hoursWith('08:00', '09:00'), agents: [agentNamed('other')] } }) });
    const tenant = tenantOf({ consent: consentOf({ scope: edited }), consentLeaf });
    expect((await climb(activationLadder, { ...good, tenant: async () => tenant })).denial).toEqual({ code: 'tenant_consent_required', facts: { problems: ['the consent on record and its entry in the log do not agree'] } });
  });

  const reasons: readonly (readonly [string, Parameters<typeof tenantOf>[0], string])[] = [
    ['there is none', { consent: null }, 'the tenant has no consent on record'],
    ['it is over', { consent: consentOf({ expiresAt: START }) }, 'the consent expired at 2026-03-01T12:00:00.000Z'],
    ['it has not begun', { consent: consentOf({ signedAt: START + 1 }) }, 'the consent begins at 2026-03-01T12:00:00.001Z'],
    ['its entry is missing', { consentLeaf: null }, 'the consent on record and its entry in the log do not agree'],
  ];
  test.each(reasons)('the answer says why: %s', async (_what, over, problem) => {
    expect((await climb(activationLadder, { ...good, tenant: async () => tenantOf(over) })).denial?.facts).toEqual({ problems: [problem] });
  });

  /** Guarantee: what the consent says is for whoever passed everything before it, and may see the tenant. */
  test.each(names.slice(0, names.indexOf('consent')))('refused at %s, nothing is said of the consent', async (name) => {
    const outside = { tenant: async () => tenantOf({ consent: consentOf({ scope: { hours: hoursWith('08:00', '09:00') } }) }) };
    const { denial } = await climb(activationLadder, { ...good, ...outside, ...broken[name]?.[0] });
    expect(JSON.stringify(denial)).not.toMatch(/consent|hours|08:00/);
  });

  test('until its last millisecond it stands', async () => {
    const tenant = tenantOf({ consent: consentOf({ expiresAt: START + 1, signedAt: START }) });
    expect((await climb(activationLadder, { ...good, tenant: async () => tenant })).denial).toBeNull();
  });
});

test.each([[START, 'tenant_not_armed'], [START + 1, undefined]] as const)('armed until %i is answered at noon with %s', async (until, code) => {
  const tenant = tenantOf({ armed: { at: START - DAY_MS, by: 'ana@argus.example', until } });
  expect((await climb(activationLadder, { ...good, tenant: async () => tenant })).denial?.code).toBe(code);
});

const inTheWay = [
  ['active', sessionOf(), 'session_active'],
  ['activating', sessionOf({ state: 'activating' }), 'session_active'],
  ['active but past its time', sessionOf({ expiresAt: START }), undefined],
  ['ended', { ...sessionOf(), state: 'ended', endedAt: START, endedBy: 'deactivate', endedWho: null, lastWord: { is: 'not_expected' } }, undefined],
] as const;
test.each(inTheWay)('a session that is %s is answered with %s', async (_what, session, code) => {
  expect((await climb(activationLadder, { ...good, openSession: async () => session })).denial?.code).toBe(code);
});
