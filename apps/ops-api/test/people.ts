/** People who are there already, and their sign-ins, for tests that come in through the doors. */
import { makeSecretHash, newLoginSecret } from '@argus/keys/secrets.ts';
import { toBase64Url } from '@argus/kit/bytes.ts';
import { newHandle, type LoginId, type LoginSecret, type TenantId } from '@argus/protocol/ids.ts';
import { COOKIE } from '../src/http/cookie.ts';
import type { Role } from '../src/people/roles.ts';
import { LOGIN_TTL_MS, type Login, type User } from '../src/people/user.ts';
import type { Deed } from '../src/ports.ts';
import type { createTestApi } from './api.ts';
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
