import { mustId, type AgentId, type CredentialId, type InstanceId, type NodeId, type SessionId, type TenantId, type TokenId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import type { Agent } from '../../agents/agent.ts';
import { isScope } from '../../people/principal.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Stores } from '../../ports.ts';
import type { EndedBy, EndedWho, LastWord, Session } from '../../sessions/session.ts';
import type { Consent, Tenant } from '../../tenants/tenant.ts';
import { postgresArming } from './arming.ts';
import { postgresApiCalls } from './api-calls.ts';
import { postgresLog } from './log.ts';
import { postgresCosignatures } from './cosignatures.ts';
import { postgresRecords } from './records.ts';
import { postgresRequests } from './requests.ts';
import { postgresEvidence } from './evidence.ts';
import { postgresEndings } from './endings.ts';
import { postgresNodes } from './nodes.ts';
import { postgresAlerts } from './alerts.ts';
import { postgresJobs } from './jobs.ts';
import { postgresPasskeys } from './passkeys.ts';
import { postgresPresence } from './presence.ts';
import { postgresPeople } from './people.ts';
import { postgresReconciliations } from './reconciliations.ts';
import { postgresRecord } from './record.ts';
import { standing } from './standing.ts';
import { postgresTripwireFacts } from './tripwire-facts.ts';

/** PostgreSQL, the only store. Rows come out as the pure types; times are epoch milliseconds (see db/pools.ts). */
export function postgresStores(pool: Pool): Stores {
  const rowsOf = async <R extends object>(text: string, values: readonly unknown[] = []): Promise<readonly R[]> =>
    (await pool.query<R>(text, [...values])).rows;
  /** Prepared once per connection: for what every command asks. */
  const preparedFirstOf = async <R extends object>(name: string, text: string, values: readonly unknown[]): Promise<R | null> =>
    (await pool.query<R>({ name, text, values: [...values] })).rows[0] ?? null;
  const firstOf = async <R extends object>(text: string, values: readonly unknown[]): Promise<R | null> => (await rowsOf<R>(text, values))[0] ?? null;
  const sessionsOf = async (where: string, values: readonly unknown[]) =>
    (await rowsOf<SessionRow>(`SELECT ${SESSION} FROM argus.sessions s ${where}`, values)).map(sessionOf);

  return {
    leaves: postgresLog(pool),
    arming: postgresArming(pool),
    calls: postgresApiCalls(pool),
    records: postgresRecords(pool),
    requests: postgresRequests(pool),
    evidence: postgresEvidence(pool),
    nodes: postgresNodes(pool),
    presence: postgresPresence(pool),
    endings: postgresEndings(sessionsOf),
    record: postgresRecord(pool),
    reconciliations: postgresReconciliations(pool),
    alerts: postgresAlerts(pool),
    tripwireFacts: postgresTripwireFacts(pool),
    jobs: postgresJobs(pool),
    cosignatures: postgresCosignatures(pool),
    ...postgresPeople(pool),
    ...postgresPasskeys(pool),
    tenants: {
      byId: async (id) => toTenant(await firstOf<TenantRow>(`SELECT ${TENANT} FROM ${TENANTS} WHERE t.id = $1`, [id])),
      list: async () => (await rowsOf<TenantRow>(`SELECT ${TENANT} FROM ${TENANTS} ORDER BY t.id COLLATE "C"`)).map(tenantOf),
    },
    agents: {
      async byId(id) {
        const row = await firstOf<AgentRow>(`SELECT ${AGENT} WHERE a.id = $1`, [id]);
        return row && agentOf(row);
      },
      list: async (tenant) =>
        (await rowsOf<AgentRow>(`SELECT ${AGENT} WHERE $1::text IS NULL OR a.tenant_id = $1 ORDER BY a.id COLLATE "C"`, [tenant])).map(agentOf),
      async seen(id, at, manifest) {
        // Prepared: of all that is written, this is written most.
        if (!manifest) return void (await pool.query({ name: 'agent_seen', text: SEEN, values: [id, new Date(at)] }));
        await pool.query({ name: 'agent_said', text: SAID, values: [id, new Date(at), manifest.text, new Date(manifest.takenAt)] });
      },
      async codeByHash(hash) {
        const row = await firstOf<CodeRow>(
          'SELECT c.*, a.tenant_id FROM argus.enrollment_codes c JOIN argus.agents a ON a.id = c.agent_id WHERE c.code_hash = $1',
          [hash],
        );
        return row && codeOf(row);
      },
    },
    sessions: {
      byId: async (id) => (await sessionsOf('WHERE s.id = $1', [id]))[0] ?? null,
      async bySecretHash(hash) {
        const row = await preparedFirstOf<SessionRow & TenantRow>(
          'session_by_secret',
          `SELECT ${SESSION}, ${TENANT} FROM argus.sessions s JOIN (${TENANTS}) ON t.id = s.tenant_id WHERE s.secret_hash = $1`,
          [hash],
        );
        return row && { session: sessionOf(row), tenant: tenantOf(row) };
      },
      openOf: async (agent) => (await sessionsOf(`WHERE s.agent_id = $1 AND s.state <> 'ended'`, [agent]))[0] ?? null,
      openOfTenant: (tenant) => sessionsOf(`WHERE s.tenant_id = $1 AND s.state <> 'ended'`, [tenant]),
      isStanding: async (id) => (await rowsOf(`SELECT WHERE ${standing('$1')}`, [id])).length > 0,
      openOfToken: (token) => sessionsOf(`WHERE s.token_id = $1 AND s.state <> 'ended'`, [token]),
      leftOpenBy: (node, epochBefore) => sessionsOf(`WHERE s.node = $1 AND s.epoch < $2 AND s.state <> 'ended'`, [node, epochBefore]),
      list: (tenants, limit) =>
        sessionsOf('WHERE $1::text[] IS NULL OR s.tenant_id = ANY ($1) ORDER BY s.created_at DESC, s.id COLLATE "C" LIMIT $2', [tenants, limit]),
    },
    pats: {
      async bySecretHash(hash, now) {
        const row = await preparedFirstOf<PatRow>(
          'pat_by_secret',
          'SELECT id, operator, scopes, tenants FROM argus.pats WHERE secret_hash = $1 AND revoked_at IS NULL AND expires_at > $2',
          [hash, new Date(now)],
        );
        return row && { tokenId: row.id, operator: row.operator, scopes: row.scopes.filter(isScope), tenants: row.tenants };
      },
      async byId(id) {
        const row = await firstOf<WholePatRow>(`SELECT ${PAT} FROM argus.pats WHERE id = $1`, [id]);
        return row && patOf(row);
      },
      list: async (within, limit) =>
        (await rowsOf<WholePatRow>(`SELECT ${PAT} FROM argus.pats WHERE $1::text[] IS NULL OR tenants <@ $1 ORDER BY created_at DESC, id COLLATE "C" LIMIT $2`, [within, limit])).map(patOf),
      async used(uses) {
        // In one order, so that two nodes that write the same tokens wait for each other in one direction only.
        await pool.query(
          `UPDATE argus.pats SET last_used_at = u.at FROM (
             SELECT p.id, u.at FROM unnest($1::text[], $2::timestamptz[]) AS u(id, at) JOIN argus.pats p ON p.id = u.id
              WHERE p.last_used_at IS NULL OR p.last_used_at < u.at ORDER BY p.id FOR NO KEY UPDATE OF p) AS u
            WHERE pats.id = u.id`,
          [uses.map((u) => u.id), uses.map((u) => new Date(u.at))],
        );
      },
    },
    nonces: {
      async burn(purpose, nonce, expiresAt) {
        const { rowCount } = await pool.query(
          'INSERT INTO argus.nonces (purpose, nonce, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
          [purpose, Buffer.from(nonce), new Date(expiresAt)],
        );
        return rowCount === 1;
      },
      async isBurned(purpose, nonce) {
        const { rowCount } = await pool.query('SELECT 1 FROM argus.nonces WHERE purpose = $1 AND nonce = $2', [purpose, Buffer.from(nonce)]);
        return rowCount === 1;
      },
      async sweep(now) {
        await pool.query('DELETE FROM argus.nonces WHERE expires_at <= $1', [new Date(now)]);
      },
    },
    founding: {
      async instance() {
        const row = await firstOf<{ id: InstanceId }>('SELECT id FROM argus.instance', []);
        const keys = await rowsOf<{ public_key: Uint8Array; sealed_seed: Uint8Array }>(
          'SELECT public_key, sealed_seed FROM argus.log_keys ORDER BY created_at',
        );
        return row && { id: mustId('instance', row.id), logKeys: keys.map((k) => ({ publicKey: k.public_key, sealedSeed: k.sealed_seed })) };
      },
      async found(id, key, at) {
        // One statement: an instance without a key, or a key without an instance, cannot come of a crash.
        await pool.query(
          `WITH founded AS (INSERT INTO argus.instance (id, created_at) VALUES ($1, $2))
           INSERT INTO argus.log_keys (public_key, sealed_seed, created_at) VALUES ($3, $4, $2)`,
          [id, new Date(at), key.publicKey, key.sealedSeed],
        );
      },
      async addLogKey({ publicKey, sealedSeed }, at) {
        await pool.query(`INSERT INTO argus.log_keys (public_key, sealed_seed, created_at) SELECT $1, $2, greatest($3::timestamptz, max(created_at) + interval '1 millisecond') FROM argus.log_keys`, [publicKey, sealedSeed, new Date(at)]); // the newest, whatever the clock says
      },
      async rotations() {
        const rows = await rowsOf<{ tree: TreeName; size: number; from_key: Uint8Array; to_key: Uint8Array }>('SELECT tree, size, from_key, to_key FROM argus.log_rotations ORDER BY tree, size');
        return rows.map(({ tree, size, from_key, to_key }) => ({ tree, size, from: from_key, to: to_key }));
      },
      hasLeaves: async () => (await rowsOf('SELECT 1 AS one FROM argus.log_leaves LIMIT 1')).length > 0,
      async nextEpoch(node, at) {
        const row = await firstOf<{ epoch: number }>(
          `INSERT INTO argus.nodes (id, epoch, started_at) VALUES ($1, 1, $2)
           ON CONFLICT (id) DO UPDATE SET epoch = argus.nodes.epoch + 1, started_at = $2 RETURNING epoch`,
          [node, new Date(at)],
        );
        if (!row) throw new Error('no epoch came back');
        return row.epoch;
      },
    },
  };
}

const SESSION = `s.id AS s_id, s.tenant_id AS s_tenant, s.agent_id, s.operator, s.token_id, s.reason, s.minutes, s.state,
  s.created_at AS s_created_at, s.expires_at, s.ended_at, s.ended_by, s.node, s.epoch, s.ended_actor, s.ended_operator,
  s.last_word_due_at, s.last_word_failed_at, s.last_word_at, s.last_word_how, s.last_word_agent_at`;
type SessionRow = {
  s_id: SessionId; s_tenant: TenantId; agent_id: AgentId; operator: string; token_id: CredentialId; reason: string; minutes: number;
  state: Session['state']; s_created_at: number; expires_at: number; ended_at: number | null; ended_by: EndedBy | null; node: NodeId; epoch: number;
  ended_actor: EndedWho['actor'] | null; ended_operator: string | null; last_word_due_at: number | null; last_word_failed_at: number | null;
  last_word_at: number | null; last_word_how: string | null; last_word_agent_at: number | null;
};
function sessionOf(r: SessionRow): Session {
  const base = {
    id: r.s_id, tenant: r.s_tenant, agent: r.agent_id, operator: r.operator, tokenId: r.token_id, reason: r.reason, minutes: r.minutes,
    createdAt: r.s_created_at, expiresAt: r.expires_at, node: r.node, epoch: r.epoch,
  };
  // The table's CHECK says that what has ended has both.
  return r.state === 'ended'
    ? { ...base, state: r.state, endedAt: r.ended_at ?? 0, endedBy: r.ended_by ?? 'expired', endedWho: endedWhoOf(r), lastWord: lastWordOf(r) }
    : { ...base, state: r.state };
}
const endedWhoOf = ({ ended_actor: actor, ended_operator: operator }: SessionRow): EndedWho | null => (actor === null ? null : { actor, operator });
function lastWordOf({ last_word_at: at, last_word_how: how, last_word_agent_at: agentAt, ...r }: SessionRow): LastWord {
  if (at !== null && how !== null && agentAt !== null) return { is: 'signed', at, how, agentAt };
  return r.last_word_due_at === null ? { is: 'not_expected' } : { is: 'awaited', dueAt: r.last_word_due_at, failedAt: r.last_word_failed_at };
}

/**
 * A tenant with the leaf its consent row points at: gate 8 compares the two. Only the newest act of consent counts, so
 * that a row set back by hand to what was withdrawn or narrowed since finds no leaf.
 */
const TENANTS = `argus.tenants t LEFT JOIN argus.log_leaves cl ON cl.tree = t.id AND cl.seq = t.consent_seq
  AND cl.seq = (SELECT max(h.seq) FROM argus.consent_history h WHERE h.tenant_id = t.id)`;
const TENANT = `t.id AS t_id, t.name, t.created_at AS t_created_at, t.consent_signed, t.consent_signed_at, t.consent_document_id,
  t.consent_document_sha256, t.consent_signer_name, t.consent_signer_email, t.consent_recorded_by, t.consent_expires_at, t.consent_scope,
  (SELECT h.consent ->> 'receipt' FROM argus.consent_history h WHERE h.tenant_id = t.id AND h.seq = t.consent_seq) AS consent_receipt,
  (SELECT h.consent -> 'keepResults' FROM argus.consent_history h WHERE h.tenant_id = t.id AND h.seq = t.consent_seq) AS consent_keep,
  cl.bytes AS consent_leaf, t.armed, t.armed_at, t.armed_by, t.armed_until`;
type TenantRow = {
  t_id: TenantId; name: string; t_created_at: number; consent_signed: boolean; consent_signed_at: number | null;
  consent_document_id: string | null; consent_document_sha256: string | null; consent_signer_name: string | null;
  consent_signer_email: string | null; consent_recorded_by: string | null; consent_expires_at: number | null;
  consent_scope: Consent['scope']; consent_receipt: string | null; consent_keep: Consent['keepResults'] | null; consent_leaf: string | null; armed: boolean; armed_at: number | null; armed_by: string | null;
  armed_until: number | null;
};
const tenantOf = (r: TenantRow): Tenant => ({
  id: r.t_id,
  name: r.name,
  createdAt: r.t_created_at,
  consent: r.consent_signed
    ? {
        signedAt: r.consent_signed_at ?? Number.POSITIVE_INFINITY, // missing: never signed yet
        documentId: r.consent_document_id ?? '',
        documentSha256: r.consent_document_sha256 ?? '',
        signer: { name: r.consent_signer_name ?? '', email: r.consent_signer_email ?? '' },
        recordedBy: r.consent_recorded_by ?? '',
        expiresAt: r.consent_expires_at,
        scope: r.consent_scope,
        ...(r.consent_keep && { keepResults: r.consent_keep }),
        ...(r.consent_receipt !== null && { receipt: r.consent_receipt }),
      }
    : null,
  consentLeaf: r.consent_leaf,
  armed: r.armed ? { at: r.armed_at ?? 0, by: r.armed_by ?? '', until: r.armed_until ?? 0 } : null,
});
const toTenant = (row: TenantRow | null): Tenant | null => row && tenantOf(row);

const AGENT = `a.id, a.tenant_id, a.created_at, a.public_key, a.sealed_passkey, a.revoked_at, a.version, a.platform, l.at AS last_seen_at, m.manifest, m.taken_at AS manifest_taken_at
  FROM argus.agents a LEFT JOIN argus.agent_seen l ON l.agent_id = a.id LEFT JOIN argus.agent_manifests m ON m.agent_id = a.id`;
const SEEN = 'INSERT INTO argus.agent_seen (agent_id, at) SELECT id, $2 FROM argus.agents WHERE id = $1 ON CONFLICT (agent_id) DO UPDATE SET at = excluded.at';
const SAID = `WITH said AS (INSERT INTO argus.agent_manifests (agent_id, manifest, taken_at) SELECT id, $3, $4 FROM argus.agents WHERE id = $1
                              ON CONFLICT (agent_id) DO UPDATE SET manifest = excluded.manifest, taken_at = excluded.taken_at) ${SEEN}`;
type AgentRow = {
  id: AgentId; tenant_id: TenantId; created_at: number; public_key: string | null; sealed_passkey: Uint8Array | null; revoked_at: number | null;
  version: string | null; platform: string | null; last_seen_at: number | null; manifest: string | null; manifest_taken_at: number | null;
};
const agentOf = (r: AgentRow): Agent => ({
  id: r.id,
  tenant: r.tenant_id,
  createdAt: r.created_at,
  keys: r.public_key !== null && r.sealed_passkey !== null ? { publicKey: r.public_key, sealedPasskey: r.sealed_passkey } : null,
  revokedAt: r.revoked_at,
  version: r.version,
  platform: r.platform,
  lastSeenAt: r.last_seen_at,
  manifest: r.manifest !== null && r.manifest_taken_at !== null ? { text: r.manifest, takenAt: r.manifest_taken_at } : null,
});

type CodeRow = {
  code_hash: Uint8Array; agent_id: AgentId; tenant_id: TenantId; expected_public_key: string | null; created_by: string; created_at: number;
  expires_at: number; used_at: number | null; used_by_key: string | null;
};
const codeOf = (r: CodeRow) => ({
  tenant: r.tenant_id,
  row: {
    codeHash: r.code_hash,
    agent: r.agent_id,
    expectedPublicKey: r.expected_public_key,
    createdBy: r.created_by,
    createdAt: r.created_at,
    expiresAt: r.expires_at,
    used: r.used_at !== null && r.used_by_key !== null ? { at: r.used_at, byKey: r.used_by_key } : null,
  },
});
type PatRow = { id: TokenId; operator: string; scopes: readonly string[]; tenants: readonly TenantId[] | null };
const PAT = 'id, operator, scopes, tenants, name, created_at, expires_at, made_by, last_used_at, revoked_at';
type WholePatRow = PatRow & {
  name: string; created_at: number; expires_at: number; made_by: CredentialId | null; last_used_at: number | null; revoked_at: number | null;
};
const patOf = (r: WholePatRow) => ({
  tokenId: r.id, operator: r.operator, scopes: r.scopes.filter(isScope), tenants: r.tenants, name: r.name, createdAt: r.created_at,
  expiresAt: r.expires_at, madeBy: r.made_by, lastUsedAt: r.last_used_at, revokedAt: r.revoked_at,
});
