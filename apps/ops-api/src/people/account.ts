/** What people do with their own account: look at their sign-ins, confirm, change their password and their second factor. */
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Random } from '@argus/keys/random.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { BeginTotp, ChangePassword, Confirm, LoginList, LoginShown, LoginsEnded, RecoveryCodes, TotpBegun } from '@argus/protocol/http/auth.ts';
import type { LoginId } from '@argus/protocol/ids.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PasskeyStore } from '../passkeys/store.ts';
import { recordRefusal, type RefusalDeps } from '../support/refusal.ts';
import type { Logins, Opened, Person } from './logins.ts';
import { problemWithPassword, type Passwords } from './passwords.ts';
import { qrMatrix } from './qr.ts';
import { newRecoveryCodes } from './recovery-codes.ts';
import { KEEPS_SECOND_FACTOR } from './roles.ts';
import type { SecondFactor } from './second-factor.ts';
import { comeBack, type SignInLimits } from './sign-in-limits.ts';
import { stepUpProblem } from './step-up.ts';
import type { LoginStore, UserStore } from './store.ts';
import { otpauthUri, toBase32, TOTP_SECRET_BYTES } from './totp.ts';
import { hasSecondFactor, type User } from './user.ts';

/** How long a second factor may take to set up. */
const PENDING_MS = 15 * 60_000;

export type AccountDeps = RefusalDeps & {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly users: Pick<UserStore, 'byId' | 'pendTotp' | 'burnTotpStep'>;
  readonly logins: Pick<LoginStore, 'openOf' | 'byId'> & Pick<Logins, 'show' | 'open' | 'confirm' | 'end' | 'putOut'>;
  readonly passkeys: Pick<PasskeyStore, 'ofUser'>;
  readonly passwords: Passwords;
  readonly factor: SecondFactor;
  readonly limits: SignInLimits;
};

export function makeAccount(deps: AccountDeps) {
  const { clock, users, logins, factor, limits } = deps;

  /** It was at the door a moment ago; removed meanwhile, it is nobody. */
  async function self({ principal }: Person): Promise<Result<User, Denial>> {
    const user = await users.byId(principal.login.user);
    return user?.state === 'active' ? ok(user) : err(deny('unauthenticated'));
  }
  async function shown(person: Person): Promise<Result<LoginShown, Denial>> {
    const found = await logins.show(person);
    return found ? ok(found) : err(deny('unauthenticated'));
  }
  const entry = ({ principal, ip }: Person, what: Pick<Attempt, 'type' | 'reason'> & Partial<Attempt>): Attempt => ({
    at: clock.now(), phase: 'fact', tenant: null, operator: principal.operator, ip, by: 'operator', outcome: 'ok', args: { user: principal.login.user, login: principal.tokenId }, ...what,
  });
  async function refuse(person: Person, denial: Denial, what: Pick<Attempt, 'type' | 'reason'>): Promise<Result<never, Denial>> {
    await recordRefusal(deps, entry(person, { ...what, outcome: 'refused', code: denial.code }));
    return err(denial);
  }
  /** Of whoever sits there now: with the cookie alone nobody guesses the rest. Being right about one thing gives back its own turn, and none of the guesses at another. */
  async function guarded<T>({ principal }: Person, work: () => Promise<Result<T, Denial>>): Promise<Result<T, Denial>> {
    const waits = await limits.take('confirm', principal.login.user);
    if (waits !== null) return err(comeBack(waits));
    const done = await work();
    if (done.ok) await limits.giveBack('confirm', principal.login.user);
    return done;
  }
  const others = async (person: Person) => (await logins.openOf(person.principal.login.user, clock.now())).map((login) => login.id).filter((id) => id !== person.principal.tokenId);
  const codesFor = (user: User) => {
    const codes = newRecoveryCodes(deps.random);
    return { codes, hashes: codes.map((code) => factor.recoveryHash(user.id, code)) };
  };

  return {
    show: shown,
    async signOut(person: Person): Promise<Result<{ signed_out: true }, Denial>> {
      const ended = await logins.end({ operator: person.principal.operator, ip: person.ip }, { user: person.principal.login.user, logins: [person.principal.tokenId], type: 'signed_out', reason: 'signed out' });
      return ended.ok ? ok({ signed_out: true }) : ended;
    },
    async list({ principal }: Person): Promise<Result<LoginList, Denial>> {
      const open = await logins.openOf(principal.login.user, clock.now());
      return ok({
        logins: open.map((l) => ({
          login_id: l.id, created_at: isoTime(l.createdAt), expires_at: isoTime(l.expiresAt), active_at: isoTime(l.activeAt), proof: l.proof, ip: l.ip, user_agent: l.userAgent, current: l.id === principal.tokenId,
        })),
      });
    },
    /** Ending what has ended changes nothing. */
    async endOne(person: Person, id: LoginId): Promise<Result<LoginsEnded, Denial>> {
      const login = await logins.byId(id);
      if (login?.user !== person.principal.login.user) return err(deny('login_not_found'));
      if (login.endedAt !== null) return ok({ ended: 0 });
      const ended = await logins.end({ operator: person.principal.operator, ip: person.ip }, { user: login.user, logins: [id], type: 'signed_out', reason: 'ended one of their own sign-ins' });
      return ended.ok ? ok({ ended: ended.value }) : ended;
    },

    confirm: (person: Person, { totp }: Confirm): Promise<Result<LoginShown, Denial>> =>
      guarded(person, async () => {
        const user = await self(person);
        if (!user.ok) return user;
        const denial = denyWith('step_up_required', { problems: [user.value.totp ? 'totp: is not the code of now, or was used before' : 'there is no second factor to confirm with; set one up first'] });
        if (!(await factor.takesTotp(user.value, totp))) return refuse(person, denial, { type: 'login_confirmed', reason: 'a code that was not right, or used before' });
        const confirmed = await logins.confirm(person, 'totp');
        return confirmed.ok ? shown(person) : confirmed;
      }),

    /** All sign-ins end; this one goes on under a new secret. */
    changePassword: (person: Person, { current, next }: ChangePassword): Promise<Result<Opened, Denial>> =>
      guarded(person, async () => {
        const user = await self(person);
        if (!user.ok) return user;
        const verified = await deps.passwords.verify(current, user.value.passwordHash);
        if (!verified.ok) return verified;
        if (!verified.value.isRight) return refuse(person, denyWith('wrong_password', { problems: ['current: is not your password'] }), { type: 'password_changed', reason: 'the current password was not right' });
        const problem = problemWithPassword(next, user.value.email);
        if (problem !== null) return err(denyWith('password_refused', { problems: [problem] }));
        const hashed = await deps.passwords.hash(next);
        if (!hashed.ok) return hashed;
        const rest = await others(person);
        const before = await logins.byId(person.principal.tokenId);
        const proof = before?.proof ?? 'password';
        const opened = await logins.open({ ...user.value, passwordHash: hashed.value }, person, { proof, checked: { passwordHash: hashed.value, totpAt: user.value.totp?.at ?? null } }, {
          type: 'password_changed',
          deeds: [
            { do: 'set_password', user: user.value.id, was: user.value.passwordHash, passwordHash: hashed.value },
            { do: 'end_logins', user: user.value.id, logins: 'all', at: clock.now() },
          ],
        });
        if (opened.ok) await logins.putOut(rest, { operator: user.value.email, ip: person.ip });
        return opened;
      }),

    /** It counts from its first code on; until then the old one does. Beside a factor that is there, that one is shown first. */
    beginTotp: (person: Person, { password }: BeginTotp): Promise<Result<TotpBegun, Denial>> =>
      guarded(person, async () => {
        const user = await self(person);
        if (!user.ok) return user;
        const hasFactor = user.value.totp !== null || (await deps.passkeys.ofUser(user.value.id)).length > 0;
        const denial = hasFactor ? stepUpProblem(person.principal, clock.now()) : null;
        if (denial) return err(denial);
        const verified = await deps.passwords.verify(password, user.value.passwordHash);
        if (!verified.ok) return verified;
        if (!verified.value.isRight) return refuse(person, denyWith('wrong_password', { problems: ['password: is not yours'] }), { type: 'second_factor_changed', reason: 'the password was not right' });
        const secret = deps.random(TOTP_SECRET_BYTES);
        await users.pendTotp(user.value.id, { sealed: factor.seal(user.value.id, secret), at: clock.now() });
        const uri = otpauthUri(secret, user.value.email);
        return ok({ otpauth_uri: uri, secret: toBase32(secret), qr: qrMatrix(uri).map((row) => row.map((dark) => (dark ? '1' : '0')).join('')) });
      }),

    /** Other sign-ins end: whoever sits there has not shown it. */
    setTotp: (person: Person, { totp }: Confirm): Promise<Result<RecoveryCodes, Denial>> =>
      guarded(person, async () => {
        const user = await self(person);
        if (!user.ok) return user;
        const pending = user.value.totpPending;
        const step = pending && clock.now() - pending.at < PENDING_MS ? factor.stepIn(user.value.id, pending.sealed, totp) : null;
        if (!pending || step === null) return refuse(person, denyWith('step_up_required', { problems: ['totp: is not the code of the app that is being set up; begin again if it took longer than 15 minutes'] }), { type: 'second_factor_changed', reason: 'the first code was not right, or came too late' });
        const [at, { codes, hashes }, rest] = [clock.now(), codesFor(user.value), await others(person)];
        const written = await deps.ledger.append(entry(person, { type: 'second_factor_changed', reason: user.value.totp ? 'another authenticator app took the place of the old one' : 'an authenticator app was set up' }), [
          { do: 'set_totp', user: user.value.id, pendingAt: pending.at, step, codes: hashes, at },
          { do: 'end_logins', user: user.value.id, logins: { but: person.principal.tokenId }, at },
          { do: 'confirm_login', login: person.principal.tokenId, by: 'totp', at },
        ]);
        if (!written.ok) return written;
        await logins.putOut(rest, { operator: user.value.email, ip: person.ip });
        return ok({ recovery_codes: [...codes] });
      }),

    async dropTotp(person: Person): Promise<Result<LoginShown, Denial>> {
      const user = await self(person);
      if (!user.ok) return user;
      const denial = KEEPS_SECOND_FACTOR.includes(user.value.role) ? deny('second_factor_stays') : stepUpProblem(person.principal, clock.now());
      if (denial) return refuse(person, denial, { type: 'second_factor_changed', reason: 'wanted to give up the second factor' });
      const written = await deps.ledger.append(entry(person, { type: 'second_factor_changed', reason: 'the authenticator app was given up' }), [{ do: 'drop_totp', user: user.value.id, at: clock.now() }]);
      return written.ok ? shown(person) : written;
    },

    async renewRecoveryCodes(person: Person): Promise<Result<RecoveryCodes, Denial>> {
      const user = await self(person);
      if (!user.ok) return user;
      const denial = hasSecondFactor(user.value) ? stepUpProblem(person.principal, clock.now()) : deny('step_up_required', 'there is nothing they would stand in for');
      if (denial) return refuse(person, denial, { type: 'second_factor_changed', reason: 'wanted new recovery codes' });
      const { codes, hashes } = codesFor(user.value);
      const written = await deps.ledger.append(entry(person, { type: 'second_factor_changed', reason: 'new recovery codes were made; the old ones are spent' }), [{ do: 'set_recovery_codes', user: user.value.id, codes: hashes, at: clock.now() }]);
      return written.ok ? ok({ recovery_codes: [...codes] }) : written;
    },
  };
}
