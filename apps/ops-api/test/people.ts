/** People who are there already, and their sign-ins, for tests that come in through the doors. */
import { makeSecretHash, newLoginSecret } from '@argus/keys/secrets.ts';
import { toBase64Url } from '@argus/kit/bytes.ts';
import { newHandle, type LoginId, type LoginSecret, type TenantId } from '@argus/protocol/ids.ts';
import { COOKIE } from '../src/http/cookie.ts';
import type { Role } from '../src/people/roles.ts';
import { LOGIN_TTL_MS, type Login, type User } from '../src/people/user.ts';
import type { Deed } from '../src/ports.ts';
import { createPasswords, type Cost } from '../src/people/passwords.ts';
import { fromBase32, hotp, stepAt } from '../src/people/totp.ts';
import { QUICK, type createTestApi } from './api.ts';
import { factOf, MASTER_KEY, seededRandom } from './sample.ts';

const random = seededRandom('people');
const secretHash = makeSecretHash(MASTER_KEY);
type Test = Pick<ReturnType<typeof createTestApi>, 'api' | 'memory' | 'clock'>;
export type SignedInHeaders = Readonly<Record<string, string>>;

async function doing({ api }: Test, ...deeds: readonly Deed[]): Promise<void> {
  const written = await api.ledger.append(factOf({ tenant: null, outcome: 'ok' }), deeds);
  if (!written.ok) throw new Error(`${deeds[0]?.do}: ${written.error.code}`);
}

/** As if they had followed a link. Of the first owner, the server's own. */
export async function makePerson(test: Test, { email, role, tenants = null, passwordHash = null }: { email: string; role: Role; tenants?: readonly TenantId[] | null; passwordHash?: string | null }): Promise<User> {
  const at = test.clock.now();
  const id = newHandle('user', random);
  const codeHash = random(32);
  await doing(
    test,
    { do: 'invite', invitation: { codeHash, email, user: null, role, tenants, createdBy: 'server', createdAt: at, expiresAt: at + 60_000, usedAt: null } },
    { do: 'join', codeHash, at, user: { id, email, name: email.split('@')[0] ?? email, role, tenants, createdAt: at, createdBy: 'server', passwordHash } },
  );
  const user = await test.memory.users.byId(id);
  if (!user) throw new Error('nobody joined');
  return user;
}

/** A sign-in without its door: what a browser sends with it, from our own page. */
export async function signedIn(test: Test, user: User, { isConfirmed = false }: { isConfirmed?: boolean } = {}): Promise<{ readonly login: LoginId; readonly secret: LoginSecret; readonly headers: SignedInHeaders }> {
  const at = test.clock.now();
  const secret = newLoginSecret(random);
  const login: Login = {
    id: newHandle('login', random), user: user.id, createdAt: at, expiresAt: at + LOGIN_TTL_MS, activeAt: at, proof: 'password', confirmedAt: isConfirmed ? at : null,
    confirmedBy: isConfirmed ? 'totp' : null, ip: '10.1.2.3', userAgent: null, endedAt: null,
  };
  await doing(test, { do: 'open_login', login, secretHash: secretHash('login', secret), checked: null });
  return { login: login.id, secret, headers: headersOf(secret) };
}

export const headersOf = (secret: string): SignedInHeaders => ({
  cookie: `${COOKIE.plain}=${secret}`,
  'x-argus-csrf': `csr_${toBase64Url(secretHash('csrf', secret))}`,
  'sec-fetch-site': 'same-origin',
});

export const PASSWORD = 'a long enough password';

/** A browser on our own page: it keeps the cookie it is given, and sends the token that came with it. */
export function browser({ http }: { readonly http: ReturnType<typeof createTestApi>['http'] }, { from = '198.51.100.7', host = 'argus.example' }: { from?: string; host?: string } = {}) {
  let cookie: string | undefined;
  let csrf: string | undefined;
  type Asked = { readonly body?: object; readonly headers?: Readonly<Record<string, string | undefined>>; readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' };
  async function ask(path: string, { body, headers = {}, method = body === undefined ? 'GET' : 'POST' }: Asked = {}) {
    const sent: Record<string, string | undefined> = { host, origin: method === 'GET' ? undefined : `http://${host}`, 'sec-fetch-site': 'same-origin', 'x-forwarded-for': from, cookie, 'x-argus-csrf': csrf, ...headers };
    const given = Object.fromEntries(Object.entries(sent).filter((pair): pair is [string, string] => pair[1] !== undefined));
    const answer = await http.inject({ method, url: path, headers: given, ...(body && { payload: body }) });
    const set = answer.headers['set-cookie'];
    if (typeof set === 'string') cookie = set.split(';')[0];
    const said = answer.body === '' ? {} : (JSON.parse(answer.body) as Record<string, unknown>);
    if (typeof said['csrf_token'] === 'string') csrf = said['csrf_token'];
    return { status: answer.statusCode, said, code: typeof said['code'] === 'string' ? said['code'] : String(answer.statusCode), headers: answer.headers, setCookie: typeof set === 'string' ? set : null };
  }
  return {
    ask,
    cookie: () => cookie,
    csrf: () => csrf,
    plant: (text: string) => (cookie = text),
    signIn: (email: string, over: object = {}) => ask('/v1/auth/sign-in', { body: { email, password: PASSWORD, ...over } }),
  };
}
export type Browser = ReturnType<typeof browser>;

/** A user with a password, hashed at the cost of tests. */
export async function withPassword(test: Test & { readonly clock: ReturnType<typeof createTestApi>['clock'] }, who: { email: string; role: Role; tenants?: readonly TenantId[] | null }, password = PASSWORD, cost: Cost = QUICK): Promise<User> {
  const hashed = await createPasswords({ random, clock: test.clock, cost }).hash(password);
  if (!hashed.ok) throw new Error(hashed.error.code);
  return makePerson(test, { ...who, passwordHash: hashed.value });
}

/** Through the doors: an authenticator app is set up. Answers its codes, and the recovery codes. */
export async function withApp(test: { readonly clock: ReturnType<typeof createTestApi>['clock'] }, page: Browser): Promise<{ readonly codeAt: (epochMs?: number) => string; readonly recovery: readonly string[] }> {
  const begun = await page.ask('/v1/auth/totp', { body: { password: PASSWORD } });
  const secret = fromBase32(String(begun.said['secret'])) ?? new Uint8Array();
  const codeAt = (epochMs = test.clock.now()) => hotp(secret, stepAt(epochMs));
  const set = await page.ask('/v1/auth/totp/confirm', { body: { totp: codeAt() } });
  if (set.status !== 200) throw new Error(JSON.stringify([begun.said, set.said]));
  return { codeAt, recovery: set.said['recovery_codes'] as string[] };
}
