import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApi, INSIDE } from '../../test/api.ts';
import { AGENT, newSessionId, OTHER_TENANT, personOf, principalOf, TENANT } from '../../test/sample.ts';
import { PRESETS, SCOPES, type Principal, type Scope } from '../people/principal.ts';
import { ROLE_NAMES } from '../people/roles.ts';
import { CONSOLE_PATHS } from './console.ts';
import { DOCS_PATHS } from './docs.ts';
import { enter, readNames } from './enter.ts';
import { ROUTES, type Door, type Route } from './routes.ts';

const routes = Object.entries<Route>(ROUTES);
const scopes = Object.keys(SCOPES) as Scope[];

/** Guarantee: what anybody can reach without a credential is this list, and a longer one is a decision. */
test('the open doors are exactly these', () => {
  const open = routes.filter(([, route]) => route.door.kind === 'open' || route.door.kind === 'code' || route.door.kind === 'sign_in').map(([name]) => name);
  expect(open).toEqual(['health', 'ready', 'openapi', 'enrollAgent', 'signInWays', 'signIn', 'redeemLink', 'beginPasskeySignIn', 'passkeySignIn', 'beginOidc', 'oidcCallback', 'claimHandoff']);
  expect(DOCS_PATHS).toEqual(['/docs', '/docs/*', '/llms.txt', '/sitemap.md', '/agents.md', '/robots.txt']); // pages, the same for everybody
  expect(CONSOLE_PATHS).toEqual(['/', '/console/*']); // the same
  const ladders = routes.filter(([, route]) => route.door.kind === 'ladder').map(([name]) => name);
  expect(ladders).toEqual(['activate', 'revokeAgent', 'command', 'explain', 'explainCommand']);
});

test('every scope opens something, and what changes something is not behind a scope that reads', () => {
  const used = new Set(routes.flatMap(([, { door }]) => (door.kind === 'scope' ? [door.scope] : door.kind === 'log' ? [...door.scopes, 'own_log:read' as const] : [])));
  expect(scopes.filter((scope) => !used.has(scope))).toEqual([]);
  const writing = routes.filter(([, { method, door }]) => method !== 'GET' && door.kind === 'scope' && door.scope.endsWith(':read'));
  expect(writing).toEqual([]);
});

describe.each(routes.filter(([, { door }]) => door.kind === 'scope'))('the door of %s', (_name, { door }) => {
  test.each(scopes)('asked with the scope %s alone', async (scope) => {
    const isIt = (door as Extract<Door, { kind: 'scope' }>).scope === scope;
    const who = await enter(door, async () => principalOf({ scopes: [scope] }));
    expect(who.ok ? 'in' : who.error.code).toBe(isIt ? 'in' : scope === 'own_log:read' ? 'unauthenticated' : 'missing_role');
  });
  test('asked by nobody, and by somebody without a scope', async () => {
    expect(await enter(door, async () => null)).toMatchObject({ ok: false, error: { code: 'unauthenticated' } });
    expect(await enter(door, async () => principalOf({ scopes: [] }))).toMatchObject({ ok: false, error: { code: 'missing_role' } });
  });
});

describe.each(routes.filter(([, { door }]) => door.kind === 'log'))('the door of %s', (_name, { door }) => {
  const { scopes: wanted } = door as Extract<Door, { kind: 'log' }>;
  const asked = async (over: Partial<ReturnType<typeof principalOf>>) => {
    const who = await enter(door, async () => principalOf(over));
    return who.ok ? 'in' : who.error.code;
  };
  test.each(scopes)('asked with the scope %s alone, for all tenants', async (scope) =>
    expect(await asked({ scopes: [scope] })).toBe(wanted.includes(scope) ? 'in' : scope === 'own_log:read' ? 'unauthenticated' : 'missing_role'));
  test('asked with the token of one tenant for its own log, and with what only looks like one', async () => {
    expect(await asked({ scopes: ['own_log:read'], tenants: [TENANT] })).toBe('in');
    for (const tenants of [null, [], [TENANT, OTHER_TENANT]]) expect(await asked({ scopes: ['own_log:read'], tenants })).toBe('unauthenticated');
    expect(await asked({ scopes: ['own_log:read', 'tenants:read'], tenants: [TENANT] })).toBe('missing_role');
  });
});

test('an open door, a code and a ladder never look at the credential here', async () => {
  const look = async () => { throw new Error('looked'); };
  for (const [, { door }] of routes) if (door.kind === 'open' || door.kind === 'code' || door.kind === 'ladder') expect(await enter(door, look)).toEqual({ ok: true, value: null });
});

/** Guarantee: a token is nobody's person, however mighty; and where a role is asked for, one below it is not enough. */
describe.each(routes.filter(([, { door }]) => door.kind === 'login' || door.kind === 'role'))('the door of %s', (_name, { door }) => {
  const asked = async (who: Principal | null) => {
    const entered = await enter(door, async () => who);
    return entered.ok ? 'in' : entered.error.code;
  };
  test('asked with every scope there is, by a tenant\'s reader, and by nobody', async () => {
    expect([await asked(principalOf({ scopes })), await asked(principalOf({ scopes: ['own_log:read'], tenants: [TENANT] })), await asked(null)]).toEqual(['missing_role', 'unauthenticated', 'unauthenticated']);
  });
  test.each(ROLE_NAMES)('asked by somebody signed in as %s', async (role) => {
    const may = door.kind === 'login' || (door.kind === 'role' && door.roles.includes(role));
    expect(await asked(personOf({ login: { ...personOf().login, role } }))).toBe(may ? 'in' : 'missing_role');
  });
});

describe('ids in the address', () => {
  const who = principalOf({ tenants: [TENANT] });
  test('are parsed, and what is not a shape of ours does not exist', () => {
    const session = newSessionId();
    expect(readNames({ tenant: TENANT, agent: AGENT, session }, who)).toEqual({ ok: true, value: { tenant: TENANT, agent: AGENT, session } });
    expect(readNames({ tenant: 'x' }, who)).toMatchObject({ error: { code: 'tenant_not_found' } });
    expect(readNames({ agent: 'x' }, who)).toMatchObject({ error: { code: 'agent_not_found' } });
    expect(readNames({ session: 'x' }, who)).toMatchObject({ error: { code: 'session_not_found' } });
  });
  test('another tenant\'s is answered like one that does not exist', () => {
    expect(readNames({ tenant: OTHER_TENANT }, who)).toEqual(readNames({ tenant: 'NO_SUCH_TENANT' }, who));
    expect(readNames({ tenant: OTHER_TENANT }, principalOf({ tenants: null }))).toMatchObject({ ok: true });
  });
});

/** Guarantee: a credential for one tenant learns nothing of another, on any route: existing and not existing look the same. */
describe('a credential for one tenant', () => {
  const { api, http, newToken } = createTestApi();
  let pat: string;
  beforeAll(async () => {
    const admin = await newToken(PRESETS['admin-full']);
    pat = await newToken(scopes, [TENANT]);
    const call = (url: string, payload: object) => http.inject({ method: 'POST', url, headers: { authorization: `Bearer ${admin}` }, payload });
    for (const id of [TENANT, OTHER_TENANT]) await call('/tenants', { id, name: 'x' });
    await call(`/tenants/${OTHER_TENANT}/agents`, { agent_id: AGENT });
  });
  afterAll(() => api.close());

  const bodies: Partial<Record<keyof typeof ROUTES, object>> = {
    recordConsent: { document_id: 'D', document_sha256: 'ab'.repeat(32), signed_at: '2026-01-01T00:00:00Z', signer: { name: 'K', email: 'k@t.example' } },
    withdrawConsent: { reason: 'for a test' },
    arm: { reason: 'for a test', confirm_tenant_id: OTHER_TENANT },
    disarm: { reason: 'for a test', confirm_tenant_id: OTHER_TENANT },
    createEnrollmentCode: { agent_id: 'agent_new_one' },
  };
  const named = routes.filter(([, { path, door }]) => /:(tenant|agent|session)/.test(path) && (door.kind === 'scope' || door.kind === 'log'));
  test.each(named)('%s: another\'s and nobody\'s get the same answer', async (name, route) => {
    const ask = async (tenant: string, agent: string) => {
      const url = route.path.replace(':tenant', tenant).replace(':agent', agent).replace(':session', newSessionId());
      const answer = await http.inject({
        method: route.method, url, headers: { authorization: `Bearer ${pat}`, 'x-forwarded-for': INSIDE },
        ...(route.body && { payload: bodies[name as keyof typeof ROUTES] ?? {} }),
      });
      const { request_id: _requestId, ...rest } = answer.json<Record<string, unknown>>();
      return rest;
    };
    const others = await ask(OTHER_TENANT, AGENT);
    expect(others).toEqual(await ask('NO_SUCH_TENANT', 'agent_no_such_one'));
    expect(others['status']).toBe(404);
  });

  test('lists hold its own tenant and no other', async () => {
    const get = async (url: string) => (await http.inject({ method: 'GET', url, headers: { authorization: `Bearer ${pat}` } })).json<Record<string, unknown>>();
    expect((await get('/tenants'))['tenants']).toMatchObject([{ id: TENANT }]);
    expect(await get('/agents')).toEqual({ agents: [], total: 0 });
    expect(await get('/support/sessions')).toEqual({ sessions: [] });
    for (const list of ['/agents', '/support/sessions']) expect(await get(`${list}?tenant=${OTHER_TENANT}`)).toMatchObject({ code: 'tenant_not_found' });
  });

  /** Guarantee: a slip of the pen does not read like a tenant to whom nothing ever happened. */
  test.each(['/agents', '/support/sessions', '/audit-log', '/support-audit', '/events'])('%s of a tenant nobody made is nobody\'s, in the same words for who may see all and for who may not', async (list) => {
    const answers = [pat, await newToken(PRESETS['admin-full'])].map(async (token) => {
      const answer = await http.inject({ method: 'GET', url: `${list}?tenant=NO_SUCH_TENANT`, headers: { authorization: `Bearer ${token}` } });
      return { ...answer.json<Record<string, unknown>>(), request_id: 0 };
    });
    expect(await answers[1]).toMatchObject({ status: 404, code: 'tenant_not_found' });
    if (!list.includes('audit') && list !== '/events') expect(await answers[0]).toEqual(await answers[1]); // this one does not read records
  });

  test('it cannot make itself another one', async () => {
    const answer = await http.inject({ method: 'POST', url: '/tenants', headers: { authorization: `Bearer ${pat}` }, payload: { id: 'A_THIRD_ONE', name: 'x' } });
    expect(answer.json()).toMatchObject({ code: 'missing_role' });
  });
});
