/**
 * Signing in by way of the identity provider (AUTH_MODE=oidc). Who somebody is, is their subject there; what they may do
 * follows from their groups, anew each time; who is in no group that means anything is nobody here.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { toBase64Url } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sameSecretText } from '@argus/keys/hash.ts';
import type { Random } from '@argus/keys/random.ts';
import type { SecretHash } from '@argus/keys/secrets.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { newHandle } from '@argus/protocol/ids.ts';
import { cleanText } from '@argus/protocol/text.ts';
import { UNAUTHENTICATED } from '../audit/attempt.ts';
import type { AuthMode, From, Logins, Opened } from '../people/logins.ts';
import { scopesOf } from '../people/roles.ts';
import { comeBack, type SignInLimits } from '../people/sign-in-limits.ts';
import type { LoginStore, UserStore } from '../people/store.ts';
import { emailOf, type User } from '../people/user.ts';
import type { Deed, NonceStore } from '../ports.ts';
import { recordRefusal, type RefusalDeps } from '../support/refusal.ts';
import type { CallbackQuery, CodeFlow, FlowFlaw } from './code-flow.ts';
import type { Vouched } from './id-token.ts';
import { placeOf, type GroupPlace, type Place } from './places.ts';
import type { Subject, SubjectStore } from './store.ts';

/** How long somebody may take at the provider. */
export const ATTEMPT_MS = 10 * 60_000;

export type OidcSignInDeps = RefusalDeps & {
  readonly clock: Clock;
  readonly random: Random;
  readonly secretHash: SecretHash;
  readonly mode: AuthMode;
  readonly issuer: string;
  readonly places: readonly GroupPlace[];
  readonly flow: CodeFlow;
  readonly nonces: Pick<NonceStore, 'burn'>;
  readonly users: Pick<UserStore, 'byId' | 'byEmail'>;
  readonly subjects: SubjectStore;
  readonly logins: Pick<LoginStore, 'openOf'> & Pick<Logins, 'open' | 'putOut'>;
  readonly limits: Pick<SignInLimits, 'take' | 'giveBack'>;
};
/** `attempt` goes into a cookie of this browser and nowhere else. */
export type Begun = { readonly url: string; readonly attempt: string };
export type CameBack = Opened & { readonly returnTo: string };

/** A place in the console: what stands behind its #, with what it is asked. Anything else, an address above all, is the beginning. */
const PLACE = /^\/[A-Za-z0-9/_.:-]{0,200}(\?[A-Za-z0-9_.=&+-]{1,300})?$/;
export const returnPlace = (asked: string | undefined): string => (asked !== undefined && PLACE.test(asked) && !asked.startsWith('//') ? asked : '/');

export function makeOidcSignIn(deps: OidcSignInDeps) {
  const { clock, flow } = deps;

  /** Seed, end and place, under a MAC: a browser keeps it and changes nothing in it. */
  const macOf = (text: string): string => toBase64Url(deps.secretHash('oidc_attempt', text));
  const attemptOf = (seed: string, until: number, returnTo: string): string => {
    const text = `${seed}.${until}.${Buffer.from(returnTo).toString('base64url')}`;
    return `${text}.${macOf(text)}`;
  };
  function readAttempt(cookie: string | undefined): { readonly seed: string; readonly until: number; readonly returnTo: string } | null {
    const [, text = '', seed = '', until = '', place = '', mac = ''] = /^(([A-Za-z0-9_-]{43})\.(\d{13})\.([A-Za-z0-9_-]{1,300}))\.([A-Za-z0-9_-]{43})$/.exec(cookie ?? '') ?? [];
    if (text === '' || !sameSecretText(macOf(text), mac) || Number(until) <= clock.now()) return null;
    return { seed, until: Number(until), returnTo: returnPlace(Buffer.from(place, 'base64url').toString()) };
  }

  async function refuse(from: From, { flaw, email, denial = deny('provider_refused', flaw) }: { readonly flaw: string; readonly email?: string; readonly denial?: Denial }): Promise<Result<never, Denial>> {
    await recordRefusal(deps, { at: clock.now(), type: 'sign_in_refused', phase: 'fact', tenant: null, operator: email ?? UNAUTHENTICATED, ip: from.ip, by: 'operator', reason: `identity provider: ${flaw}`, outcome: 'refused', code: denial.code });
    return err(denial);
  }

  /** Who that is here, and what has to be written for it. */
  async function userFor({ email, name, subject }: Vouched, place: Place): Promise<Result<{ readonly user: User; readonly deeds: readonly Deed[]; readonly isNew: boolean }, string>> {
    const [of, at]: [Subject, number] = [{ issuer: deps.issuer, subject }, clock.now()];
    const bound = await deps.subjects.userOf(of);
    const known = bound ? await deps.users.byId(bound) : await deps.users.byEmail(emailOf(email));
    if (known === null) {
      const user = newUser({ id: newHandle('user', deps.random), email: emailOf(email), name: cleanText(name ?? email, 100), place, at });
      return ok({ user, deeds: [{ do: 'join_from_provider', user, of, at }], isNew: true });
    }
    if (known.state !== 'active') return err('the user was disabled or removed here');
    if (bound === null && (await deps.subjects.isBound(known.id))) return err('somebody else had this e-mail at the provider');
    const isSame = known.role === place.role && JSON.stringify(known.tenants) === JSON.stringify(place.tenants);
    const deeds: Deed[] = [];
    if (bound === null) deeds.push({ do: 'bind_subject', user: known.id, of, at });
    if (!isSame) deeds.push({ do: 'change_user', user: known.id, was: known, ...place, state: 'active', scopes: scopesOf(place.role), at });
    return ok({ user: { ...known, ...place }, deeds, isNew: false });
  }

  return {
    async begin(returnTo: string | undefined): Promise<Result<Begun, Denial>> {
      if (deps.mode !== 'oidc') return err(deny('sign_in_off'));
      const begun = await flow.begin();
      return begun ? ok({ url: begun.url, attempt: attemptOf(begun.seed, clock.now() + ATTEMPT_MS, returnPlace(returnTo)) }) : err(deny('provider_unavailable'));
    },

    async comeBack(from: From, { query, cookie }: { readonly query: CallbackQuery; readonly cookie: string | undefined }): Promise<Result<CameBack, Denial>> {
      if (deps.mode !== 'oidc') return err(deny('sign_in_off'));
      const attempt = readAttempt(cookie);
      if (attempt === null) return refuse(from, { flaw: 'no_attempt' satisfies FlowFlaw });
      if (!flow.isOwn(attempt.seed, query)) return refuse(from, { flaw: 'state' satisfies FlowFlaw });
      const waits = await deps.limits.take('address', from.ip);
      if (waits !== null) return refuse(from, { flaw: 'too many tries from this address', denial: comeBack(waits) });
      if (!(await deps.nonces.burn('oidc', toBase64Url(deps.secretHash('oidc_attempt', attempt.seed)), attempt.until))) return refuse(from, { flaw: 'the attempt was used before' });
      const vouched = await flow.finish(attempt.seed, query);
      if (!vouched.ok) return refuse(from, { flaw: vouched.error, ...(vouched.error === 'provider_unavailable' && { denial: deny('provider_unavailable') }) });
      const { email, groups } = vouched.value;
      const place = placeOf(groups, deps.places);
      if (place === null) return refuse(from, { flaw: 'none of their groups means anything here', email });
      const found = await userFor(vouched.value, place);
      if (!found.ok) return refuse(from, { flaw: found.error, email });
      const { user, deeds, isNew } = found.value;
      // What somebody may do changed: their other sign-ins end with it.
      const ended = deeds.some((deed) => deed.do === 'change_user') ? (await deps.logins.openOf(user.id, clock.now())).map(({ id }) => id) : [];
      const type = isNew ? 'user_joined' : ended.length > 0 || deeds.some((deed) => deed.do === 'change_user') ? 'user_changed' : undefined;
      const opened = await deps.logins.open(user, from, { proof: 'oidc' }, { deeds, ...(type && { type }) });
      if (!opened.ok) return refuse(from, { flaw: opened.error.code, email, denial: opened.error });
      await Promise.all([deps.limits.giveBack('address', from.ip), deps.logins.putOut(ended, { operator: user.email, ip: from.ip })]);
      return ok({ ...opened.value, returnTo: attempt.returnTo });
    },
  };
}
export type OidcSignIn = ReturnType<typeof makeOidcSignIn>;

const newUser = ({ id, email, name, place, at }: { readonly id: User['id']; readonly email: string; readonly name: string; readonly place: Place; readonly at: number }): User => ({
  id, email, name, ...place, state: 'active', createdAt: at, createdBy: 'identity provider', passwordHash: null, totp: null, totpPending: null, recoveryCodesLeft: 0, passkeys: 0, lastSignInAt: null,
});
