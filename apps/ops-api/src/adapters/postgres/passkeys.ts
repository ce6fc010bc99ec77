import type { PasskeyId, UserId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import type { SubjectStore } from '../../oidc/store.ts';
import type { Passkey, PasskeyStore } from '../../passkeys/store.ts';

type Row = {
  readonly id: PasskeyId;
  readonly credential_id: Uint8Array;
  readonly user_id: UserId;
  readonly name: string;
  readonly alg: Passkey['alg'];
  readonly public_key: string;
  readonly rp_id: string;
  readonly counter: string | number; // a bigint, which pg gives as text
  readonly created_at: number;
  readonly last_used_at: number | null;
};
const passkeyOf = (row: Row): Passkey => ({
  id: row.id,
  user: row.user_id,
  credentialId: new Uint8Array(row.credential_id),
  name: row.name,
  alg: row.alg,
  publicKey: row.public_key,
  rpId: row.rp_id,
  counter: Number(row.counter),
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
});
const PASSKEY = 'id, credential_id, user_id, name, alg, public_key, rp_id, counter, created_at, last_used_at';

/** Passkeys of people, and who they are at the identity provider. Times come as epoch milliseconds (see db/pools.ts). */
export function postgresPasskeys(pool: Pool): { readonly passkeys: PasskeyStore; readonly subjects: SubjectStore } {
  return {
    passkeys: {
      async byCredential(credentialId) {
        const { rows } = await pool.query<Row>(`SELECT ${PASSKEY} FROM argus.passkeys WHERE credential_id = $1 AND removed_at IS NULL`, [Buffer.from(credentialId)]);
        return rows[0] ? passkeyOf(rows[0]) : null;
      },
      ofUser: async (user) => (await pool.query<Row>(`SELECT ${PASSKEY} FROM argus.passkeys WHERE user_id = $1 AND removed_at IS NULL ORDER BY created_at, id COLLATE "C"`, [user])).rows.map(passkeyOf),
      // One statement: of two uses with the same count one finds the row as it was.
      async used(id, counter, at) {
        const { rowCount } = await pool.query(
          'UPDATE argus.passkeys SET counter = $2, last_used_at = $3 WHERE id = $1 AND removed_at IS NULL AND (counter < $2 OR ($2 = 0 AND counter = 0))',
          [id, counter, new Date(at)],
        );
        return rowCount === 1;
      },
    },
    subjects: {
      async userOf({ issuer, subject }) {
        const { rows } = await pool.query<{ user_id: UserId }>('SELECT user_id FROM argus.oidc_subjects WHERE issuer = $1 AND subject = $2', [issuer, subject]);
        return rows[0]?.user_id ?? null;
      },
      async isBound(user) {
        return ((await pool.query('SELECT FROM argus.oidc_subjects WHERE user_id = $1', [user])).rowCount ?? 0) > 0;
      },
    },
  };
}
