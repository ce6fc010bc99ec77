/** A world in which every route has something of its own to act on, so that one request does not spoil the next. */
import { isoTime } from '@argus/kit/clock.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { newSessionToken } from '@argus/keys/secrets.ts';
import { signValue } from '@argus/keys/signature.ts';
import { mustId, type AgentId, type LoginId, type SessionId, type TenantId, type TokenId, type UserId } from '@argus/protocol/ids.ts';
import { ROUTES, type Route, type RouteName } from '../src/http/routes.ts';
import { PRESETS, SCOPES, type Scope } from '../src/people/principal.ts';
import type { MemoryStores } from '../src/adapters/memory/stores.ts';
import type { Deed, Stores } from '../src/ports.ts';
import { ROLE_NAMES, scopesOf, type Role } from '../src/people/roles.ts';
import { createTestApi } from './api.ts';
import { makePerson, signedIn, type SignedInHeaders } from './people.ts';
import { factOf, newSessionId, NODE, secretHash, seededRandom, sessionOf, START } from './sample.ts';
import { consentedAndArmed } from './tenants.ts';

export const SCRAPE_TOKEN = 'scrape-token-of-the-walk-at-least-32-chars';
export const routes = Object.entries(ROUTES) as (readonly [RouteName, Route])[]; // Object.entries loses the names

/** What a request names, and what it may use up. `fresh` is another text each time. */
export type Names = {
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly session: SessionId;
  readonly token: TokenId;
  readonly code: string;
  readonly fresh: string;
  readonly user: UserId;
  readonly login: LoginId;
};

/** Everybody who could ask. The header, and the scopes it stands for; null: it stands for nobody. */
export type Asker = { readonly authorization: string | undefined; readonly scopes: readonly Scope[] | null; readonly sessionToken: string; /** A person, and how to sign them in once more. */ readonly person?: { readonly role: Role; readonly headers: SignedInHeaders; readonly again: () => Promise<SignedInHeaders> } };

const random = seededRandom('walk');
const machine = signingKeyOf(new Uint8Array(32).fill(4));
export const enrolling = (code: string) => {
  const signed = { code_sha256: sha256Hex(code), public_key: machine.publicKeyText, at: isoTime(START) };
  return { code, public_key: machine.publicKeyText, at: signed.at, signature: signValue(machine, 'enroll', signed), agent_version: '1.4.0', platform: 'linux' };
};

/** `only`: one of the askers is enough. */
export async function createWalk({ only, ...over }: { only?: string } & Parameters<typeof createTestApi>[0] = {}) {
  // How often somebody may is not what is walked here: everybody is the same operator.
  const between = (stores: MemoryStores): Stores => ({ ...stores, arming: { ...stores.arming, takeTurn: async () => null }, signInTurns: { ...stores.signInTurns, take: async () => null } });
  const test = createTestApi({ metricsToken: SCRAPE_TOKEN, between, ...over });
  const { api, http, memory, newToken } = test;
  const doing = async (deed: Deed, tenant: TenantId) => {
    const written = await api.ledger.append(factOf({ tenant, outcome: 'ok' }), [deed]);
    if (!written.ok) throw new Error(`${deed.do}: ${written.error.code}`);
  };
  const open = async (tenant: TenantId, agent: AgentId, pat: string, person?: { readonly login: LoginId; readonly email: string }) => {
    const principal = person ? { tokenId: person.login } : await memory.pats.bySecretHash(secretHash('pat', pat), START);
    const token = newSessionToken(random);
    const session = sessionOf({ tenant, agent, state: 'activating', node: NODE, ...(principal && { tokenId: principal.tokenId }), ...(person && { operator: person.email }) });
    await doing({ do: 'open_session', session }, tenant);
    await doing({ do: 'start_session', id: session.id, secretHash: secretHash('session_token', token) }, tenant);
    return { session: session.id, token };
  };

  const admin = await newToken(PRESETS['admin-full']);
  const codeFor = async (tenant: TenantId, agent: AgentId) => {
    const answer = await http.inject({ method: 'POST', url: `/tenants/${tenant}/agents`, headers: { authorization: `Bearer ${admin}` }, payload: { agent_id: agent } });
    return answer.json<{ enrollment_code: string }>().enrollment_code;
  };

  /** For a route that names something: a tenant of its own, consented and armed, with an agent, a session and a code. */
  const walker = await makePerson(test, { email: 'walked@argus.example', role: 'viewer' });
  const walkerLogin = (await signedIn(test, walker)).login;
  const own = new Map<string, Omit<Names, 'fresh'>>();
  for (const [name, route] of routes) {
    const tenant = mustId('tenant', `W_${name.toUpperCase()}`);
    const agent = mustId('agent', `agent_of_${name.toLowerCase()}`);
    const isNeeded = route.path.includes(':') || route.door.kind === 'code' || route.query !== undefined;
    if (isNeeded) await consentedAndArmed(api.ledger, tenant, agent);
    const session = isNeeded ? (await open(tenant, agent, admin)).session : newSessionId();
    const token = (await memory.pats.bySecretHash(secretHash('pat', await newToken(['logs:read'])), START))?.tokenId ?? mustId('token', `tok_${'0'.repeat(20)}`);
    own.set(name, { tenant, agent, session, token, user: name === 'removeUser' ? mustId('user', `usr_${'z'.repeat(20)}`) : walker.id, login: walkerLogin, code: route.door.kind === 'code' ? await codeFor(tenant, mustId('agent', `${agent}_new`)) : '' });
  }
  // Activation is asked for an agent that nobody has a session on.
  const activating = own.get('activate');
  if (activating) await doing({ do: 'end_session', id: activating.session, at: START, by: 'deactivate' }, activating.tenant);

  let freshCount = 0;
  const namesOf = (name: RouteName): Names => {
    const names = own.get(name);
    if (!names) throw new Error(`nothing was made for ${name}`);
    return { ...names, fresh: String(freshCount++).padStart(6, '0') };
  };

  /** Every scope alone, every preset, all scopes, none, nobody, and credentials of another kind. */
  const askers: Record<string, Asker> = {};
  const { tenant: commandTenant } = namesOf('command');
  const add = async (name: string, scopes: readonly Scope[]) => {
    if (only !== undefined && name !== only) return;
    const pat = await newToken(scopes);
    const agent = mustId('agent', `agent_walker_${Object.keys(askers).length}`);
    const code = secretHash('enrollment_code', agent);
    await doing({ do: 'issue_code', tenant: commandTenant, code: { codeHash: code, agent, expectedPublicKey: null, createdBy: 'x', createdAt: START, expiresAt: START + 1, used: null } }, commandTenant);
    askers[name] = { authorization: `Bearer ${pat}`, scopes, sessionToken: (await open(commandTenant, agent, pat)).token };
  };
  const addPerson = async (role: Role) => {
    if (only !== undefined && role !== 'owner') return;
    const email = `${role}@argus.example`;
    const user = await makePerson(test, { email, role });
    const { login, headers } = await signedIn(test, user, { isConfirmed: true });
    const agent = mustId('agent', `agent_walker_${role}`);
    const code = secretHash('enrollment_code', agent);
    await doing({ do: 'issue_code', tenant: commandTenant, code: { codeHash: code, agent, expectedPublicKey: null, createdBy: 'x', createdAt: START, expiresAt: START + 1, used: null } }, commandTenant);
    const sessionToken = (await open(commandTenant, agent, '', { login, email })).token;
    askers[`the role ${role}`] = { authorization: undefined, scopes: scopesOf(role), sessionToken, person: { role, headers, again: async () => (await signedIn(test, user, { isConfirmed: true })).headers } };
  };
  const nobody = (authorization: string | undefined): Asker => ({ authorization, scopes: null, sessionToken: newSessionToken(random) });
  askers['nobody'] = nobody(undefined);
  askers['a token nobody made'] = nobody(`Bearer pat_${'a'.repeat(43)}`);
  askers['the scrape token'] = nobody(`Bearer ${SCRAPE_TOKEN}`);
  for (const scope of Object.keys(SCOPES) as Scope[]) await add(`the scope ${scope} alone`, [scope]); // Object.keys loses the literal types
  for (const [preset, scopes] of Object.entries(PRESETS)) await add(`the preset ${preset}`, scopes);
  await add('no scope at all', []);
  for (const role of ROLE_NAMES) await addPerson(role);

  return { ...test, admin, askers, namesOf };
}
export type Walk = Awaited<ReturnType<typeof createWalk>>;
