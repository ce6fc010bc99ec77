import type { AgentId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { TripwireKind } from '@argus/protocol/tripwires.ts';
import { isSecondUse } from '../agents/enroll.ts';
import { UNAUTHENTICATED, type Attempt } from '../audit/attempt.ts';

const HOUR_MS = 3_600_000;

/** Something that has to be looked at, as one rule saw it. */
export type Firing = {
  readonly kind: TripwireKind;
  readonly subject: string; // what it is about: the same again is counted
  readonly at: number;
  readonly details?: readonly string[];
  readonly times?: number;
  readonly tenant?: TenantId | null; // whose tree the event goes to; the operator's when nobody's
  readonly agent?: AgentId | null;
  readonly session?: SessionId | null;
  readonly operator?: string | null;
  readonly address?: string | null;
};
/** Fires once for this key, whenever and wherever it is seen again; bounded by whoever looks. */
export type FiringOnce = Firing & { readonly key: string };

/** Codes that trip a wire wherever they turn up, also in the answers of agents newer than this server. */
const BY_CODE: Readonly<Record<string, { readonly kind: TripwireKind; readonly subject: (a: Attempt) => string }>> = {
  ip_not_allowlisted: { kind: 'address_not_allowlisted', subject: (a) => a.ip ?? 'unknown' },
  patch_signature_invalid: { kind: 'patch_signature_failed', subject: (a) => a.agent ?? 'unknown' },
  passkey_copied: { kind: 'passkey_copied', subject: (a) => a.operator },
};

/** Who asks why, and is refused even that, was at the same door as who asks to open it. */
const ASKS_TO_OPEN: readonly Attempt['type'][] = ['remote_support_activation', 'activation_explained'];

/** Which wire a recorded attempt trips, if any. Our own entries trip none, so nothing goes in circles. */
export function firingOf(a: Attempt): Firing | null {
  const about = { at: a.at, times: timesOf(a), tenant: a.tenant, agent: a.agent ?? null, session: a.session ?? null, operator: a.operator === UNAUTHENTICATED ? null : a.operator, address: a.ip ?? null };
  const byCode = a.outcome === 'refused' && a.code !== undefined && Object.hasOwn(BY_CODE, a.code) ? BY_CODE[a.code] : undefined;
  if (byCode) return { kind: byCode.kind, subject: byCode.subject(a), details: [a.type], ...about };
  if (ASKS_TO_OPEN.includes(a.type) && a.phase !== 'intent' && a.outcome !== 'ok') {
    const who = a.operator === UNAUTHENTICATED ? (a.ip ?? 'unknown') : a.operator;
    const code = a.code ?? 'unknown';
    return { kind: 'failed_activation', subject: `${who} ${a.agent ?? '-'} ${code}`, details: [code], ...about };
  }
  if (a.type === 'agent_enrollment_refused' && isSecondUse(a.reason)) return { kind: 'enrollment_code_reused', subject: a.agent ?? 'unknown', details: [a.reason], ...about };
  return null;
}

/** A summary of many refusals says of how many. */
const timesOf = ({ phase, command, args }: Attempt): number => {
  const count = phase === 'fact' && command === undefined ? args?.['count'] : undefined;
  return typeof count === 'number' && count > 0 ? count : 1;
};

export const HELD_LONG_MS = 60 * 60_000;
export const ACTIVATIONS_PER_HOUR = 10;

export type HeldSession = { readonly id: SessionId; readonly tenant: TenantId; readonly agent: AgentId; readonly operator: string; readonly createdAt: number };
export const heldLong = (s: HeldSession, at: number): FiringOnce => ({
  kind: 'session_held_long', subject: s.id, key: `session_held_long ${s.id}`, at, tenant: s.tenant, agent: s.agent, session: s.id, operator: s.operator,
});

export type BusyOperator = { readonly operator: string; readonly activations: number };
/** Once per operator and hour of the clock, as long as it goes on. */
export const manyActivations = ({ operator, activations }: BusyOperator, at: number): FiringOnce => ({
  kind: 'many_activations', subject: operator, key: `many_activations ${operator} ${Math.floor(at / HOUR_MS)}`, at, operator, details: [`${activations} within the hour`],
});

export type RefusedHandshake = { readonly address: string; readonly agent: AgentId | null; readonly code: string };
/** Whoever failed to prove who it is may not write into an owner's log: the event goes to the operator tree. */
export const handshakeFailed = ({ address, agent, code }: RefusedHandshake, at: number): Firing => ({
  kind: 'handshake_failed', subject: `${address} ${agent ?? '-'}`, at, agent, address, details: [code],
});

/** Alarms of agents, which have proved who they are. One we do not know is in the server's own output only. */
export const alarmOf = (who: { readonly agent: AgentId; readonly tenant: TenantId }, alarm: string, at: number): Firing | null =>
  alarm === 'log_forked' || alarm === 'log_shorter' ? { kind: alarm, subject: who.agent, at, ...who } : null;
