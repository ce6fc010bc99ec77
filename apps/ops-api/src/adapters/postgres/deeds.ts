import { deny, type Denial, type ErrorCode } from '@argus/protocol/errors.ts';
import { isId } from '@argus/protocol/ids.ts';
import type { Deed } from '../../ports.ts';
import { LAST_WORD_WITHIN_MS } from '../../sessions/session.ts';
import { passkeyPlanners } from './passkey-deeds.ts';
import { peoplePlanners } from './people-deeds.ts';
import { standing } from './standing.ts';

/** Each deed is a few statements; one that has to change a row and finds none refuses the whole entry. */
export type Statement = { readonly text: string; readonly values: readonly unknown[]; readonly orElse?: ErrorCode };
type Planners = { readonly [K in Deed['do']]: (deed: Extract<Deed, { do: K }>, seq: number) => readonly Statement[] };

const time = (epochMs: number | null) => (epochMs === null ? null : new Date(epochMs));

const PLANNERS: Planners = {
  ...peoplePlanners,
  ...passkeyPlanners,
  issue_pat: ({ pat: p }) => [
    // Its maker was somebody when it asked; what counts is whether it still is. Locked, so that no revocation slips in between.
    ...(p.madeBy === undefined
      ? []
      : [{ text: `SELECT FROM argus.${isId('login', p.madeBy) ? 'logins WHERE ended_at' : 'pats WHERE revoked_at'} IS NULL AND id = $1 AND expires_at > $2 FOR SHARE`, values: [p.madeBy, time(p.createdAt)], orElse: 'unauthenticated' } as const]),
    {
      text: `INSERT INTO argus.pats (id, secret_hash, operator, name, scopes, tenants, created_at, expires_at, made_by)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      values: [p.tokenId, p.secretHash, p.operator, p.name, p.scopes, p.tenants, time(p.createdAt), time(p.expiresAt), p.madeBy ?? null],
    },
  ],
  revoke_pat: ({ id, at }) => [
    { text: 'UPDATE argus.pats SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL', values: [id, time(at)], orElse: 'pat_not_found' },
    // Every node that holds a session of this token looks at it: whether it goes on follows from the rows.
    { text: `INSERT INTO argus.changes (kind, subject) SELECT 'session_ended', id FROM argus.sessions WHERE token_id = $1 AND state <> 'ended'`, values: [id] },
  ],
  create_tenant: ({ id, name, at }) => [
    { text: 'INSERT INTO argus.tenants (id, name, created_at) VALUES ($1, $2, $3)', values: [id, name, time(at)] },
  ],
  save_consent: ({ tenant, consent: c, at }, seq) => [
    {
      text: `UPDATE argus.tenants SET consent_signed = true, consent_signed_at = $2, consent_document_id = $3,
               consent_document_sha256 = $4, consent_signer_name = $5, consent_signer_email = $6, consent_recorded_by = $7,
               consent_expires_at = $8, consent_scope = $9, consent_seq = $10,
               armed = false, armed_at = NULL, armed_by = NULL, armed_until = NULL WHERE id = $1`,
      values: [
        tenant, time(c.signedAt), c.documentId, c.documentSha256, c.signer.name, c.signer.email, c.recordedBy,
        time(c.expiresAt), c.scope === null ? null : JSON.stringify(c.scope), seq,
      ],
      orElse: 'tenant_not_found',
    },
    {
      text: 'INSERT INTO argus.consent_history (tenant_id, seq, at, by, consent) VALUES ($1, $2, $3, $4, $5)',
      values: [tenant, seq, time(at), c.recordedBy, JSON.stringify(c)],
    },
  ],
  withdraw_consent: ({ tenant, by, at }, seq) => [
    {
      text: `UPDATE argus.tenants SET armed = false, armed_at = NULL, armed_by = NULL, armed_until = NULL, consent_signed = false,
               consent_signed_at = NULL, consent_document_id = NULL, consent_document_sha256 = NULL, consent_signer_name = NULL,
               consent_signer_email = NULL, consent_recorded_by = NULL, consent_expires_at = NULL, consent_scope = NULL,
               consent_seq = NULL WHERE id = $1`,
      values: [tenant],
      orElse: 'tenant_not_found',
    },
    {
      text: 'INSERT INTO argus.consent_history (tenant_id, seq, at, by, consent) VALUES ($1, $2, $3, $4, NULL)',
      values: [tenant, seq, time(at), by],
    },
  ],
  arm: ({ tenant, armed, consentSeq }) => [
    {
      text: 'UPDATE argus.tenants SET armed = true, armed_at = $2, armed_by = $3, armed_until = $4 WHERE id = $1',
      values: [tenant, time(armed.at), armed.by, time(armed.until)],
      orElse: 'tenant_not_found',
    },
    {
      text: 'SELECT FROM argus.tenants WHERE id = $1 AND ($2::bigint IS NULL OR consent_seq = $2)',
      values: [tenant, consentSeq ?? null],
      orElse: 'consent_document_mismatch',
    },
  ],
  disarm: ({ tenant }) => [
    {
      text: 'UPDATE argus.tenants SET armed = false, armed_at = NULL, armed_by = NULL, armed_until = NULL WHERE id = $1',
      values: [tenant],
      orElse: 'tenant_not_found',
    },
  ],
  disarm_armed: ({ tenant, overdueAt }) => [
    {
      text: `UPDATE argus.tenants SET armed = false, armed_at = NULL, armed_by = NULL, armed_until = NULL
              WHERE id = $1 AND armed AND ($2::timestamptz IS NULL OR armed_until <= $2)`,
      values: [tenant, time(overdueAt)],
      orElse: 'tenant_not_armed',
    },
  ],
  issue_code: ({ code, tenant }) => [
    {
      text: 'INSERT INTO argus.agents (id, tenant_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
      values: [code.agent, tenant, time(code.createdAt)],
    },
    {
      text: `INSERT INTO argus.enrollment_codes (code_hash, agent_id, expected_public_key, created_by, created_at, expires_at)
               SELECT $1, id, $3, $4, $5, $6 FROM argus.agents
                WHERE id = $2 AND tenant_id = $7 AND public_key IS NULL AND revoked_at IS NULL`,
      values: [code.codeHash, code.agent, code.expectedPublicKey, code.createdBy, time(code.createdAt), time(code.expiresAt), tenant],
      orElse: 'agent_exists',
    },
  ],
  enroll_agent: ({ codeHash, agent, enrolled: e }) => [
    {
      text: 'UPDATE argus.enrollment_codes SET used_at = $2, used_by_key = $3 WHERE code_hash = $1 AND agent_id = $4 AND used_at IS NULL',
      values: [codeHash, time(e.at), e.publicKey, agent],
      orElse: 'enrollment_refused',
    },
    {
      text: `UPDATE argus.agents SET public_key = $2, sealed_passkey = $3, enrolled_at = $4, version = $5, platform = $6
              WHERE id = $1 AND public_key IS NULL AND revoked_at IS NULL`,
      values: [agent, e.publicKey, e.sealedPasskey, time(e.at), e.version, e.platform],
      orElse: 'enrollment_refused',
    },
  ],
  // The ladder looked a moment ago. Whatever shuts the door is an entry of this same tree, whose lock we hold by now.
  open_session: ({ session: s }) => [
    {
      // A token is revoked in another tree: it is locked here, so that whoever revokes it finds this session, or we find that it is revoked.
      text: `WITH token AS MATERIALIZED (SELECT ${isId('login', s.tokenId) ? 'ended_at AS revoked_at, expires_at FROM argus.logins' : 'revoked_at, expires_at FROM argus.pats'} WHERE id = $1 FOR SHARE)
             SELECT WHERE NOT EXISTS (SELECT FROM token WHERE revoked_at IS NOT NULL OR expires_at <= $2)`,
      values: [s.tokenId, time(s.createdAt)],
      orElse: 'missing_role',
    },
    {
      text: 'SELECT FROM argus.tenants WHERE id = $1 AND armed AND armed_until > $2',
      values: [s.tenant, time(s.createdAt)],
      orElse: 'tenant_not_armed',
    },
    {
      text: 'SELECT FROM argus.agents WHERE id = $1 AND tenant_id = $2 AND revoked_at IS NULL',
      values: [s.agent, s.tenant],
      orElse: 'agent_not_found',
    },
    {
      text: `INSERT INTO argus.sessions (id, tenant_id, agent_id, operator, token_id, reason, minutes, state, created_at, expires_at, node, epoch, shuttings)
               SELECT $1, t.id, $3, $4, $5, $6, $7, 'activating', $8, $9, $10::text, $11::bigint, t.shuttings FROM argus.tenants t
                WHERE t.id = $2 AND NOT EXISTS (SELECT FROM argus.nodes WHERE id = $10::text AND epoch > $11::bigint)`,
      values: [s.id, s.tenant, s.agent, s.operator, s.tokenId, s.reason, s.minutes, time(s.createdAt), time(s.expiresAt), s.node, s.epoch],
      orElse: 'shutting_down', // fenced: a newer start of this node is running
    },
  ],
  start_session: ({ id, secretHash }) => [
    {
      text: `UPDATE argus.sessions SET state = 'active', secret_hash = $2 WHERE id = $1 AND state = 'activating'`,
      values: [id, secretHash],
      orElse: 'session_expired',
    },
  ],
  // Where no other deed stands beside it, the append asks this itself (log.ts).
  need_standing: ({ session }) => [{ text: `SELECT WHERE ${standing('$1')}`, values: [session], orElse: 'session_expired' }],
  // We are alone on this tree by now, so what was kept last is what stands last.
  keep_result: ({ kept: k, bytesMax }, seq) => [
    {
      text: `WITH last AS (SELECT coalesce((SELECT so_far FROM argus.kept_results WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1), 0) AS so_far),
                  gone AS (SELECT coalesce((SELECT so_far - length(sealed) FROM argus.kept_results WHERE tenant_id = $1 ORDER BY seq LIMIT 1), 0) AS so_far)
             INSERT INTO argus.kept_results (tenant_id, seq, agent_id, session_id, request_id, at, until, sealed_to, sealed, signature, so_far)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::bytea, $10, last.so_far + length($9::bytea) FROM last, gone
              WHERE last.so_far - gone.so_far + length($9::bytea) <= $11::bigint`,
      values: [k.tenant, seq, k.agent, k.session, k.requestId, time(k.at), time(k.until), k.key, Buffer.from(k.sealed), k.signature, bytesMax],
      orElse: 'result_too_large',
    },
  ],
  revoke_agent: ({ agent, at }) => [
    { text: 'UPDATE argus.agents SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL', values: [agent, time(at)], orElse: 'agent_not_found' },
    // Open ones open nothing any more, and spent ones are not repeated for the machine that used them.
    { text: 'UPDATE argus.enrollment_codes SET expires_at = least(expires_at, $2) WHERE agent_id = $1', values: [agent, time(at)] },
  ],
  end_session: ({ id, at, by, who, signed, onlyIfSilent }) => [
    {
      // Only a session that was awake leaves a last word to wait for; the right side sees the row as it was.
      text: `UPDATE argus.sessions SET state = 'ended', ended_at = $2, ended_by = $3, ended_actor = $4, ended_operator = $5,
               last_word_due_at = CASE WHEN state = 'active' AND $6::text IS NULL THEN $7::timestamptz END,
               last_word_at = CASE WHEN $6::text IS NOT NULL THEN $2::timestamptz END, last_word_how = $6, last_word_agent_at = $8
              WHERE id = $1 AND state <> 'ended' AND ($9::text IS NULL
                OR EXISTS (SELECT FROM argus.nodes n WHERE n.id = $9 AND n.epoch = $10 AND n.beat = $11))`,
      values: [
        id, time(at), by, who?.actor ?? null, who?.operator ?? null, signed?.how ?? null, time(at + LAST_WORD_WITHIN_MS),
        time(signed?.agentAt ?? null), onlyIfSilent?.node ?? null, onlyIfSilent?.epoch ?? null, onlyIfSilent?.beat ?? null,
      ],
      orElse: 'session_expired',
    },
  ],
  close_session: ({ id, at, signed }) => [
    {
      text: `UPDATE argus.sessions SET last_word_at = $2, last_word_how = $3, last_word_agent_at = $4
              WHERE id = $1 AND state = 'ended' AND last_word_at IS NULL`,
      values: [id, time(at), signed.how, time(signed.agentAt)],
      orElse: 'session_expired',
    },
  ],
  fail_to_close: ({ id, at }) => [
    {
      text: `UPDATE argus.sessions SET last_word_failed_at = $2
              WHERE id = $1 AND last_word_due_at <= $2 AND last_word_at IS NULL AND last_word_failed_at IS NULL`,
      values: [id, time(at)],
      orElse: 'session_expired',
    },
  ],
  // Once: whoever raises the same again, or has audited the same night, changes nothing and writes no entry.
  raise_alert: ({ alert: a }, seq) => [
    {
      text: `INSERT INTO argus.alerts (id, key, kind, severity, says, details, times, first_at, last_at, at, tenant_id, agent_id, session_id,
               operator, address, leaf_index) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (key) DO NOTHING`,
      values: [
        a.id, a.key, a.kind, a.severity, a.says, a.details, a.times, time(a.firstAt), time(a.lastAt), time(a.at), a.tenant, a.agent, a.session,
        a.operator, a.address, seq,
      ],
      orElse: 'already_recorded',
    },
  ],
  acknowledge_alert: ({ alert, acknowledged: k }) => [
    {
      text: 'INSERT INTO argus.alert_acknowledgements (alert_id, at, by, reason) VALUES ($1, $2, $3, $4) ON CONFLICT (alert_id) DO NOTHING',
      values: [alert, time(k.at), k.by, k.reason],
      orElse: 'alert_acknowledged',
    },
  ],
  rotate_log_key: ({ tree, from, to }, seq) => [{ text: 'INSERT INTO argus.log_rotations (tree, size, from_key, to_key) VALUES ($1, $2, $3, $4)', values: [tree, seq + 1, from, to] }],
  record_reconciliation: ({ result: r, reached }) => [
    {
      text: `INSERT INTO argus.audit_reconciliations (id, kind, window_from, window_to, finished_at, by, audit_rows, events, leaves, trees, mismatches, findings)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
      values: [r.id, r.kind, time(r.from), time(r.to), time(r.finishedAt), r.by, r.auditRows, r.events, r.leaves, r.trees, r.mismatches, JSON.stringify(r.findings)],
      orElse: 'already_recorded',
    },
    {
      text: `INSERT INTO argus.audited_trees (tree, size, note) SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[]) ON CONFLICT (tree, size) DO NOTHING`,
      values: [reached.map((t) => t.tree), reached.map((t) => t.size), reached.map((t) => t.note)],
    },
  ],
};

export const statementsOf = (deed: Deed, seq: number): readonly Statement[] =>
  (PLANNERS[deed.do] as (d: Deed, n: number) => readonly Statement[])(deed, seq); // the table is keyed by the deed's own name

/** What a broken constraint means to a caller. */
const MEANING: Readonly<Record<string, ErrorCode>> = {
  tenants_pkey: 'tenant_exists',
  one_user_per_email: 'user_exists',
  one_passkey_per_credential: 'passkey_refused',
  one_user_per_subject: 'provider_refused',
  one_subject_per_user: 'provider_refused',
  agents_tenant_id_fkey: 'tenant_not_found',
  one_live_session_per_agent: 'session_active',
  one_intent_per_request: 'request_id_reused',
  one_outcome_per_request: 'request_id_reused',
  one_late_outcome_per_request: 'request_id_reused',
  armed_implies_signed_consent: 'tenant_consent_required',
};
/** Two processes took the same place in a tree. */
const PLACES: readonly string[] = ['log_leaves_pkey', 'log_checkpoints_pkey', 'log_nodes_pkey', 'one_event_per_leaf'];

export type Refused = { readonly why: 'moved_on' } | { readonly why: 'denied'; readonly denial: Denial };

/** Null when the problem is not one of these: the database is unwell. */
export function refusedBy(problem: unknown): Refused | null {
  if (typeof problem !== 'object' || problem === null || !('code' in problem)) return null;
  const { code, constraint } = problem as { code: unknown; constraint?: string };
  if (code === '23505' && constraint !== undefined && PLACES.includes(constraint)) return { why: 'moved_on' };
  if (code === '40P01') return { why: 'moved_on' }; // the one that was given up in a deadlock: rolled back, and can be begun again
  const meaning = constraint === undefined ? undefined : MEANING[constraint];
  if (meaning) return { why: 'denied', denial: deny(meaning) };
  // Any other refusal of a row is that row's own fault: it must not hold up its neighbours.
  return typeof code === 'string' && /^(22|23)/.test(code) ? { why: 'denied', denial: deny('internal', `${code} ${constraint ?? ''}`) } : null;
}
