import { isoTime } from '@argus/kit/clock.ts';
import type { ArgsCommit } from '@argus/protocol/args-commit.ts';
import type { ErrorCode } from '@argus/protocol/errors.ts';
import type { AgentId, InstanceId, RequestId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { ACTORS, EventType, Leaf, Outcome, Phase } from '@argus/protocol/leaf.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { EndedBy } from '../sessions/session.ts';

/**
 * One thing that was tried. One value in; the audit row, the event row and the leaf all come out of it,
 * so they cannot disagree about what happened.
 */
export type Attempt = {
  readonly at: number;
  readonly type: EventType;
  readonly phase: Phase;
  readonly tenant: TenantId | null; // null: the operator tree
  readonly agent?: AgentId;
  readonly session?: SessionId;
  readonly operator: string;
  readonly ip?: string;
  readonly by: (typeof ACTORS)[number];
  readonly reason: string;
  readonly gatesPassed?: readonly string[];
  readonly requestId?: RequestId;
  readonly command?: string;
  readonly args?: ArgsCommit;
  readonly salt?: Uint8Array;
  readonly outcome?: Outcome;
  readonly code?: ErrorCode | EndedBy;
  readonly answer?: AnswerEvidence;
  /** The e-mail an assertion vouched for. Absent: nobody's was verified, and gate 1 was passed by the network alone. */
  readonly accessIdentity?: string;
};

/** What binds an outcome to its intent and to the machine that answered. */
export type AnswerEvidence = {
  readonly intentSha256?: string; // an end the agent reports answers no intent
  readonly resultSha256?: string;
  readonly agentAt?: string;
  readonly agentSignature?: string;
  readonly keptSha256?: string; // only with what is kept, in the same transaction
};

/** Where nothing was read, the record says so instead of leaving a gap. */
export const UNAUTHENTICATED = 'unauthenticated';
export const NOT_READ = '(not read)';

export const treeOf = (attempt: Attempt): TreeName => attempt.tenant ?? 'operator';

export const leafOf = (a: Attempt, { instance, seq }: { instance: InstanceId; seq: number }): Leaf => ({
  v: 1,
  instance,
  tenant: a.tenant ?? undefined,
  seq,
  at: isoTime(a.at),
  type: a.type,
  phase: a.phase,
  agent: a.agent,
  session: a.session,
  operator: a.operator,
  request_id: a.requestId,
  command: a.command,
  args_commit: a.args,
  outcome: a.outcome,
  code: a.code,
  reason: a.reason,
  by: a.by,
  intent_sha256: a.answer?.intentSha256,
  result_sha256: a.answer?.resultSha256,
  agent_at: a.answer?.agentAt,
  agent_signature: a.answer?.agentSignature,
  kept_sha256: a.answer?.keptSha256,
  access_identity: a.accessIdentity,
});

export type AuditRow = {
  readonly id: string;
  readonly at: string;
  readonly operator: string;
  readonly ip: string | null;
  readonly tenant_id: string | null;
  readonly agent_id: string | null;
  readonly session_id: string | null;
  readonly request_id: string | null;
  readonly action: EventType;
  readonly phase: Phase;
  readonly outcome: Outcome | null;
  readonly code: string | null;
  readonly gates_passed: readonly string[];
  readonly reason: string;
  readonly command: string | null;
  readonly args: ArgsCommit | null;
};

export const auditRow = (id: string, a: Attempt): AuditRow => ({
  id,
  at: isoTime(a.at),
  operator: a.operator,
  ip: a.ip ?? null,
  tenant_id: a.tenant,
  agent_id: a.agent ?? null,
  session_id: a.session ?? null,
  request_id: a.requestId ?? null,
  action: a.type,
  phase: a.phase,
  outcome: a.phase === 'intent' ? null : (a.outcome ?? 'ok'),
  code: a.code ?? null,
  gates_passed: gatesPassed(a),
  reason: a.reason,
  command: a.command ?? null,
  args: a.args ?? null,
});

/** By which way the first gate was passed stands right behind its name. */
const gatesPassed = ({ gatesPassed = [], accessIdentity }: Attempt): readonly string[] =>
  accessIdentity === undefined ? gatesPassed : gatesPassed.flatMap((gate) => (gate === 'network' ? [gate, 'cf_access'] : [gate]));
