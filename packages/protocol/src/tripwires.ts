/** What somebody has to be told of, in the words it is told in. Whether one trips, the server decides (apps/ops-api/src/alerts/tripwires.ts). */
import type { Severity } from './http/alerts.ts';

const HOUR_MS = 3_600_000;

export type Tripwire = {
  readonly severity: Severity; // high: mailed at once; ordinary: in the next digest
  /** The same about the same becomes one alert at once and one more for all the rest of this time. */
  readonly quietMs: number;
  readonly looksAt: string;
  readonly says: string;
};

/** docs/reference/tripwires.md is printed from here. */
export const TRIPWIRES = {
  failed_activation: { severity: 'ordinary', quietMs: HOUR_MS, looksAt: 'activations that are refused or not acknowledged, and refused questions why, by operator, agent and code', says: 'An activation failed.' },
  address_not_allowlisted: { severity: 'ordinary', quietMs: HOUR_MS, looksAt: 'refusals with the code ip_not_allowlisted, by address', says: 'Somebody called from outside the operator networks.' },
  patch_signature_failed: { severity: 'high', quietMs: HOUR_MS, looksAt: 'answers with the code patch_signature_invalid, by agent', says: 'A patch without valid signatures was sent to an agent.' },
  session_held_long: { severity: 'high', quietMs: HOUR_MS, looksAt: 'sessions older than 60 minutes, every minute; once per session', says: 'A session is held for more than 60 minutes.' },
  many_activations: { severity: 'high', quietMs: HOUR_MS, looksAt: 'sessions opened within an hour by one operator, every minute', says: 'One operator opened more than 10 sessions within an hour.' },
  handshake_failed: { severity: 'ordinary', quietMs: HOUR_MS, looksAt: 'refused handshakes, by address and the agent they claim to be', says: 'Something that is not an agent of ours, or cannot prove it, tried to connect.' },
  enrollment_code_reused: { severity: 'high', quietMs: HOUR_MS, looksAt: 'enrollment codes that were used before, by agent', says: 'An enrollment code was used a second time.' },
  passkey_copied: { severity: 'high', quietMs: HOUR_MS, looksAt: 'passkeys whose counter did not go up, by whose it is', says: 'The counter of a passkey went back: there may be a copy of it.' },
  log_forked: { severity: 'high', quietMs: 24 * HOUR_MS, looksAt: 'the alarm log_forked in heartbeats, and cosignatures over what this server never signed, by agent', says: 'An agent saw two logs that contradict each other, and sleeps until its owner clears it.' },
  log_shorter: { severity: 'high', quietMs: 24 * HOUR_MS, looksAt: 'the alarm log_shorter in heartbeats, by agent', says: 'An agent has followed the log further than it goes here: entries are missing. It acts on nothing until they are back, or its owner accepts that.' },
  audit_mismatch: { severity: 'high', quietMs: HOUR_MS, looksAt: 'the result of every audit', says: 'The audit tables, the events and the log do not agree.' },
  mail_undelivered: { severity: 'ordinary', quietMs: 24 * HOUR_MS, looksAt: 'mails that could not be sent three times', says: 'Alerts could not be mailed; it is tried again.' },
  job_failing: { severity: 'high', quietMs: 24 * HOUR_MS, looksAt: 'other jobs that failed three times', says: 'Work that has to be done keeps failing; it is tried again.' },
} as const satisfies Record<string, Tripwire>;
export type TripwireKind = keyof typeof TRIPWIRES;
