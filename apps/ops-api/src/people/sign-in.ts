/**
 * Signing in with a password. Whoever does not know a password learns nothing: not whether the account is there, rests or
 * has a second factor. All of them are the same answer after the same work.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { err, type Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import { SIGNS_IN_WITH_PASSKEY, type SignIn } from '@argus/protocol/http/auth.ts';
import { UNAUTHENTICATED } from '../audit/attempt.ts';
import { recordBeside, type RefusalDeps } from '../support/refusal.ts';
import type { AuthMode, From, Logins, Opened, Proved } from './logins.ts';
import type { Passwords } from './passwords.ts';
import type { SecondFactor } from './second-factor.ts';
import { comeBack, type SignInLimits } from './sign-in-limits.ts';
import type { UserStore } from './store.ts';
import { asksSecondFactor, emailOf, type User } from './user.ts';

export type SignInDeps = RefusalDeps & {
  readonly clock: Clock;
  readonly mode: AuthMode;
  /** Switched off, only roles that keep theirs are asked for a second factor. */
  readonly secondFactorIsOn: boolean;
  readonly users: Pick<UserStore, 'byEmail' | 'renewHash'>;
  readonly passwords: Passwords;
  readonly factor: SecondFactor;
  readonly limits: SignInLimits;
  readonly logins: Pick<Logins, 'open'>;
};

export function makeSignIn(deps: SignInDeps) {
  const { limits, passwords, factor } = deps;

  /**
   * Written beside the answer and not before it: whether an entry of its own is due depends on whose account it was, and
   * waiting for the disk would tell.
   */
  function refuse(from: From, user: User | null, { denial, why }: { denial: Denial; why: string }): Result<never, Denial> {
    recordBeside(deps, {
      at: deps.clock.now(), type: 'sign_in_refused', phase: 'fact', tenant: null, operator: user?.email ?? UNAUTHENTICATED, ip: from.ip, by: 'operator', reason: why, outcome: 'refused', code: denial.code,
    });
    return err(denial);
  }

  /** Null: shown, or not asked for. */
  async function secondProblem(user: User, { totp, recovery_code: recovery }: SignIn): Promise<{ readonly denial: Denial; readonly why: string } | Proved> {
    if (!asksSecondFactor(user, { isOn: deps.secondFactorIsOn })) return { proof: 'password' };
    if (totp !== undefined) return (await factor.takesTotp(user, totp)) ? { proof: 'password_totp', confirmedBy: 'totp' } : { denial: deny('sign_in_refused'), why: 'the code of the second factor was not right, or used before' };
    if (recovery !== undefined) return (await factor.takesRecoveryCode(user, recovery)) ? { proof: 'password_recovery' } : { denial: deny('sign_in_refused'), why: 'the recovery code was not right, or used before' };
    // With passkeys alone the password is not enough either: it would be the way around them.
    const denial = user.totp === null ? denyWith('second_factor_required', { problems: [SIGNS_IN_WITH_PASSKEY] }) : deny('second_factor_required');
    return { denial, why: 'no second factor came with it' };
  }

  return async function signIn(from: From, body: SignIn): Promise<Result<Opened, Denial>> {
    if (deps.mode !== 'local') return err(deny('sign_in_off'));
    const email = emailOf(body.email);
    const addressWaits = await limits.take('address', from.ip);
    if (addressWaits !== null) return refuse(from, null, { denial: comeBack(addressWaits), why: 'too many tries from this address' });
    const accountWaits = await limits.take('account', email);
    const user = await deps.users.byEmail(email);
    const isThere = user?.state === 'active';
    const verified = await passwords.verify(body.password, isThere ? user.passwordHash : null);
    if (!verified.ok) {
      // Nothing was compared, so nothing was guessed.
      await Promise.all([limits.giveBack('address', from.ip), ...(accountWaits === null ? [limits.giveBack('account', email)] : [])]);
      return verified;
    }
    if (!isThere || !verified.value.isRight || accountWaits !== null)
      return refuse(from, user, { denial: deny('sign_in_refused'), why: accountWaits === null ? 'unknown, or a wrong password' : 'the account rests after too many tries' });

    const second = await secondProblem(user, body);
    if ('denial' in second) {
      if (second.denial.code !== 'second_factor_required') return refuse(from, user, second);
      await limits.giveBack('address', from.ip);
      return err(second.denial);
    }
    const left = user.recoveryCodesLeft - (second.proof === 'password_recovery' ? 1 : 0);
    const opened = await deps.logins.open({ ...user, recoveryCodesLeft: left }, from, { ...second, checked: { passwordHash: user.passwordHash, totpAt: user.totp?.at ?? null } });
    if (!opened.ok) return opened;
    await Promise.all([limits.clear('account', email), limits.giveBack('address', from.ip)]);
    if (verified.value.renewed !== null && user.passwordHash !== null) await deps.users.renewHash(user.id, user.passwordHash, verified.value.renewed);
    return opened;
  };
}
