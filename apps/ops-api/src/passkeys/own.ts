/**
 * What people do with their own passkeys: make one, look, give one up, confirm with one. A cookie alone gives nobody a
 * factor of their own: who has one shows it first, who has none says the password, and who has none of that signed in at
 * the identity provider a moment ago.
 */
import { fromBase64, toBase64, utf8 } from '@argus/kit/bytes.ts';
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Random } from '@argus/keys/random.ts';
import { COSE_ALGORITHMS } from '@argus/keys/webauthn/passkey.ts';
import { readRegistration } from '@argus/keys/webauthn/register.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { LoginShown } from '@argus/protocol/http/auth.ts';
import type { AddPasskey, BeginPasskey, NewPasskeyAsked, PasskeyAsked, PasskeyList, PasskeyView, RenamePasskey, UsePasskey } from '@argus/protocol/http/passkeys.ts';
import { newHandle, type PasskeyId } from '@argus/protocol/ids.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Logins, Person } from '../people/logins.ts';
import type { Passwords } from '../people/passwords.ts';
import { KEEPS_SECOND_FACTOR } from '../people/roles.ts';
import { comeBack, type SignInLimits } from '../people/sign-in-limits.ts';
import { STEP_UP_FRESH_MS, stepUpProblem } from '../people/step-up.ts';
import type { LoginStore, UserStore } from '../people/store.ts';
import type { User } from '../people/user.ts';
import { recordRefusal, type RefusalDeps } from '../support/refusal.ts';
import type { Asked, Challenges } from './challenges.ts';
import type { Site } from './site.ts';
import type { Passkey, PasskeyStore } from './store.ts';
import { makeUsePasskey } from './use.ts';

/** One for each device somebody has, and a few in a drawer. */
export const PASSKEYS_MAX = 20;

export type OwnPasskeysDeps = RefusalDeps & {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly site: () => Site | null;
  readonly challenges: Challenges;
  readonly passkeys: PasskeyStore;
  readonly users: Pick<UserStore, 'byId'>;
  readonly logins: Pick<LoginStore, 'byId' | 'openOf'> & Pick<Logins, 'show' | 'confirm' | 'putOut'>;
  readonly passwords: Pick<Passwords, 'verify'>;
  readonly limits: Pick<SignInLimits, 'take' | 'giveBack'>;
};

export function makeOwnPasskeys(deps: OwnPasskeysDeps) {
  const { clock, challenges, passkeys, logins } = deps;
  const use = makeUsePasskey(deps);
  const NO_SITE = denyWith('passkey_refused', { problems: ['people reach this server by an address, and browsers make passkeys for names only; set ARGUS_PUBLIC_URL'] });

  async function self({ principal }: Person): Promise<Result<User, Denial>> {
    const user = await deps.users.byId(principal.login.user);
    return user?.state === 'active' ? ok(user) : err(deny('unauthenticated'));
  }
  async function shown(person: Person): Promise<Result<LoginShown, Denial>> {
    const found = await logins.show(person);
    return found ? ok(found) : err(deny('unauthenticated'));
  }
  const entry = ({ principal, ip }: Person, what: Pick<Attempt, 'type' | 'reason'> & Partial<Attempt>): Attempt => ({
    at: clock.now(), phase: 'fact', tenant: null, operator: principal.operator, ip, by: 'operator', outcome: 'ok', ...what, args: { user: principal.login.user, login: principal.tokenId, ...what.args },
  });
  async function refuse(person: Person, denial: Denial, what: Pick<Attempt, 'type' | 'reason'>): Promise<Result<never, Denial>> {
    await recordRefusal(deps, entry(person, { ...what, outcome: 'refused', code: denial.code }));
    return err(denial);
  }
  const askedOf = ({ principal }: Person, what: Asked['for']): Asked => ({ for: what, login: principal.tokenId });

  /** What this person has to show before they may have a passkey more; null: shown. */
  async function inTheWay(person: Person, user: User, { password }: BeginPasskey): Promise<Denial | null> {
    const hasFactor = user.totp !== null || (await passkeys.ofUser(user.id)).length > 0;
    if (hasFactor) return stepUpProblem(person.principal, clock.now());
    if (user.passwordHash === null) {
      const login = await logins.byId(person.principal.tokenId);
      return login && clock.now() - login.createdAt <= STEP_UP_FRESH_MS ? null : denyWith('step_up_required', { problems: ['sign in again, and make the passkey within five minutes'] });
    }
    if (password === undefined) return denyWith('wrong_password', { problems: ['password: is needed for the first second factor'] });
    const waits = await deps.limits.take('confirm', user.id);
    if (waits !== null) return comeBack(waits);
    const verified = await deps.passwords.verify(password, user.passwordHash);
    if (!verified.ok) return verified.error;
    if (!verified.value.isRight) return denyWith('wrong_password', { problems: ['password: is not yours'] });
    await deps.limits.giveBack('confirm', user.id);
    return null;
  }

  return {
    async begin(person: Person, body: BeginPasskey): Promise<Result<NewPasskeyAsked, Denial>> {
      const user = await self(person);
      if (!user.ok) return user;
      const site = deps.site();
      if (site === null) return err(NO_SITE);
      const denial = await inTheWay(person, user.value, body);
      if (denial) return refuse(person, denial, { type: 'second_factor_changed', reason: 'wanted a passkey, without showing enough for one' });
      const { challenge, until } = challenges.issue(askedOf(person, 'add'));
      return ok({
        challenge: toBase64(challenge),
        rp: { id: site.rpId, name: 'Argus' },
        user: { id: toBase64(utf8(user.value.id)), name: user.value.email, display_name: user.value.name },
        algorithms: Object.values(COSE_ALGORITHMS),
        exclude: (await passkeys.ofUser(user.value.id)).map((key) => toBase64(key.credentialId)),
        expires_at: isoTime(until),
      });
    },

    /** The first factor of somebody ends their other sign-ins: whoever sits there has not shown it. */
    async add(person: Person, { name, client_data, attestation_object }: AddPasskey): Promise<Result<PasskeyView, Denial>> {
      const user = await self(person);
      if (!user.ok) return user;
      const [site, clientData, attestationObject, asked] = [deps.site(), fromBase64(client_data), fromBase64(attestation_object), askedOf(person, 'add')];
      const what = { type: 'second_factor_changed', reason: 'a passkey that was not taken' } as const;
      const refused = (why: string) => refuse(person, denyWith('passkey_refused', { problems: [why] }), what);
      if (site === null || clientData === null || attestationObject === null) return err(NO_SITE);
      const challenge = challenges.of(clientData, asked);
      if (challenge === null) return refused('its challenge is over, or was for something else');
      const made = readRegistration({ attestationObject, clientData }, { challenge, origins: site.origins, rpId: site.rpId });
      if (!made.ok) return refused(made.error);
      if (!(await challenges.spend(challenge, asked))) return refused('its challenge was used before');
      const at = clock.now();
      const isFirst = user.value.totp === null && (await passkeys.ofUser(user.value.id)).length === 0;
      const others = isFirst ? (await logins.openOf(user.value.id, at)).map(({ id }) => id).filter((id) => id !== person.principal.tokenId) : [];
      const { key, id, counter } = made.value;
      const passkey: Passkey = { id: newHandle('passkey', deps.random), user: user.value.id, credentialId: id, name, alg: key.alg, publicKey: key.public_key, rpId: site.rpId, counter, createdAt: at, lastUsedAt: null };
      const written = await deps.ledger.append(entry(person, { type: 'second_factor_changed', reason: `passkey ${name} made`, args: { passkey: passkey.id } }), [
        { do: 'add_passkey', passkey: { ...passkey, of: PASSKEYS_MAX } },
        { do: 'end_logins', user: user.value.id, logins: isFirst ? { but: person.principal.tokenId } : [], at },
        { do: 'confirm_login', login: person.principal.tokenId, by: 'passkey', at },
      ]);
      if (!written.ok) return written;
      await logins.putOut(others, { operator: user.value.email, ip: person.ip });
      return ok(viewOf(passkey, site));
    },

    async list(person: Person): Promise<Result<PasskeyList, Denial>> {
      const keys = await passkeys.ofUser(person.principal.login.user);
      return ok({ passkeys: keys.map((key) => viewOf(key, deps.site())) });
    },

    /** A name opens nothing, so no touch is asked for. */
    async rename(person: Person, id: PasskeyId, { name }: RenamePasskey): Promise<Result<PasskeyList, Denial>> {
      const written = await deps.ledger.append(entry(person, { type: 'second_factor_changed', reason: `a passkey is called ${name} now`, args: { passkey: id } }), [{ do: 'rename_passkey', user: person.principal.login.user, passkey: id, name }]);
      return written.ok ? this.list(person) : written;
    },

    /** Who needs a second factor keeps the last one, and so does who signs in with nothing else. */
    async remove(person: Person, id: PasskeyId): Promise<Result<PasskeyList, Denial>> {
      const user = await self(person);
      if (!user.ok) return user;
      const what = { type: 'second_factor_changed', reason: 'wanted to give up a passkey' } as const;
      const denial = stepUpProblem(person.principal, clock.now());
      if (denial) return refuse(person, denial, what);
      const keepsOne = KEEPS_SECOND_FACTOR.includes(user.value.role);
      const written = await deps.ledger.append(entry(person, { type: 'second_factor_changed', reason: 'a passkey was given up', args: { passkey: id } }), [{ do: 'remove_passkey', user: user.value.id, passkey: id, keepsOne, at: clock.now() }]);
      if (written.ok) return this.list(person);
      return written.error.code === 'second_factor_stays' ? refuse(person, written.error, what) : written;
    },

    async beginConfirm(person: Person): Promise<Result<PasskeyAsked, Denial>> {
      const site = deps.site();
      if (site === null) return err(NO_SITE);
      const { challenge, until } = challenges.issue(askedOf(person, 'confirm'));
      const keys = await passkeys.ofUser(person.principal.login.user);
      return ok({ challenge: toBase64(challenge), rp_id: site.rpId, expires_at: isoTime(until), allow: keys.map((key) => toBase64(key.credentialId)) });
    },

    async confirm(person: Person, body: UsePasskey): Promise<Result<LoginShown, Denial>> {
      const used = await use(body, askedOf(person, 'confirm'), person.principal.login.user);
      if (!used.ok) return refuse(person, used.error.denial, { type: 'login_confirmed', reason: 'a passkey that was not taken' });
      const confirmed = await logins.confirm(person, 'passkey');
      return confirmed.ok ? shown(person) : confirmed;
    },
  };
}
export type OwnPasskeys = ReturnType<typeof makeOwnPasskeys>;

const viewOf = (key: Passkey, site: Site | null): PasskeyView => ({
  passkey_id: key.id,
  credential_id: toBase64(key.credentialId),
  name: key.name,
  alg: key.alg,
  created_at: isoTime(key.createdAt),
  last_used_at: key.lastUsedAt === null ? null : isoTime(key.lastUsedAt),
  operator_key: { kind: 'passkey', alg: key.alg, public_key: key.publicKey, rp_id: key.rpId, origins: [...(site?.rpId === key.rpId ? site.origins : [`https://${key.rpId}`])] },
});
