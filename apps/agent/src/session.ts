import { toBase64Url } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { signValue } from '@argus/keys/signature.ts';
import type { CarriedScope } from '@argus/protocol/consent-scope.ts';
import { deny, type Denial, type ErrorCode } from '@argus/protocol/errors.ts';
import type { DownFrame, UpFrame } from '@argus/protocol/frames.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import type { SignedEnd } from '@argus/protocol/signed.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { CHALLENGE_EVERY_MS, challenged, endOf, msLeft, renewed, wake, type Activation } from './activation.ts';
import { consentEndOf, keepOf } from './consent.ts';
import { inOrder } from './indicator.ts';
import type { AgentDeps } from './ports.ts';
import { isReceiptStanding, type HeldReceipt } from './receipt.ts';

export type Ended = NonNullable<Extract<UpFrame, { type: 'heartbeat' }>['ended']>;

/** What a server may say of an end. We sign the word, so it never says for us what only this machine can know. */
const SERVER_SAYS = ['deactivate', 'expired', 'disarmed', 'consent_withdrawn', 'agent_revoked', 'agent_lost', 'not_acknowledged', 'server_shutdown'];
/** The owner threw the switch. Ours to say: no server may say it for us. */
const SWITCHED_OFF = 'tenant_kill_switch';
/** The owner revoked the receipt here, or pinned a key that it is not signed with. */
const REVOKED = 'consent_withdrawn';
const CALLED_OFF: Readonly<Record<string, ErrorCode>> = { [SWITCHED_OFF]: 'tenant_switched_off', [REVOKED]: 'tenant_consent_required' };
export const endingSaid = (why: string): string => (SERVER_SAYS.includes(why) ? why : 'deactivate');

export type Waking = {
  readonly session: SessionId;
  readonly epoch: number;
  readonly leaf: Leaf;
  readonly minutes: number;
  readonly scope: CarriedScope | null;
  readonly receipt?: HeldReceipt | null; // absent: none
  /** The act is in the witness, or why not. */
  readonly stored: Promise<Denial | null>;
};

/** The one session there can be: asleep, waking or awake. However it ends, it ends here and always the same way. */
export function createSession(
  deps: Pick<AgentDeps, 'clock' | 'random' | 'trust' | 'identity' | 'indicator' | 'killSwitch' | 'consent' | 'activity' | 'note'>,
  tell: { readonly send: (frame: UpFrame) => void; readonly ended: (end: Ended) => void },
) {
  const { clock, trust } = deps;
  const indicator = inOrder(deps.indicator);
  let activation: Activation | null = null; // null: dormant
  let waking: { readonly session: SessionId; calledOff: string | null } | null = null;
  let cancelEnd = () => {};
  let cancelChallenge = () => {};

  const lower = () => void indicator.lower().catch((problem: unknown) => deps.note('indicator_not_lowered', { problem: String(problem) }));

  function end(how: string): void {
    if (waking) waking.calledOff ??= how;
    if (!activation) return;
    const { session } = activation;
    activation = null;
    cancelEnd();
    cancelChallenge();
    lower();
    const at = isoTime(clock.now());
    const signed: SignedEnd = { instance: trust.instance, tenant: trust.tenant, agent: trust.agent, session, how, at };
    deps.note('session_ended', { session, how });
    deps.activity.record({ at, what: 'session_ended', phase: 'fact', session, code: how });
    tell.ended({ session, how, at, signature: signValue(deps.identity, 'end', signed) });
  }

  /** What the owner did on the machine itself, by its files alone if need be. */
  function ownersEnd(receipt: HeldReceipt | null): typeof SWITCHED_OFF | typeof REVOKED | null {
    if (deps.killSwitch.isOff()) return SWITCHED_OFF;
    return isReceiptStanding(deps.consent.state(), receipt) ? null : REVOKED;
  }

  /** Asked before anything is done: a clock may have moved further than the timers noticed. */
  function live(): Activation | null {
    const over = activation && (ownersEnd(activation.receipt) ?? endOf(activation, clock));
    if (over) end(over);
    return activation;
  }

  function watchEnd(): void {
    cancelEnd();
    if (live()) cancelEnd = clock.after(activation ? msLeft(activation, clock) : 0, watchEnd);
  }

  function challenge(): void {
    cancelChallenge();
    const awake = live();
    if (!awake) return;
    const text = toBase64Url(deps.random(16));
    activation = challenged(awake, text, clock);
    tell.send({ type: 'challenge', session: awake.session, challenge: text });
    cancelChallenge = clock.after(CHALLENGE_EVERY_MS, challenge);
  }

  async function raise(notice: Parameters<typeof indicator.raise>[0]): Promise<boolean> {
    try {
      await indicator.raise(notice);
      return true;
    } catch (problem) {
      deps.note('indicator_not_raised', { problem: String(problem) });
      lower(); // it may stand half
      return false;
    }
  }

  return {
    live,
    end,
    /** Live or not: nobody has looked yet. */
    holding: (): SessionId | null => activation?.session ?? null,
    isConsentGone: (): boolean => activation !== null && ownersEnd(activation.receipt) === REVOKED,
    switchOff: (): void => end(SWITCHED_OFF),
    challenge,
    isFree: (): boolean => !waking && !live(),
    isFor: (session: SessionId): boolean => (waking ?? activation)?.session === session,

    /** Takes the place at once, so that nobody else can; the answer is why it did not wake. */
    async wake({ session, epoch, leaf, minutes, scope, receipt = null, stored }: Waking): Promise<Denial | null> {
      const mine: NonNullable<typeof waking> = { session, calledOff: null };
      waking = mine;
      const calledOff = (): Denial | null => {
        const how = ownersEnd(receipt) ?? mine.calledOff;
        return how === null ? null : deny(CALLED_OFF[how] ?? 'session_expired', 'called off');
      };
      try {
        const { operator = '', reason = '' } = leaf;
        const consentEnds = consentEndOf(leaf);
        if (!consentEnds.ok) return deny('tenant_consent_required', consentEnds.error);
        const next = wake(clock, { session, epoch, operator, at: Date.parse(leaf.at), minutes, scope, consentEnds: consentEnds.value, receipt, keep: keepOf(leaf, receipt && receipt.receipt) });
        const forgotten = await stored;
        if (forgotten) return forgotten;
        const early = calledOff();
        if (early) return early;
        // The owner sees it before anybody is told that it works.
        const shown = { operator: cleanText(operator, 320), reason: cleanText(reason, 500) };
        if (!(await raise({ session, ...shown, until: next.ends.wall }))) return deny('indicator_failed');
        const late = calledOff() ?? (endOf(next, clock) === null ? null : deny('session_expired', 'its time was up before the indicator was'));
        if (late) {
          lower();
          return late;
        }
        activation = next;
        deps.note('session_started', { session, operator: shown.operator, minutes });
        tell.send({ type: 'activated', session, indicator: true });
        watchEnd();
        challenge();
        return null;
      } finally {
        waking = null;
      }
    },

    renew(tick: Extract<DownFrame, { type: 'tick' }>): void {
      const awake = live();
      if (awake?.session !== tick.session) return;
      activation = renewed(awake, tick, clock);
      watchEnd();
    },
  };
}
export type Session = ReturnType<typeof createSession>;
