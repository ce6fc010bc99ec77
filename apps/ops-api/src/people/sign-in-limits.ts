import type { Clock } from '@argus/kit/clock.ts';
import { denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { SecretHash } from '@argus/keys/secrets.ts';
import { addressBlock } from '../http/address-block.ts';
import type { SignInTurnStore, TurnKind } from './store.ts';

/**
 * Guessing is slow. A turn is taken before anything is compared, so that many at once are not many for the price of one;
 * who was right has it given back. An account rests after ten mistakes, an address after thirty, each for a quarter of an
 * hour that trying does not prolong; an owner ends the rest of an account sooner. Nobody is told that an account rests:
 * they would learn that it exists.
 */
const MINUTE_MS = 60_000;
export const ACCOUNT_TURNS: TurnKind = { max: 10, withinMs: 15 * MINUTE_MS, restMs: 15 * MINUTE_MS };
export const ADDRESS_TURNS: TurnKind = { max: 30, withinMs: 15 * MINUTE_MS, restMs: 15 * MINUTE_MS };
/** Of one who is signed in already: their mistakes must not lock the account itself. */
export const CONFIRM_TURNS: TurnKind = { max: 10, withinMs: 15 * MINUTE_MS, restMs: 15 * MINUTE_MS };
/** Of an address that comes for a token with a code: such codes are not guessed, they are stolen or mistyped. */
export const HANDOFF_TURNS: TurnKind = { max: 10, withinMs: 15 * MINUTE_MS, restMs: 15 * MINUTE_MS };
const SWEPT_EVERY_MS = MINUTE_MS;

export type LimitsDeps = { readonly clock: Clock; readonly secretHash: SecretHash; readonly signInTurns: SignInTurnStore };

export function createSignInLimits({ clock, secretHash, signInTurns: turns }: LimitsDeps) {
  const kinds = { account: ACCOUNT_TURNS, address: ADDRESS_TURNS, confirm: CONFIRM_TURNS, handoff: HANDOFF_TURNS } as const;
  type Kind = keyof typeof kinds;
  /** Not the name itself: what somebody typed may be a password in the wrong field. */
  const keyOf = (kind: Kind, of: string): Uint8Array => secretHash('account', `${kind} ${kind === 'address' || kind === 'handoff' ? addressBlock(of) : of}`);
  let sweptAt = clock.elapsed();

  return {
    /** In how many milliseconds to come back; null: the turn is taken. */
    take: (kind: Kind, of: string): Promise<number | null> => turns.take(keyOf(kind, of), kinds[kind], clock.now()),
    giveBack: (kind: Kind, of: string): Promise<void> => turns.giveBack(keyOf(kind, of)),
    clear: (kind: Kind, of: string): Promise<void> => turns.clear(keyOf(kind, of)),
    areResting: (emails: readonly string[]): Promise<readonly boolean[]> => (emails.length === 0 ? Promise.resolve([]) : turns.resting(emails.map((email) => keyOf('account', email)), ACCOUNT_TURNS, clock.now())),
    /** Now and then: what nobody can still be resting for. */
    async sweep(): Promise<void> {
      if (clock.elapsed() - sweptAt < SWEPT_EVERY_MS) return;
      sweptAt = clock.elapsed();
      await turns.sweep(clock.now() - ACCOUNT_TURNS.withinMs - ACCOUNT_TURNS.restMs);
    },
  };
}
export type SignInLimits = ReturnType<typeof createSignInLimits>;

export const comeBack = (waitMs: number): Denial => denyWith('rate_limited', { retry_after_s: Math.max(1, Math.ceil(waitMs / 1_000)) });
