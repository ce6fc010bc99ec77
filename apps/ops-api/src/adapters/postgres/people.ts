import type { LoginId, TenantId, UserId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import type { Role } from '../../people/roles.ts';
import type { Scope } from '../../people/principal.ts';
import type { HandoffRow, HandoffStore, InvitationRow, LoginStore, SignInTurnStore, UserStore } from '../../people/store.ts';
import type { Confirmation, Login, Proof, User, UserState } from '../../people/user.ts';

/** People and their sign-ins. Times come as epoch milliseconds (see db/pools.ts). */
export function postgresPeople(pool: Pool): { readonly users: UserStore; readonly logins: LoginStore; readonly handoffs: HandoffStore; readonly signInTurns: SignInTurnStore } {
  const firstOf = async <R extends object>(text: string, values: readonly unknown[]): Promise<R | null> => (await pool.query<R>(text, [...values])).rows[0] ?? null;
  const changes = async (text: string, values: readonly unknown[]): Promise<boolean> => ((await pool.query(text, [...values])).rowCount ?? 0) > 0;
  const userWhere = async (where: string, values: readonly unknown[]) => {
    const row = await firstOf<UserRow>(`SELECT ${USER} FROM argus.users u WHERE ${where}`, values);
    return row && userOf(row);
  };

  return {
    users: {
      byId: (id) => userWhere('u.id = $1', [id]),
      byEmail: (email) => userWhere(`u.email = $1 AND u.state <> 'removed'`, [email]),
      list: async (within, limit) =>
        (await pool.query<UserRow>(`SELECT ${USER} FROM argus.users u WHERE u.state <> 'removed' AND ($1::text[] IS NULL OR u.tenants <@ $1) ORDER BY u.email COLLATE "C" LIMIT $2`, [within, limit])).rows.map(userOf),
      hasOwner: () => changes(`SELECT FROM argus.users WHERE role = 'owner' AND tenants IS NULL AND state = 'active' LIMIT 1`, []),
      async invitation(codeHash) {
        const row = await firstOf<InvitationFields>('SELECT * FROM argus.invitations WHERE code_hash = $1', [codeHash]);
        return row && invitationOf(row);
      },
      burnTotpStep: (id, step) => changes('UPDATE argus.users SET totp_step = $2 WHERE id = $1 AND totp_step < $2', [id, step]),
      burnRecoveryCode: (id, codeHash, at) =>
        changes('UPDATE argus.recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL', [id, codeHash, new Date(at)]),
      async renewHash(id, was, passwordHash) {
        await pool.query('UPDATE argus.users SET password_hash = $3 WHERE id = $1 AND password_hash = $2', [id, was, passwordHash]);
      },
      async pendTotp(id, { sealed, at }) {
        await pool.query(`UPDATE argus.users SET totp_pending = $2, totp_pending_at = $3 WHERE id = $1 AND state = 'active'`, [id, sealed, new Date(at)]);
      },
    },
    logins: {
      async bySecretHash(hash) {
        const { rows } = await pool.query<LoginRow & UserRow>({
          name: 'login_by_secret',
          text: `SELECT ${LOGIN}, ${USER} FROM argus.logins l JOIN argus.users u ON u.id = l.user_id WHERE l.secret_hash = $1`,
          values: [hash],
        });
        return rows[0] ? { login: loginOf(rows[0]), user: userOf(rows[0]) } : null;
      },
      async byId(id) {
        const row = await firstOf<LoginRow>(`SELECT ${LOGIN} FROM argus.logins l WHERE l.id = $1`, [id]);
        return row && loginOf(row);
      },
      openOf: async (user, now) =>
        (await pool.query<LoginRow>(`SELECT ${LOGIN} FROM argus.logins l WHERE l.user_id = $1 AND l.ended_at IS NULL AND l.expires_at > $2 ORDER BY l.created_at DESC, l.id COLLATE "C"`, [user, new Date(now)])).rows.map(loginOf),
      async touch(id, at) {
        await pool.query('UPDATE argus.logins SET active_at = $2 WHERE id = $1 AND active_at < $2', [id, new Date(at)]);
      },
    },
    handoffs: {
      async take(codeHash) {
        const row = await firstOf<HandoffFields>('DELETE FROM argus.handoffs WHERE code_hash = $1 RETURNING *', [codeHash]);
        return row && handoffOf(row);
      },
    },
    signInTurns: {
      // One statement: of several at once each counts, and none is counted that was not let through.
      async take(key, { max, withinMs, restMs }, now) {
        const row = await firstOf<{ resting_until: number | null }>(TAKE, [key, new Date(now), new Date(now - withinMs), max, new Date(now + restMs)]);
        if (row) return null;
        const known = await firstOf<{ resting_until: number | null }>('SELECT resting_until FROM argus.sign_in_turns WHERE key = $1', [key]);
        return Math.max(1, (known?.resting_until ?? now + restMs) - now);
      },
      async giveBack(key) {
        await pool.query('UPDATE argus.sign_in_turns SET count = greatest(count - 1, 0), resting_until = NULL WHERE key = $1', [key]);
      },
      async clear(key) {
        await pool.query('DELETE FROM argus.sign_in_turns WHERE key = $1', [key]);
      },
      async resting(keys, _kind, now) {
        const { rows } = await pool.query<{ rests: boolean }>(
          `SELECT coalesce(t.resting_until > $2, false) AS rests FROM unnest($1::bytea[]) WITH ORDINALITY AS k(key, at) LEFT JOIN argus.sign_in_turns t ON t.key = k.key ORDER BY k.at`,
          [keys.map((key) => Buffer.from(key)), new Date(now)],
        );
        return rows.map((row) => row.rests);
      },
      async sweep(before) {
        await pool.query('DELETE FROM argus.sign_in_turns WHERE since < $1 AND coalesce(resting_until < $1, true)', [new Date(before)]);
      },
    },
  };
}

/** $1 key, $2 now, $3 where the window began, $4 max, $5 until when it would rest. */
const TAKE = `
INSERT INTO argus.sign_in_turns AS t (key, count, since, resting_until) VALUES ($1, 1, $2, CASE WHEN $4 <= 1 THEN $5::timestamptz END)
ON CONFLICT (key) DO UPDATE SET
  since = CASE WHEN t.resting_until IS NULL AND t.since > $3 THEN t.since ELSE $2 END,
  count = CASE WHEN t.resting_until IS NULL AND t.since > $3 THEN t.count + 1 ELSE 1 END,
  resting_until = CASE WHEN (CASE WHEN t.resting_until IS NULL AND t.since > $3 THEN t.count + 1 ELSE 1 END) >= $4 THEN $5::timestamptz END
 WHERE t.resting_until IS NULL OR t.resting_until <= $2
RETURNING t.resting_until`;

const USER = `u.id AS u_id, u.email, u.name, u.role, u.tenants, u.state, u.created_at AS u_created_at, u.created_by, u.password_hash, u.totp_sealed, u.totp_at,
  u.totp_pending, u.totp_pending_at, u.last_sign_in_at,
  (SELECT count(*)::int FROM argus.recovery_codes c WHERE c.user_id = u.id AND c.used_at IS NULL) AS codes_left,
  (SELECT count(*)::int FROM argus.passkeys k WHERE k.user_id = u.id AND k.removed_at IS NULL) AS passkeys`;
type UserRow = {
  u_id: UserId; email: string; name: string; role: Role; tenants: readonly TenantId[] | null; state: UserState; u_created_at: number; created_by: string;
  password_hash: string | null; totp_sealed: Uint8Array | null; totp_at: number | null; totp_pending: Uint8Array | null; totp_pending_at: number | null;
  last_sign_in_at: number | null; codes_left: number; passkeys: number;
};
const sealedOf = (sealed: Uint8Array | null, at: number | null) => (sealed === null || at === null ? null : { sealed, at });
const userOf = (r: UserRow): User => ({
  id: r.u_id, email: r.email, name: r.name, role: r.role, tenants: r.tenants, state: r.state, createdAt: r.u_created_at, createdBy: r.created_by,
  passwordHash: r.password_hash, totp: sealedOf(r.totp_sealed, r.totp_at), totpPending: sealedOf(r.totp_pending, r.totp_pending_at),
  recoveryCodesLeft: r.codes_left, passkeys: r.passkeys, lastSignInAt: r.last_sign_in_at,
});

const LOGIN = `l.id AS l_id, l.user_id, l.created_at AS l_created_at, l.expires_at, l.active_at, l.proof, l.confirmed_at, l.confirmed_by, l.ip, l.user_agent, l.ended_at`;
type LoginRow = {
  l_id: LoginId; user_id: UserId; l_created_at: number; expires_at: number; active_at: number; proof: Proof; confirmed_at: number | null;
  confirmed_by: Confirmation | null; ip: string; user_agent: string | null; ended_at: number | null;
};
const loginOf = (r: LoginRow): Login => ({
  id: r.l_id, user: r.user_id, createdAt: r.l_created_at, expiresAt: r.expires_at, activeAt: r.active_at, proof: r.proof, confirmedAt: r.confirmed_at,
  confirmedBy: r.confirmed_by, ip: r.ip, userAgent: r.user_agent, endedAt: r.ended_at,
});

type InvitationFields = {
  code_hash: Uint8Array; email: string | null; user_id: UserId | null; role: Role; tenants: readonly TenantId[] | null; created_by: string; created_at: number;
  expires_at: number; used_at: number | null;
};
const invitationOf = (r: InvitationFields): InvitationRow => ({
  codeHash: r.code_hash, email: r.email, user: r.user_id, role: r.role, tenants: r.tenants, createdBy: r.created_by, createdAt: r.created_at, expiresAt: r.expires_at, usedAt: r.used_at,
});

type HandoffFields = {
  code_hash: Uint8Array; challenge: Uint8Array; login_id: LoginId; operator: string; name: string; scopes: readonly Scope[]; tenants: readonly TenantId[] | null;
  days: number; created_at: number; expires_at: number;
};
const handoffOf = (r: HandoffFields): HandoffRow => ({
  codeHash: r.code_hash, challenge: r.challenge, login: r.login_id, operator: r.operator, name: r.name, scopes: r.scopes, tenants: r.tenants, days: r.days, createdAt: r.created_at, expiresAt: r.expires_at,
});
