import type { Gate } from '@argus/kit/gate.ts';
import { fromBase64 } from '@argus/kit/bytes.ts';
import type { Result } from '@argus/kit/result.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { commitArgs, sameCommit } from '@argus/protocol/args-commit.ts';
import { contractFor, type Call } from '@argus/protocol/commands/index.ts';
import { OUTSIDE, outsideScope, type CarriedScope, type Use } from '@argus/protocol/consent-scope.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { ActivateFrame, CommandFrame } from '@argus/protocol/frames.ts';
import { SESSION_MINUTES_MAX } from '@argus/protocol/session-minutes.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import { cleanText } from '@argus/protocol/text.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { consentEndOf, scopeOf } from './consent.ts';
import type { PinnedState } from './ports.ts';
import { operatorProofDenial, receiptDenial, receiptToWakeBy, type HeldReceipt } from './receipt.ts';
import type { NotInLog, Place } from './witness.ts';

/** The agent's own ladders. They do not care what the server already checked. */
export type WakeFacts = {
  readonly frame: ActivateFrame;
  readonly trust: TrustFile;
  readonly now: number;
  readonly isAwake: boolean;
  readonly isOff: boolean; // by the owner, on this machine
  readonly pinned: PinnedState; // the owner's consent key
  readonly place: () => Result<Place, NotInLog>;
};

/** An activation that lay around this long is not what an operator is waiting for. */
export const WAKE_FRESH_MS = 60_000;

export const wakeLadder: readonly Gate<WakeFacts, Denial>[] = [
  { name: 'switched_on', check: (f) => (f.isOff ? deny('tenant_switched_off') : null) },
  { name: 'asleep', check: (f) => (f.isAwake ? deny('session_active') : null) },
  { name: 'bound', check: ({ frame, trust }) => (frame.tenant === trust.tenant && frame.agent === trust.agent ? null : deny('session_mismatch')) },
  { name: 'in_the_log', check: (f) => notInLog(f.place()) },
  {
    name: 'this_activation',
    check: ({ frame, trust, place }) => {
      const leaf = leafOf(place());
      const says =
        leaf?.type === 'remote_support_activation' && leaf.phase === 'intent' && leaf.agent === trust.agent && leaf.session === frame.session;
      return says ? null : deny('not_in_log', 'the entry is about something else');
    },
  },
  {
    name: 'named',
    check: ({ place }) => {
      const { operator = '', reason = '' } = leafOf(place()) ?? {};
      return isReadable(operator) && isReadable(reason) ? null : deny('not_in_log', 'the entry names no operator or reason');
    },
  },
  {
    name: 'fresh',
    check: (f) => {
      const age = Math.abs(f.now - Date.parse(leafOf(f.place())?.at ?? ''));
      return age <= WAKE_FRESH_MS ? null : deny('stale_request');
    },
  },
  { name: 'time_boxed', check: (f) => (minutesOf(leafOf(f.place())) === null ? deny('session_expired', 'no time box within the cap') : null) },
  {
    name: 'consented',
    check: ({ frame, trust, now, place }) => {
      const scope = scopeOf(leafOf(place()), frame.scope);
      if (!scope.ok) return deny('tenant_consent_required', scope.error);
      const ends = consentEndOf(leafOf(place()));
      if (!ends.ok || (ends.value !== null && now >= ends.value)) return deny('tenant_consent_required', ends.ok ? 'the consent is over' : ends.error);
      const outside = outsideScope(scope.value, { agent: trust.agent, at: now });
      return outside && deny('tenant_consent_required', OUTSIDE[outside]);
    },
  },
  {
    name: 'receipt',
    check: (f) => {
      const held = receiptToWakeBy(f, leafOf(f.place()), f.frame.receipt);
      return held.ok ? null : deny('tenant_consent_required', held.error);
    },
  },
  {
    name: 'operator_proof',
    check: (f) => {
      const leaf = leafOf(f.place());
      const held = receiptToWakeBy(f, leaf, f.frame.receipt);
      return operatorProofDenial(f, held.ok ? held.value : null, { leaf, minutes: minutesOf(leaf), proof: f.frame.operator_proof });
    },
  },
];

/** The owner is shown both: what does not print names nobody. */
const isReadable = (text: string): boolean => cleanText(text, text.length).trim() !== '';

/** The cap stands here as well as on the server: 120 minutes, in code. */
export function minutesOf(leaf: Leaf | null): number | null {
  const minutes = leaf?.args_commit?.['minutes'];
  return typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 1 && minutes <= SESSION_MINUTES_MAX ? minutes : null;
}

export type AdmitFacts = {
  readonly frame: CommandFrame;
  readonly trust: TrustFile;
  readonly session: string | null; // the one it is awake for
  readonly over: () => 'expired' | 'agent_lost' | null; // asks both clocks
  readonly operator: string | null;
  readonly scope: CarriedScope | null; // of the activation it is awake by
  readonly receipt: HeldReceipt | null; // and the owner's own, where a key is pinned
  readonly pinned: PinnedState;
  readonly now: number;
  readonly hasActed: (request: string) => boolean;
  readonly place: () => Result<Place, NotInLog>;
  readonly call: () => Result<Call, Denial>;
};

export const admitLadder: readonly Gate<AdmitFacts, Denial>[] = [
  { name: 'awake', check: (f) => (f.session === null ? deny('session_not_found', 'dormant') : null) },
  { name: 'session', check: (f) => (f.session === f.frame.session ? null : deny('session_not_found')) },
  { name: 'lease', check: (f) => (f.over() === null ? null : deny('session_expired')) },
  { name: 'bound', check: ({ frame, trust }) => (frame.tenant === trust.tenant && frame.agent === trust.agent ? null : deny('session_mismatch')) },
  { name: 'in_the_log', check: (f) => notInLog(f.place()) },
  {
    name: 'this_command',
    check: ({ frame, trust, place, operator }) => {
      const leaf = leafOf(place());
      const says =
        leaf?.type === 'remote_support_command' &&
        leaf.phase === 'intent' &&
        leaf.agent === trust.agent &&
        leaf.session === frame.session &&
        leaf.request_id === frame.request_id &&
        leaf.operator === operator;
      return says ? null : deny('not_in_log', 'the entry is about something else');
    },
  },
  // The log may hold the same request twice; the machine acts on it once.
  { name: 'once', check: (f) => (f.hasActed(f.frame.request_id) ? deny('request_id_reused') : null) },
  { name: 'known', check: (f) => refusalOf(f.call(), 'command_not_allowlisted') },
  {
    name: 'covered',
    check: (f) => {
      const outside = outsideScope(f.scope, { agent: f.trust.agent, at: f.now, command: useOf(f) });
      return outside && deny('consent_scope_exceeded', OUTSIDE[outside]);
    },
  },
  { name: 'receipt', check: (f) => receiptDenial(f, f.receipt, useOf(f)) },
  { name: 'args', check: (f) => refusalOf(f.call()) },
  { name: 'these_args', check: (f) => (areArgsLogged(f) ? null : deny('not_in_log', 'the entry is about other arguments')) },
];

/** Arguments that do not fit name no camera; a later gate refuses them. */
function useOf({ place, call }: AdmitFacts): NonNullable<Use['command']> {
  const [name, parsed] = [leafOf(place())?.command ?? '', call()];
  return { name, names: parsed.ok ? contractFor(name)?.names : undefined, args: parsed.ok ? parsed.value.args : {} };
}

/** The frame's arguments must be the ones the entry pins, opened with the salt. */
function areArgsLogged({ frame, place, call }: AdmitFacts): boolean {
  const [leaf, parsed] = [leafOf(place()), call()];
  const contract = parsed.ok ? contractFor(parsed.value.name) : undefined;
  const salt = frame.salt === undefined ? new Uint8Array() : fromBase64(frame.salt);
  if (!leaf || !parsed.ok || !contract || !salt) return false;
  return sameCommit(commitArgs(contract.args, parsed.value.args, { salt, sha256 }), leaf.args_commit ?? {});
}

const leafOf = (place: Result<Place, NotInLog>): Leaf | null => (place.ok ? place.value.leaf : null);
const notInLog = (place: Result<Place, NotInLog>): Denial | null => (place.ok ? null : deny('not_in_log', place.error.why));
const refusalOf = (result: Result<unknown, Denial>, code?: Denial['code']): Denial | null =>
  result.ok || (code !== undefined && result.error.code !== code) ? null : result.error;
