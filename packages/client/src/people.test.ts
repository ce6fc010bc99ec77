import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import * as requests from './requests.ts';
import type { Request } from './requests.ts';

const AT = '2026-03-01T12:00:00.000Z';
const [user, login] = [mustId('user', `usr_${'a'.repeat(20)}`), mustId('login', `lgn_${'a'.repeat(20)}`)];
const reason = 'because';
const userView = { user_id: user, email: 'ana@argus.example', name: 'Ana', role: 'viewer', tenants: 'all', state: 'active', locked: false, second_factor: true, created_at: AT, created_by: 'server', last_sign_in_at: null };
const shown = { login_id: login, user: userView, scopes: ['tenants:read'], csrf_token: `csr_${'c'.repeat(43)}`, expires_at: AT, idle_after_s: 1_800, confirmed_until: null, recovery_codes_left: 10 };
const logins = { logins: [{ login_id: login, created_at: AT, expires_at: AT, active_at: AT, proof: 'password_totp', ip: '::1', user_agent: null, current: true }] };
const invited = { email: 'new@argus.example', role: 'viewer', tenants: 'all', link: 'https://argus.example/#/join/inv_…', expires_at: AT };
const codes = { recovery_codes: ['abcde-fghij'] };

/** What each sends, and an answer it takes. */
const PEOPLE: readonly (readonly [Request<unknown>, string, object])[] = [
  [requests.signIn({ email: 'ana@argus.example', password: 'x' }), 'POST /v1/auth/sign-in', shown],
  [requests.redeemLink({ code: mustId('invitation', `inv_${'i'.repeat(43)}`), name: 'Ana', password: 'x' }), 'POST /v1/auth/redeem', { email: 'ana@argus.example', role: 'owner' }],
  [requests.showLogin(), 'GET /v1/auth/login', shown],
  [requests.stayHere(), 'POST /v1/auth/here', shown],
  [requests.signOut(), 'POST /v1/auth/sign-out', { signed_out: true }],
  [requests.listLogins(), 'GET /v1/auth/logins', logins],
  [requests.endLogin(login), `DELETE /v1/auth/logins/${login}`, { ended: 1 }],
  [requests.stepUp({ totp: '123456' }), 'POST /v1/auth/confirm', shown],
  [requests.changePassword({ current: 'x', next: 'y' }), 'POST /v1/auth/password', shown],
  [requests.beginTotp({ password: 'x' }), 'POST /v1/auth/totp', { otpauth_uri: 'otpauth://totp/x', secret: 'JBSW', qr: ['101'] }],
  [requests.setTotp({ totp: '123456' }), 'POST /v1/auth/totp/confirm', codes],
  [requests.dropTotp(), 'DELETE /v1/auth/totp', shown],
  [requests.newRecoveryCodes(), 'POST /v1/auth/recovery-codes', codes],
  [requests.listUsers(), 'GET /v1/users', { users: [userView] }],
  [requests.inviteUser({ email: 'new@argus.example', role: 'viewer' }), 'POST /v1/users', invited],
  [requests.changeUser(user, { state: 'disabled', reason }), `PUT /v1/users/${user}`, userView],
  [requests.removeUser(user, { reason }), `DELETE /v1/users/${user}`, userView],
  [requests.resetUser(user, { reason }), `POST /v1/users/${user}/reset`, invited],
  [requests.unlockUser(user, { reason }), `POST /v1/users/${user}/unlock`, userView],
  [requests.loginsOfUser(user), `GET /v1/users/${user}/logins`, logins],
  [requests.endLoginsOfUser(user, { reason }), `DELETE /v1/users/${user}/logins`, { ended: 2 }],
];

test.each(PEOPLE.map(([request, line, answer]) => ({ request, line, answer })))('$line takes its own answer, as it came, and no other', ({ request, line, answer }) => {
  expect(`${request.method} ${request.path}`).toBe(line);
  const newer = { ...answer, from_a_newer_server: 1 };
  expect(request.read(newer)).toBe(newer);
  for (const other of [{}, [], 'text', null]) expect(request.read(other)).toBeNull();
});

/** Addresses end up in logs, and so would a password, a code or a link. */
test('no secret stands in an address', () => {
  for (const [request] of PEOPLE) expect(request.path).not.toMatch(/=|inv_|[?#]/);
});
