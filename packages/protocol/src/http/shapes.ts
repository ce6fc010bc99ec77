/** Bodies and answers of the HTTP surface: one schema per shape gives validation, types and the client. */
import { z } from 'zod';
import { ConsentScope } from '../consent-scope.ts';
import { id } from '../ids.ts';
import { plainJson } from '../json.ts';
import { KeepResults } from '../kept.ts';
import { ACTORS } from '../leaf.ts';
import { OperatorProof } from '../operator-proof.ts';
import { RECEIPT_TEXT_MAX } from '../receipt.ts';
import { SESSION_MINUTES_DEFAULT, SESSION_MINUTES_MAX } from '../session-minutes.ts';
import { base64Of32, base64Of64, isoTimeText, plainText, plainWords, reason, sha256Hex } from '../text.ts';

export { SESSION_MINUTES_DEFAULT, SESSION_MINUTES_MAX };

const minutes = () => z.int().min(1).max(SESSION_MINUTES_MAX);
const nonce = () => z.string().regex(/^[A-Za-z0-9_-]{22,128}$/, { error: 'not 16 or more random bytes' });
/** What a caller writes; answers are always in milliseconds and Z. */
const callerTime = () => z.iso.datetime({ offset: true });

export const CreateTenant = z.strictObject({ id: id('tenant'), name: plainWords(1, 200) });

export const RecordConsent = z.strictObject({
  document_id: plainWords(1, 200),
  document_sha256: sha256Hex(),
  signed_at: callerTime(),
  signer: z.strictObject({ name: plainWords(1, 200), email: z.email().max(320) }),
  expires_at: callerTime().optional(),
  scope: ConsentScope.optional(),
  keep_results: KeepResults.optional(), // absent: nothing is kept of a result but its digest
  receipt: z.string().max(RECEIPT_TEXT_MAX).optional(), // tenant-signed: what it says need not be said again, and if it is, is the same
});
export type RecordConsent = z.infer<typeof RecordConsent>;

export const WithdrawConsent = z.strictObject({ reason: reason() });

export const ArmTenant = z.strictObject({
  reason: reason(),
  confirm_tenant_id: z.string().max(64),
  document_id: z.string().max(200).optional(),
});
export const DisarmTenant = z.strictObject({ reason: reason(), confirm_tenant_id: z.string().max(64) });

export const CreateEnrollmentCode = z.strictObject({ agent_id: id('agent'), public_key: base64Of32().optional() });
export const EnrollmentCodeCreated = z.object({ enrollment_code: id('enrollmentCode'), expires_at: isoTimeText() });

export const EnrollAgent = z.strictObject({
  code: id('enrollmentCode'),
  public_key: base64Of32(),
  at: isoTimeText(),
  signature: base64Of64(), // kind `enroll`: proves possession of the private half
  agent_version: plainText(1, 64),
  platform: plainText(1, 128),
});
export type EnrollAgent = z.infer<typeof EnrollAgent>;
export { AgentEnrolled } from './agent-enrolled.ts';

export const Activate = z.strictObject({
  tenant_id: id('tenant'),
  reason: reason(),
  minutes: minutes().default(SESSION_MINUTES_DEFAULT), // above the cap is refused, not clamped
  nonce: nonce(),
  timestamp: callerTime(),
  operator_proof: OperatorProof.optional(), // of the same nonce and timestamp
});
export type Activate = z.infer<typeof Activate>;
export const Activated = z.object({
  session_id: id('session'),
  session_token: id('sessionToken'),
  tenant_id: id('tenant'),
  agent_id: id('agent'),
  expires_at: isoTimeText(),
});
export type Activated = z.infer<typeof Activated>;
/** To a person who is signed in no token is given: the session is bound to the sign-in. */
export const ActivatedHere = Activated.partial({ session_token: true });
export type ActivatedHere = z.infer<typeof ActivatedHere>;

/** For good: `confirm` is there so that nobody revokes by a slip. */
export const RevokeAgent = z.strictObject({
  tenant_id: id('tenant'),
  reason: reason(),
  confirm: z.literal(true, { error: 'is not true: a revoked id never comes back, so it has to be said' }),
  nonce: nonce(),
  timestamp: callerTime(),
});
export type RevokeAgent = z.infer<typeof RevokeAgent>;
export const AgentRevoked = z.object({
  tenant_id: id('tenant'),
  agent_id: id('agent'),
  state: z.literal('revoked'),
  revoked_at: isoTimeText(),
  ended_session: id('session').nullable(), // the one that was open, if any
  leaf_index: z.int(),
});
export type AgentRevoked = z.infer<typeof AgentRevoked>;

export const RunCommand = z.strictObject({
  command: z.string().max(64),
  args: z.record(z.string(), plainJson()).default({}),
  request_id: id('request').optional(),
  agent_id: id('agent').optional(),
});
export type RunCommand = z.infer<typeof RunCommand>;
export const CommandRan = z.object({
  request_id: id('request'),
  result: plainJson(),
  receipt: z.object({
    leaf_index: z.int(),
    outcome_index: z.int(),
    checkpoint: z.string(),
    agent_signature: z.string(),
  }),
});
export type CommandRan = z.infer<typeof CommandRan>;

export const Deactivate = z.strictObject({ reason: reason().optional() });

export const SessionView = z.object({
  session_id: id('session'),
  tenant_id: id('tenant'),
  agent_id: id('agent'),
  operator: z.string(),
  yours: z.boolean(), // opened by the very credential that asks: no other one acts in it
  reason: z.string(),
  state: z.enum(['activating', 'active', 'ended']),
  minutes: z.int(),
  created_at: isoTimeText(),
  expires_at: isoTimeText(),
  ended_at: isoTimeText().nullable(),
  ended_by: z.string().nullable(), // how
  ended_actor: z.enum(ACTORS).nullable(),
  ended_operator: z.string().nullable(), // where a person did
  /** The agent's own, signed word that it is over on its side. Null while the session is open. */
  last_word: z
    .object({
      state: z.enum(['awaited', 'signed', 'failed_to_close', 'not_expected']),
      due_at: isoTimeText().nullable(),
      how: z.string().nullable(), // as the agent said and signed it
      at: isoTimeText().nullable(), // by the clock of the machine
    })
    .nullable(),
});
export type SessionView = z.infer<typeof SessionView>;

export const TenantView = z.object({
  id: id('tenant'),
  name: z.string(),
  created_at: isoTimeText(),
  consent: z.enum(['signed', 'missing', 'expired']),
  consent_document_id: z.string().nullable(),
  armed: z.boolean(),
  armed_until: isoTimeText().nullable(),
});
export type TenantView = z.infer<typeof TenantView>;

/** One tenant in full: in whose hand the consent is, and whether its machines go by the same key. */
export const TenantShown = TenantView.extend({
  instance: id('instance'),
  consent_kind: z.enum(['tenant_signed', 'recorded']).nullable(), // null: there is none
  /** As it was recorded; null: there is none. `leaf_index`: of the entry that says the same; null: none does, and nothing opens. */
  consent_record: z
    .object({
      document_id: z.string(),
      document_sha256: sha256Hex(),
      signed_at: isoTimeText(),
      signer: z.object({ name: z.string(), email: z.string() }),
      recorded_by: z.string(),
      expires_at: isoTimeText().nullable(),
      leaf_index: z.int().nullable(),
    })
    .nullable(),
  consent_scope: ConsentScope.nullable(), // null: everything an agent can do, or no consent
  /** Null: nothing is kept of a result but its digest. */
  keeps_results: z.object({ key_fingerprint: z.string(), days: z.int() }).nullable(),
  receipt: z
    .object({
      serial: z.int(),
      key_fingerprint: z.string(),
      not_before: isoTimeText(),
      not_after: isoTimeText(),
      needs_operator_proof: z.boolean(),
      sha256: sha256Hex(), // of its text; the entry of the consent has the same
    })
    .nullable(),
  /** As the machines say themselves; decides nothing. `another_key`: it takes no receipt of this consent. */
  consent_keys: z.array(z.object({ agent_id: id('agent'), key_fingerprint: z.string().nullable(), pinned: z.enum(['none', 'same_key', 'another_key']) })),
});
export type TenantShown = z.infer<typeof TenantShown>;

export const AgentView = z.object({
  id: id('agent'),
  tenant_id: id('tenant'),
  state: z.enum(['code_issued', 'offline', 'online', 'revoked']),
  version: z.string().nullable(),
  platform: z.string().nullable(),
  last_seen: isoTimeText().nullable(),
  /** Where its line ends: at the node that answers, or at another one of this server, where sessions on it are opened. Null: nowhere. */
  line: z.enum(['here', 'another_node']).nullable(),
  session: id('session').nullable(),
});
export type AgentView = z.infer<typeof AgentView>;
