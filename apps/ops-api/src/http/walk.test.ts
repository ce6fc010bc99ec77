/**
 * Every route × everybody who could ask × every factor that could be missing. Who may is said here a second time, by
 * hand, and the walk is generated from ROUTES: a route that nobody wrote down here fails by its name, and so does one
 * whose door is another than it was.
 */
import { isoTime } from '@argus/kit/clock.ts';
import { ERRORS, isErrorCode, type ErrorCode } from '@argus/protocol/errors.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INSIDE, OPS_TOKEN, OUTSIDE } from '../../test/api.ts';
import { newSessionId, OTHER_TENANT, START } from '../../test/sample.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { createWalk, enrolling, routes, type Asker, type Names, type Walk } from '../../test/walk.ts';
import { PRESETS, SCOPES, type Scope } from '../people/principal.ts';
import type { Role } from '../people/roles.ts';
import type { Route, RouteName } from './routes.ts';

const FACTORS = ['network', 'ops_token', 'credential', 'enabled'] as const;
type Factor = (typeof FACTORS)[number];

type Good = number | ErrorCode;
type Row = {
  /** A list: people with one of these roles. */
  readonly who: 'anybody' | 'scraper' | 'somebody' | 'a program' | 'a person' | Scope | readonly Role[];
  /** Signed in, somebody may without the scope, too. */
  readonly orPerson?: true;
  /** Whose log it is may, too, with a token that opens nothing else; and so may who has one of these. */
  readonly orOwn?: readonly Scope[];
  /** A ladder's factors, in its order. Other routes ask for who, and for nothing else. */
  readonly factors?: readonly Factor[];
  readonly body?: (names: Names) => object;
  /** What it answers when nothing is missing: a status, or the code of the last gate that we let refuse. */
  readonly good: Good | ((role: Role | undefined) => Good);
  /** For whoever may, but not see what it names. Null: it names nothing of a tenant's. 200: it answers, and of what is not theirs as of nothing. */
  readonly foreign: ErrorCode | 200 | null;
};

const reason = 'for a walk';
const BY_NOBODYS_PASSKEY = { credential_id: 'AAAAAAAAAAAAAAAAAAAAAA==', client_data: 'e30=', authenticator_data: 'AAAA', signature: 'AAAA' };
const NOBODYS_ALERT = '0196a0a0-0000-7000-8000-000000000000';
const handsOut = (role: Role | undefined): boolean => role === undefined || role === 'owner' || role === 'admin';
const EXPECTED: { readonly [N in RouteName]: Row } = {
  health: { who: 'anybody', good: 200, foreign: null },
  ready: { who: 'anybody', good: 200, foreign: null },
  metrics: { who: 'scraper', good: 200, foreign: null },
  openapi: { who: 'anybody', good: 200, foreign: null },
  serverStatus: { who: 'logs:read', good: 200, foreign: 'missing_role' }, // it counts over all tenants
  me: { who: 'somebody', good: 200, foreign: null },

  live: { who: 'somebody', good: 200, foreign: null },

  createTenant: { who: 'tenants:write', body: ({ fresh }) => ({ id: `NEW_${fresh}`, name: 'New' }), good: 201, foreign: 'missing_role' },
  listTenants: { who: 'tenants:read', good: 200, foreign: null },
  showTenant: { who: 'tenants:read', good: 200, foreign: 'tenant_not_found' },
  recordConsent: {
    who: 'consent:write',
    body: () => ({ document_id: 'D', document_sha256: 'ab'.repeat(32), signed_at: '2026-01-01T00:00:00Z', signer: { name: 'K', email: 'k@tenant.example' } }),
    good: 200,
    foreign: 'tenant_not_found',
  },
  withdrawConsent: { who: 'consent:write', body: () => ({ reason }), good: 200, foreign: 'tenant_not_found' },
  arm: { who: 'remote_support:arm', body: ({ tenant }) => ({ reason, confirm_tenant_id: tenant }), good: 200, foreign: 'tenant_not_found' },
  disarm: { who: 'remote_support:arm', body: ({ tenant }) => ({ reason, confirm_tenant_id: tenant }), good: 200, foreign: 'tenant_not_found' },

  createEnrollmentCode: { who: 'agents:enroll', body: ({ fresh }) => ({ agent_id: `agent_new_${fresh}` }), good: 201, foreign: 'tenant_not_found' },
  enrollAgent: { who: 'anybody', body: ({ code }) => enrolling(code), good: 201, foreign: null }, // the code is the credential
  listAgents: { who: 'tenants:read', good: 200, foreign: null },
  agentCounts: { who: 'tenants:read', good: 200, foreign: null },
  showAgent: { who: 'tenants:read', good: 200, foreign: 'agent_not_found' },
  agentLines: { who: 'tenants:read', good: 200, foreign: 'agent_not_found' },
  capabilities: { who: 'tenants:read', good: 200, foreign: 'agent_not_found' },

  activate: {
    who: 'remote_support',
    factors: ['network', 'ops_token', 'credential', 'enabled'],
    body: ({ tenant, fresh }) => ({ tenant_id: tenant, reason, nonce: `nonce_of_the_walk_${fresh}`, timestamp: isoTime(START) }),
    good: 'agent_offline', // no machine is connected here; flow/ goes on from there
    foreign: 'agent_not_found',
  },
  revokeAgent: {
    who: 'remote_support',
    factors: ['network', 'ops_token', 'credential', 'enabled'],
    body: ({ tenant, fresh }) => ({ tenant_id: tenant, reason, confirm: true, nonce: `nonce_of_the_walk_${fresh}`, timestamp: isoTime(START - 60_001) }),
    good: 'stale_request', // revoked once, an agent is gone for whoever asks next
    foreign: 'stale_request',
  },
  command: {
    who: 'remote_support',
    factors: ['network', 'credential', 'enabled'],
    body: () => ({ command: 'ping', args: { not: 'one' } }),
    good: 'bad_args', // the last gate, so every other one has opened
    foreign: 'session_not_found',
  },
  explain: {
    who: 'remote_support',
    factors: ['network', 'ops_token', 'credential'], // whether it is enabled is part of the answer
    body: ({ tenant, agent, fresh }) => ({ agent, tenant_id: tenant, reason, nonce: `nonce_of_the_walk_${fresh}`, timestamp: isoTime(START) }),
    good: 200,
    foreign: 200,
  },
  explainCommand: { who: 'remote_support', factors: ['network', 'credential'], body: () => ({ command: 'ping' }), good: 200, foreign: 200 },
  proposeSession: { who: 'sessions:propose', body: ({ tenant, agent }) => ({ tenant_id: tenant, agent_id: agent, reason }), good: 'agent_not_found', foreign: 'agent_not_found' }, // nobody enrolled one here; flow/proposals.flow.test.ts goes on
  listSessions: { who: 'remote_support', orPerson: true, good: 200, foreign: null },
  showSession: { who: 'remote_support', orPerson: true, good: 200, foreign: 'session_not_found' },
  deactivate: { who: 'remote_support', body: () => ({ reason }), good: 200, foreign: 'session_not_found' },

  logCheckpoint: { who: 'logs:read', orOwn: [], good: 200, foreign: 'tenant_not_found' },
  logEntries: { who: 'logs:read', orOwn: [], good: 200, foreign: 'tenant_not_found' },
  logProof: { who: 'logs:read', orOwn: [], good: 'bad_request', foreign: 'tenant_not_found' }, // a proof of what, it asks
  logBundle: { who: 'logs:read', orOwn: [], good: 200, foreign: 'tenant_not_found' },
  logExport: { who: 'logs:read', orOwn: [], good: 200, foreign: 'tenant_not_found' },
  replaySession: { who: 'logs:read', orOwn: ['remote_support'], good: 200, foreign: 'session_not_found' },

  logReceipts: { who: 'logs:read', orOwn: [], good: 200, foreign: 'tenant_not_found' },
  logCosignatures: { who: 'logs:read', orOwn: [], good: 200, foreign: 'tenant_not_found' },

  mcp: { who: 'a program', body: () => ({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {} } }), good: 200, foreign: null },
  endMcp: { who: 'a program', good: 'mcp_session_not_found', foreign: null },

  createPat: { who: 'pats:write', orPerson: true, body: () => ({ name: 'laptop', scopes: ['pats:write'], days: 1 }), good: (role) => (handsOut(role) ? 201 : 'pat_too_mighty'), foreign: null },
  listPats: { who: 'pats:write', orPerson: true, good: 200, foreign: null },
  revokePat: { who: 'pats:write', orPerson: true, good: (role) => (handsOut(role) ? 200 : 'pat_not_found'), foreign: 'pat_not_found' }, // somebody else's

  signInWays: { who: 'anybody', good: 200, foreign: null },
  signIn: { who: 'anybody', body: ({ fresh }) => ({ email: `nobody${fresh}@argus.example`, password: 'a password of nobody' }), good: 'sign_in_refused', foreign: null },
  redeemLink: { who: 'anybody', body: () => ({ code: `inv_${'z'.repeat(43)}`, name: 'Nobody', password: 'a password of nobody' }), good: 'invitation_refused', foreign: null },
  showLogin: { who: 'a person', good: 200, foreign: null },
  stayHere: { who: 'a person', good: 200, foreign: null },
  signOut: { who: 'a person', good: 200, foreign: null },
  listLogins: { who: 'a person', good: 200, foreign: null },
  endLogin: { who: 'a person', good: 'login_not_found', foreign: 'missing_role' }, // somebody else's
  stepUp: { who: 'a person', body: () => ({ totp: '000000' }), good: 'step_up_required', foreign: null },
  changePassword: { who: 'a person', body: () => ({ current: 'not theirs', next: 'a new one of theirs' }), good: 'wrong_password', foreign: null },
  beginTotp: { who: 'a person', body: () => ({ password: 'not theirs' }), good: 'wrong_password', foreign: null },
  setTotp: { who: 'a person', body: () => ({ totp: '000000' }), good: 'step_up_required', foreign: null },
  dropTotp: { who: 'a person', good: (role) => (handsOut(role) ? 'second_factor_stays' : 200), foreign: null },
  newRecoveryCodes: { who: 'a person', good: 'step_up_required', foreign: null },

  beginPasskeySignIn: { who: 'anybody', good: 200, foreign: null },
  passkeySignIn: { who: 'anybody', body: () => BY_NOBODYS_PASSKEY, good: 'sign_in_refused', foreign: null },
  listPasskeys: { who: 'a person', good: 200, foreign: null },
  beginPasskey: { who: 'a person', body: () => ({ password: 'not theirs' }), good: 200, foreign: null }, // these have none, and signed in a moment ago
  addPasskey: { who: 'a person', body: () => ({ name: 'laptop', client_data: 'e30=', attestation_object: 'oA==' }), good: 'passkey_refused', foreign: null },
  renamePasskey: { who: 'a person', body: () => ({ name: 'desk' }), good: 'not_found', foreign: null },
  removePasskey: { who: 'a person', good: 'not_found', foreign: null },
  beginPasskeyConfirm: { who: 'a person', good: 200, foreign: null },
  passkeyConfirm: { who: 'a person', body: () => BY_NOBODYS_PASSKEY, good: 'passkey_refused', foreign: null },
  beginOidc: { who: 'anybody', good: 'sign_in_off', foreign: null }, // AUTH_MODE is local here
  oidcCallback: { who: 'anybody', good: 'sign_in_off', foreign: null },

  approveHandoff: { who: 'a person', body: () => ({ name: 'laptop', scopes: ['pats:write'], days: 1, challenge: 'A'.repeat(43) }), good: (role) => (handsOut(role) ? 201 : 'pat_too_mighty'), foreign: null },
  claimHandoff: { who: 'anybody', body: () => ({ code: `hnd_${'z'.repeat(43)}`, verifier: 'A'.repeat(43) }), good: 'handoff_refused', foreign: null },

  listUsers: { who: ['owner', 'admin'], good: 200, foreign: null },
  inviteUser: { who: ['owner', 'admin'], body: ({ fresh }) => ({ email: `new${fresh}@argus.example`, role: 'viewer' }), good: 201, foreign: null },
  changeUser: { who: ['owner', 'admin'], body: () => ({ role: 'viewer', reason }), good: 200, foreign: 'missing_role' },
  removeUser: { who: ['owner', 'admin'], body: () => ({ reason }), good: 'user_not_found', foreign: 'missing_role' }, // removed once, somebody is gone for whoever asks next
  resetUser: { who: ['owner', 'admin'], body: () => ({ reason }), good: 201, foreign: 'missing_role' },
  unlockUser: { who: ['owner', 'admin'], body: () => ({ reason }), good: 200, foreign: 'missing_role' },
  loginsOfUser: { who: ['owner', 'admin'], good: 200, foreign: 'missing_role' },
  endLoginsOfUser: { who: ['owner', 'admin'], body: () => ({ reason }), good: 200, foreign: 'missing_role' },

  auditLog: { who: 'logs:read', good: 200, foreign: null },
  supportAudit: { who: 'logs:read', good: 200, foreign: null },
  events: { who: 'logs:read', good: 200, foreign: null },

  reconcile: { who: 'audit:run', body: () => ({}), good: 200, foreign: 'missing_role' }, // what it compares is everybody's
  listReconciliations: { who: 'logs:read', good: 200, foreign: 'missing_role' },
  listAlerts: { who: 'logs:read', good: 200, foreign: null },
  acknowledgeAlert: { who: 'alerts:write', body: () => ({ reason }), good: 'alert_not_found', foreign: 'alert_not_found' },
};
const rowOf = (name: RouteName): Row => EXPECTED[name] ?? expect.fail(`${name} has no row in EXPECTED: who may, with which body, and what then?`);

const isForPeople = (name: RouteName): boolean => rowOf(name).who === 'a person' || typeof rowOf(name).who === 'object';

const MISSING: { readonly [F in Factor]: ErrorCode } = { network: 'ip_not_allowlisted', ops_token: 'bad_ops_token', credential: 'missing_role', enabled: 'remote_support_disabled' };
const SUBSETS = FACTORS.reduce<readonly (readonly Factor[])[]>((all, factor) => [...all, ...all.map((some) => [...some, factor])], [[]]);

let walk: Walk;
let switchedOff: Walk;
beforeAll(async () => {
  walk = await createWalk();
  switchedOff = await createWalk({ enabled: false, only: 'the preset admin-full' });
}, 60_000);
afterAll(async () => {
  await walk.api.close();
  await switchedOff.api.close();
});

type Asked = { readonly asker: Asker; readonly names?: Partial<Names>; readonly missing?: readonly Factor[]; readonly opsToken?: string; readonly prefix?: string; readonly query?: string };

async function ask(name: RouteName, route: Route, { asker, names = {}, missing = [], opsToken = OPS_TOKEN, prefix = '', query = '' }: Asked) {
  const world = missing.includes('enabled') ? switchedOff : walk;
  const all: Names = { ...world.namesOf(name), ...names };
  const path = route.path.replace(':tenant', all.tenant).replace(':agent', all.agent).replace(':session', all.session).replace(':token', all.token).replace(':alert', NOBODYS_ALERT).replace(':user', all.user).replace(':login', all.login).replace(':passkey', `pky_${'z'.repeat(20)}`);
  // Who signs out is gone; everybody else comes as they are.
  const person = asker.person && !missing.includes('credential') ? (name === 'signOut' ? await asker.person.again() : asker.person.headers) : {};
  const body = rowOf(name).body?.(all);
  const answer = await world.http.inject({
    method: route.method,
    url: `${prefix}${path}${query || (name === 'live' ? '?once=true' : '')}`, // else it would never end
    headers: {
      'x-forwarded-for': missing.includes('network') ? OUTSIDE : INSIDE,
      'x-argus-session': asker.sessionToken,
      ...(!missing.includes('ops_token') && { 'x-argus-ops-token': opsToken }),
      ...person,
      ...(asker.authorization !== undefined && !missing.includes('credential') && { authorization: asker.authorization }),
    },
    ...(body && { payload: body }),
  });
  const isProblem = String(answer.headers['content-type']).startsWith('application/problem+json');
  const isCompared = isProblem || rowOf(name).foreign === 200;
  const { request_id: _requestId, ...said } = isCompared ? answer.json<Record<string, unknown>>() : {};
  return { result: isProblem ? String(said['code']) : answer.statusCode, said, status: answer.statusCode };
}

/** The whole of who may, in one place. */
function expected(row: Row, { authorization, scopes, person }: Asker, missing: readonly Factor[] = []): Good {
  const { who, orOwn, orPerson, factors } = row;
  const good = typeof row.good === 'function' ? row.good(person?.role) : row.good;
  const given = missing.includes('credential') ? null : scopes;
  const has = given?.length === 1 && given[0] === 'own_log:read' ? null : given; // these are for no one tenant: nobody's, everywhere
  if (factors) {
    const isLacking = (factor: Factor) => missing.includes(factor) || (factor === 'credential' && has?.some((scope) => scope === who) !== true);
    const first = factors.find(isLacking);
    return first ? MISSING[first] : good;
  }
  if (who === 'anybody') return good;
  if (who === 'scraper') return authorization?.includes('scrape-token') && !missing.includes('credential') ? good : 'scrape_refused';
  if (has === null) return 'unauthenticated';
  if (who === 'a person' || typeof who === 'object') return person && (who === 'a person' || who.includes(person.role)) ? good : 'missing_role';
  if (who === 'a program') return person ? 'missing_role' : good;
  if (orPerson && person) return good;
  return who === 'somebody' || [who, ...(orOwn ?? [])].some((scope) => has.includes(scope)) ? good : 'missing_role';
}

test.each(routes)('%s has a row here: who may, and what then', (name, route) => {
  const { who, foreign } = rowOf(name);
  const door = route.door;
  const isLog = door.kind === 'log' && JSON.stringify([...(rowOf(name).orOwn ?? []), who]) === JSON.stringify(door.scopes);
  const saysSo = door.kind === 'log' ? isLog : door.kind === 'scope' ? who === door.scope && rowOf(name).orPerson === door.orLogin : door.kind === 'role' ? JSON.stringify(who) === JSON.stringify(door.roles) : { sign_in: 'anybody', login: 'a person', open: 'anybody', code: 'anybody', scrape: 'scraper', credential: 'somebody', token: 'a program', ladder: 'remote_support' }[door.kind] === who;
  expect(saysSo, `the door of ${name} is another than the row says`).toBe(true);
  // What names something of a tenant's has to say how it is kept from others.
  expect(foreign !== null || !/:(tenant|agent|session|token|user|login)/.test(route.path)).toBe(true);
});

test('and there is no row for a route that is gone', () => expect(Object.keys(EXPECTED)).toEqual(routes.map(([name]) => name)));

describe.each(routes)('%s', (name, route) => {
  test('opens for who may, and for nobody else, on both mounts', async () => {
    const [found, wanted]: Record<string, unknown>[] = [{}, {}];
    for (const [who, asker] of Object.entries(walk.askers))
      for (const prefix of ['', '/v1']) {
        const { result, status } = await ask(name, route, { asker, prefix });
        Object.assign(found ?? {}, { [`${prefix} ${who}`]: result });
        Object.assign(wanted ?? {}, { [`${prefix} ${who}`]: expected(rowOf(name), asker) });
        if (isErrorCode(String(result))) expect(status).toBe(ERRORS[String(result) as ErrorCode].status);
      }
    expect(found).toEqual(wanted);
  });

  test('asks for each factor, alone and together, and the first that is missing decides', async () => {
    const mightiest = isForPeople(name) ? 'the role owner' : 'the preset admin-full';
    const asker = walk.askers[mightiest] ?? expect.fail('no admin');
    const [found, wanted]: Record<string, unknown>[] = [{}, {}];
    for (const missing of SUBSETS) {
      const right = missing.includes('enabled') ? (switchedOff.askers[mightiest] ?? asker) : asker;
      Object.assign(found ?? {}, { [`without ${missing.join(', ')}`]: (await ask(name, route, { asker: right, missing })).result });
      Object.assign(wanted ?? {}, { [`without ${missing.join(', ')}`]: expected(rowOf(name), right, missing) });
    }
    expect(found).toEqual(wanted);
  });

  test('takes a wrong ops token for none, and one in the address for a mistake', async () => {
    const asker = walk.askers[isForPeople(name) ? 'the role owner' : 'the preset admin-full'] ?? expect.fail('no admin');
    const asksForIt = rowOf(name).factors?.includes('ops_token') === true;
    expect((await ask(name, route, { asker, opsToken: `${OPS_TOKEN}x` })).result).toBe(asksForIt ? 'bad_ops_token' : expected(rowOf(name), asker));
    const inQuery = await ask(name, route, { asker, missing: ['ops_token'], query: `?ops_token=${OPS_TOKEN}` });
    expect(inQuery.result).toBe(route.door.kind === 'ladder' ? 'bad_ops_token' : 'secret_in_address');
    expect(JSON.stringify(inQuery.said)).not.toContain(OPS_TOKEN);
  });
});

/** Guarantee: what is given to a tenant opens its own log and nothing else, and is not even somebody anywhere else. */
describe.each(routes)('the token a tenant reads its own log with, at %s', (name, route) => {
  const readerOf = async (...tenants: TenantId[]): Promise<Asker> => ({
    authorization: `Bearer ${await walk.newToken(['own_log:read'], tenants)}`,
    scopes: ['own_log:read'],
    sessionToken: walk.askers['the preset admin-full']?.sessionToken ?? '', // even one that stands
  });
  const isLog = rowOf(name).orOwn !== undefined;

  test('of this tenant: lets in to the log, and is answered like nobody elsewhere', async () => {
    const names = walk.namesOf(name);
    const asker = await readerOf(names.tenant);
    const own = await ask(name, route, { asker, names });
    if (isLog) return expect(own.result).toBe(rowOf(name).good); // none of them asks for a role
    const nobody = await ask(name, route, { asker: { ...asker, authorization: undefined }, names: { ...names, ...(name === 'enrollAgent' && { code: walk.namesOf(name).code }) } });
    expect(own).toEqual(nobody);
    expect(rowOf(name).who === 'anybody' || !['200', '201'].includes(String(own.status))).toBe(true);
  });

  test('of another tenant: learns nothing', async () => {
    const { result } = await ask(name, route, { asker: await readerOf(OTHER_TENANT) });
    expect(result).toBe(isLog ? rowOf(name).foreign : expected(rowOf(name), { authorization: undefined, scopes: null, sessionToken: '' }));
  });

  test('of two tenants at once, which nobody can make: is nobody\'s', async () => {
    const names = walk.namesOf(name);
    const { result } = await ask(name, route, { asker: await readerOf(names.tenant, OTHER_TENANT), names });
    expect(result).toBe(expected(rowOf(name), { authorization: undefined, scopes: null, sessionToken: '' }));
  });
});

/** Guarantee: what another tenant has and what nobody has look the same, to the byte, to whoever may not see it. */
describe('a credential for one tenant alone', () => {
  let limited: Asker;
  beforeAll(async () => {
    const pat = await walk.newToken(Object.keys(SCOPES) as Scope[], [OTHER_TENANT]); // Object.keys loses the literal types
    const admin = walk.askers['the preset admin-full'] ?? expect.fail('no admin');
    limited = { authorization: `Bearer ${pat}`, scopes: PRESETS['admin-full'], sessionToken: admin.sessionToken };
  });
  const nobodys = { tenant: 'W_NOBODYS_TENANT', agent: 'agent_nobodys_one', session: newSessionId(), token: `tok_${'z'.repeat(20)}` } as unknown as Partial<Names>; // ids of nothing

  test.each(routes.filter(([name]) => EXPECTED[name]?.foreign !== null))('learns nothing of another one from %s', async (name, route) => {
    const others = await ask(name, route, { asker: limited });
    expect(others.result).toBe(rowOf(name).foreign);
    const nobody = await ask(name, route, { asker: { ...limited, sessionToken: `rst_${'z'.repeat(43)}` }, names: nobodys });
    expect(others.said).toEqual(nobody.said);
  });

  test.each(routes.filter(([, route]) => route.query?.shape['tenant'] !== undefined))('cannot ask %s for another one by its filter', async (name, route) => {
    const filtered = async (tenant: string) => (await ask(name, route, { asker: limited, query: `?tenant=${tenant}` })).said;
    expect(await filtered(walk.namesOf(name).tenant)).toMatchObject({ code: 'tenant_not_found' });
    expect(await filtered(walk.namesOf(name).tenant)).toEqual(await filtered('W_NOBODYS_TENANT'));
  });
});
