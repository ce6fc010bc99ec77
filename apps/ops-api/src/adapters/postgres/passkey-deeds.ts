import type { OidcDeed } from '../../oidc/store.ts';
import type { PasskeyDeed } from '../../passkeys/store.ts';
import type { Statement } from './deeds.ts';

/** Changes of passkeys and of who is who at the identity provider, in the turn of the operator's log, as those of people are. */
type KeyDeed = PasskeyDeed | OidcDeed;
type Planners = { readonly [K in KeyDeed['do']]: (deed: Extract<KeyDeed, { do: K }>) => readonly Statement[] };

const time = (epochMs: number) => new Date(epochMs);

/** With a new beginning, or none, what somebody showed before counts no more. */
export const dropPasskeys = (user: string, at: number): Statement => ({ text: 'UPDATE argus.passkeys SET removed_at = $2 WHERE user_id = $1 AND removed_at IS NULL', values: [user, time(at)] });

const bind = (user: string, { issuer, subject }: OidcDeed['of'], at: number): Statement => ({
  text: 'INSERT INTO argus.oidc_subjects (issuer, subject, user_id, bound_at) VALUES ($1, $2, $3, $4)',
  values: [issuer, subject, user, time(at)],
});

export const passkeyPlanners: Planners = {
  add_passkey: ({ passkey: k }) => [
    {
      text: `SELECT FROM argus.users u WHERE u.id = $1 AND u.state = 'active' AND (SELECT count(*) FROM argus.passkeys p WHERE p.user_id = u.id AND p.removed_at IS NULL) < $2`,
      values: [k.user, k.of],
      orElse: 'passkey_refused',
    },
    {
      text: `INSERT INTO argus.passkeys (id, credential_id, user_id, name, alg, public_key, rp_id, counter, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      values: [k.id, Buffer.from(k.credentialId), k.user, k.name, k.alg, k.publicKey, k.rpId, k.counter, time(k.createdAt)],
    },
  ],
  rename_passkey: ({ user, passkey, name }) => [
    { text: 'UPDATE argus.passkeys SET name = $3 WHERE id = $1 AND user_id = $2 AND removed_at IS NULL', values: [passkey, user, name], orElse: 'not_found' },
  ],
  remove_passkey: ({ user, passkey, keepsOne, at }) => [
    { text: 'SELECT FROM argus.passkeys WHERE id = $1 AND user_id = $2 AND removed_at IS NULL', values: [passkey, user], orElse: 'not_found' },
    {
      text: `SELECT WHERE NOT $3::boolean OR EXISTS (SELECT FROM argus.passkeys WHERE user_id = $1 AND id <> $2 AND removed_at IS NULL)
                OR EXISTS (SELECT FROM argus.users WHERE id = $1 AND totp_sealed IS NOT NULL)`,
      values: [user, passkey, keepsOne],
      orElse: 'second_factor_stays',
    },
    { text: 'UPDATE argus.passkeys SET removed_at = $2 WHERE id = $1', values: [passkey, time(at)] },
  ],
  join_from_provider: ({ user: u, of, at }) => [
    {
      text: `INSERT INTO argus.users (id, email, name, role, tenants, state, created_at, created_by) VALUES ($1, $2, $3, $4, $5, 'active', $6, $7)`,
      values: [u.id, u.email, u.name, u.role, u.tenants, time(u.createdAt), u.createdBy],
    },
    bind(u.id, of, at),
  ],
  bind_subject: ({ user, of, at }) => [{ text: `SELECT FROM argus.users WHERE id = $1 AND state = 'active'`, values: [user], orElse: 'provider_refused' }, bind(user, of, at)],
};
