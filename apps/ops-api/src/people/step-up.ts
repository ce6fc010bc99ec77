/**
 * A sign-in may be an hour old, and somebody else may sit there by now. What opens something asks a person to confirm with
 * a second factor; a token was made for what it does and is not asked.
 *
 * The seam for passkeys: a route whose body can carry an assertion over the hash of this very request hands it in as
 * `assertedFor`. It answers true only for an assertion that was checked, by the person who is signed in, over this request;
 * then nothing needs to have been confirmed before. Where a passkey confirms a sign-in as such, `people/logins.ts` takes it:
 * `confirm(who, 'passkey')`.
 */
import type { Gate } from '@argus/kit/gate.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { Principal } from './principal.ts';

/** How long a confirmation counts. In code on purpose. */
export const STEP_UP_FRESH_MS = 5 * 60_000;

export type StepUpFacts = {
  readonly principal: () => Promise<Principal | null>;
  readonly now: number;
  readonly assertedFor?: (() => Promise<boolean>) | undefined;
};

export const isConfirmed = ({ login }: Principal, now: number): boolean =>
  !login || (login.confirmedAt !== null && login.confirmedAt <= now && now - login.confirmedAt <= STEP_UP_FRESH_MS);

/** For what is no ladder. Null: go on. */
export const stepUpProblem = (principal: Principal, now: number): Denial | null => (isConfirmed(principal, now) ? null : deny('step_up_required'));

export const stepUp: Gate<StepUpFacts, Denial> = {
  name: 'step_up',
  check: async ({ principal, now, assertedFor }) => {
    const who = await principal();
    return who && (isConfirmed(who, now) || (await assertedFor?.()) === true) ? null : deny('step_up_required');
  },
};
