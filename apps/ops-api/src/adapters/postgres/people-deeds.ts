import type { InvitationRow, PeopleDeed, WhichLogins } from '../../people/store.ts';
import type { Statement } from './deeds.ts';
import { dropPasskeys } from './passkey-deeds.ts';

/**
 * Changes of people. All of them are entries of the operator's log, whose turn we hold by now: between the look at who is
 * still an owner and the change nobody else changes anything.
 */
type Planners = { readonly [K in PeopleDeed['do']]: (deed: Extract<PeopleDeed, { do: K }>) => readonly Statement[] };

const time = (epochMs: number | null) => (epochMs === null ? null : new Date(epochMs));

/** Ends sign-ins, and tells every node to look at the sessions that were opened with one. */
const endLogins = (user: string, logins: WhichLogins, at: number): Statement => ({
  text: `WITH ended AS (
           UPDATE argus.logins SET ended_at = $2 WHERE id IN (
             SELECT id FROM argus.logins WHERE user_id = $1 AND ended_at IS NULL AND ($3::text[] IS NULL OR id = ANY ($3)) AND id IS DISTINCT FROM $4 ORDER BY id FOR NO KEY UPDATE) RETURNING id)
         INSERT INTO argus.changes (kind, subject)
           SELECT 'session_ended', s.id FROM argus.sessions s WHERE s.token_id IN (SELECT id FROM ended) AND s.state <> 'ended'`,
  values: [user, time(at), logins === 'all' || 'but' in logins ? null : logins, logins !== 'all' && 'but' in logins ? logins.but : null],
});
/** Tokens in the name of this user that reach further than the user may: with null as scopes, all of them. */
const revokePats = (user: string, beyond: { readonly scopes: readonly string[] | null; readonly tenants: readonly string[] | null }, at: number): Statement => ({
  text: `WITH revoked AS (
           UPDATE argus.pats SET revoked_at = $2 WHERE id IN (
             SELECT p.id FROM argus.pats p JOIN argus.users u ON u.id = $1 AND lower(p.operator) = u.email
              WHERE p.revoked_at IS NULL AND ($3::text[] IS NULL OR NOT p.scopes <@ $3 OR ($4::text[] IS NOT NULL AND (p.tenants IS NULL OR NOT p.tenants <@ $4)))
              ORDER BY p.id FOR NO KEY UPDATE OF p) RETURNING id)
         INSERT INTO argus.changes (kind, subject)
           SELECT 'session_ended', s.id FROM argus.sessions s WHERE s.token_id IN (SELECT id FROM revoked) AND s.state <> 'ended'`,
  values: [user, time(at), beyond.scopes, beyond.tenants],
});
const claim = (codeHash: Uint8Array, at: number): Statement => ({
  text: 'UPDATE argus.invitations SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2',
  values: [codeHash, time(at)],
  orElse: 'invitation_refused',
});
/** Of somebody who is changed or removed: what they were allowed when they made a link counts no more, nor who they were when one was made for them. */
const spendLinks = (user: string, at: number): Statement => ({
  text: 'UPDATE argus.invitations SET used_at = $2 WHERE used_at IS NULL AND (user_id = $1 OR created_by = (SELECT email FROM argus.users WHERE id = $1))',
  values: [user, time(at)],
});
const spendCodes = (user: string, at: number): Statement => ({ text: 'UPDATE argus.recovery_codes SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL', values: [user, time(at)] });
const addCodes = (user: string, codes: readonly Uint8Array[], at: number): Statement => ({
  text: 'INSERT INTO argus.recovery_codes (user_id, code_hash, made_at) SELECT $1, code, $3 FROM unnest($2::bytea[]) AS code',
  values: [user, codes.map((code) => Buffer.from(code)), time(at)],
});

const IS_OWNER = `role = 'owner' AND tenants IS NULL AND state = 'active'`;
const isThere = (user: string): Statement => ({ text: `SELECT FROM argus.users WHERE id = $1 AND state <> 'removed'`, values: [user], orElse: 'user_not_found' });
const isAsBefore = (user: string, was: Pick<InvitationRow, 'role' | 'tenants'>, state: string | null): Statement => ({
  text: `SELECT FROM argus.users WHERE id = $1 AND role = $2 AND tenants IS NOT DISTINCT FROM $3::text[] AND ($4::text IS NULL OR state = $4)`,
  values: [user, was.role, was.tenants, state],
  orElse: 'user_changed_meanwhile',
});
const anotherOwner = (user: string): Statement => ({
  text: `SELECT WHERE EXISTS (SELECT FROM argus.users WHERE ${IS_OWNER} AND id <> $1) OR NOT EXISTS (SELECT FROM argus.users WHERE ${IS_OWNER} AND id = $1)`,
  values: [user],
  orElse: 'last_owner',
});

export const peoplePlanners: Planners = {
  invite: ({ invitation: i }) => [
    ...(i.user === null ? [] : [isAsBefore(i.user, i, null)]),
    {
      text: `UPDATE argus.invitations SET used_at = $1 WHERE used_at IS NULL AND CASE WHEN $2::text IS NULL THEN user_id IS NULL AND email = $3 ELSE user_id = $2 END`,
      values: [time(i.createdAt), i.user, i.email],
    },
    {
      text: `INSERT INTO argus.invitations (code_hash, email, user_id, role, tenants, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      values: [i.codeHash, i.email, i.user, i.role, i.tenants, i.createdBy, time(i.createdAt), time(i.expiresAt)],
    },
  ],
  join: ({ codeHash, user: u, at }) => [
    codeHash === null ? { text: `SELECT WHERE NOT EXISTS (SELECT FROM argus.users WHERE ${IS_OWNER})`, values: [], orElse: 'invitation_refused' } : claim(codeHash, at),
    {
      text: `INSERT INTO argus.users (id, email, name, role, tenants, state, created_at, created_by, password_hash, totp_sealed, totp_at)
               VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, $9, $10)`,
      values: [u.id, u.email, u.name, u.role, u.tenants, time(u.createdAt), u.createdBy, u.passwordHash, u.totp?.sealed ?? null, time(u.totp?.at ?? null)],
    },
  ],
  begin_anew: ({ codeHash, user, passwordHash, at }) => [
    claim(codeHash, at),
    {
      text: `UPDATE argus.users SET password_hash = $2, totp_sealed = NULL, totp_at = NULL, totp_pending = NULL, totp_pending_at = NULL WHERE id = $1 AND state = 'active'`,
      values: [user, passwordHash],
      orElse: 'invitation_refused',
    },
    spendCodes(user, at),
    dropPasskeys(user, at),
    endLogins(user, 'all', at),
  ],
  change_user: ({ user, was, role, tenants, state, scopes, at }) => [
    isThere(user),
    isAsBefore(user, was, was.state),
    ...(role === 'owner' && tenants === null && state === 'active' ? [] : [anotherOwner(user)]),
    { text: `UPDATE argus.users SET role = $2, tenants = $3, state = $4 WHERE id = $1 AND state <> 'removed'`, values: [user, role, tenants, state], orElse: 'user_not_found' },
    endLogins(user, 'all', at),
    spendLinks(user, at),
    revokePats(user, state === 'active' ? { scopes, tenants } : { scopes: null, tenants: null }, at),
  ],
  remove_user: ({ user, was, at }) => [
    isThere(user),
    isAsBefore(user, was, was.state),
    anotherOwner(user),
    endLogins(user, 'all', at),
    spendLinks(user, at),
    revokePats(user, { scopes: null, tenants: null }, at),
    spendCodes(user, at),
    dropPasskeys(user, at),
    {
      text: `UPDATE argus.users SET state = 'removed', password_hash = NULL, totp_sealed = NULL, totp_at = NULL, totp_pending = NULL, totp_pending_at = NULL WHERE id = $1`,
      values: [user],
    },
  ],
  open_login: ({ login: l, secretHash, checked }) => [
    {
      text: `UPDATE argus.users SET last_sign_in_at = $2 WHERE id = $1 AND state = 'active' AND ($3::boolean OR (password_hash = $4 AND totp_at IS NOT DISTINCT FROM $5::timestamptz))`,
      values: [l.user, time(l.createdAt), checked === null, checked?.passwordHash ?? null, time(checked?.totpAt ?? null)],
      orElse: 'sign_in_refused',
    },
    {
      text: `INSERT INTO argus.logins (id, secret_hash, user_id, created_at, expires_at, active_at, proof, confirmed_at, confirmed_by, ip, user_agent)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      values: [l.id, secretHash, l.user, time(l.createdAt), time(l.expiresAt), time(l.activeAt), l.proof, time(l.confirmedAt), l.confirmedBy, l.ip, l.userAgent],
    },
  ],
  end_logins: ({ user, logins, at }) => [endLogins(user, logins, at)],
  need_login: ({ login }) => [{ text: 'SELECT FROM argus.logins WHERE id = $1 AND ended_at IS NULL', values: [login], orElse: 'unauthenticated' }],
  confirm_login: ({ login, by, at }) => [
    { text: 'UPDATE argus.logins SET confirmed_at = $2, confirmed_by = $3 WHERE id = $1 AND ended_at IS NULL', values: [login, time(at), by], orElse: 'login_not_found' },
  ],
  set_password: ({ user, was, passwordHash }) => [
    {
      text: `UPDATE argus.users SET password_hash = $3 WHERE id = $1 AND state = 'active' AND password_hash IS NOT DISTINCT FROM $2`,
      values: [user, was, passwordHash],
      orElse: 'user_not_found',
    },
  ],
  set_totp: ({ user, pendingAt, step, codes, at }) => [
    {
      text: `UPDATE argus.users SET totp_sealed = totp_pending, totp_at = $3, totp_pending = NULL, totp_pending_at = NULL, totp_step = greatest(totp_step, $4)
              WHERE id = $1 AND state = 'active' AND totp_pending_at = $2`,
      values: [user, time(pendingAt), time(at), step],
      orElse: 'user_not_found',
    },
    spendCodes(user, at),
    addCodes(user, codes, at),
  ],
  drop_totp: ({ user, at }) => [
    { text: `UPDATE argus.users SET totp_sealed = NULL, totp_at = NULL, totp_pending = NULL, totp_pending_at = NULL WHERE id = $1 AND state = 'active'`, values: [user], orElse: 'user_not_found' },
    spendCodes(user, at),
  ],
  set_recovery_codes: ({ user, codes, at }) => [spendCodes(user, at), addCodes(user, codes, at)],
  approve_handoff: ({ handoff: h }) => [
    { text: 'SELECT FROM argus.logins WHERE id = $1 AND ended_at IS NULL AND expires_at > $2 FOR SHARE', values: [h.login, time(h.createdAt)], orElse: 'unauthenticated' },
    { text: 'DELETE FROM argus.handoffs WHERE expires_at <= $1', values: [time(h.createdAt)] },
    {
      text: `INSERT INTO argus.handoffs (code_hash, challenge, login_id, operator, name, scopes, tenants, days, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      values: [h.codeHash, h.challenge, h.login, h.operator, h.name, h.scopes, h.tenants, h.days, time(h.createdAt), time(h.expiresAt)],
    },
  ],
};
