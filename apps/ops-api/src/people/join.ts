/**
 * A link, once: for somebody new, or for who begins anew. Its secret stands in the fragment, which no browser sends and no
 * proxy logs; the page reads it there and sends it in a body.
 */
import { toBase64Url } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deriveKey, hmac, sameSecretText } from '@argus/keys/hash.ts';
import type { Random } from '@argus/keys/random.ts';
import { newInvitation, type SecretHash } from '@argus/keys/secrets.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { Redeem, Redeemed } from '@argus/protocol/http/auth.ts';
import { mustId, newHandle, type InstanceId, type Invitation } from '@argus/protocol/ids.ts';
import { UNAUTHENTICATED } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { recordBeside, type RefusalDeps } from '../support/refusal.ts';
import type { AuthMode, From, Logins } from './logins.ts';
import { problemWithPassword, type Passwords } from './passwords.ts';
import type { SecondFactor } from './second-factor.ts';
import { comeBack, type SignInLimits } from './sign-in-limits.ts';
import type { InvitationRow, LoginStore, PeopleDeed, UserStore } from './store.ts';
import { emailOf, type User } from './user.ts';

/** In code on purpose. */
export const INVITED_FOR_MS = 72 * 3_600_000;
export const OWNER_LINK_FOR_MS = 24 * 3_600_000;

/**
 * The link of the very first owner follows from the master key: it is the same however often it is shown, it is written
 * down nowhere, and it opens nothing once there is an owner.
 */
export const firstOwnerCode = (masterKey: Uint8Array, instance: InstanceId): Invitation =>
  mustId('invitation', `inv_${toBase64Url(hmac(deriveKey(masterKey, 'argus/first-owner/v1'), instance))}`);

export const joinLink = (origin: string, code: Invitation): string => `${origin}/#/join/${code}`;

/** At the server itself: whoever has the master key at hand gets a link. */
export async function ownerLink(deps: { readonly clock: Clock; readonly random: Random; readonly secretHash: SecretHash; readonly masterKey: Uint8Array; readonly instance: InstanceId; readonly users: Pick<UserStore, 'hasOwner'>; readonly ledger: Pick<Ledger, 'append'> }): Promise<Result<Invitation, Denial>> {
  if (!(await deps.users.hasOwner())) return ok(firstOwnerCode(deps.masterKey, deps.instance));
  const [at, code] = [deps.clock.now(), newInvitation(deps.random)];
  const invitation: InvitationRow = { codeHash: deps.secretHash('invitation', code), email: null, user: null, role: 'owner', tenants: null, createdBy: 'server', createdAt: at, expiresAt: at + OWNER_LINK_FOR_MS, usedAt: null };
  const written = await deps.ledger.append({ at, type: 'owner_link_made', phase: 'fact', tenant: null, operator: 'server', by: 'server', reason: 'a link for an owner made at the server', outcome: 'ok' }, [{ do: 'invite', invitation }]);
  return written.ok ? ok(code) : written;
}

export type JoinDeps = RefusalDeps & {
  readonly clock: Clock;
  readonly random: Random;
  readonly secretHash: SecretHash;
  readonly masterKey: Uint8Array;
  readonly instance: InstanceId;
  readonly mode: AuthMode;
  /** What the first owner shows beside the password from the start, when a setting says so. */
  readonly firstOwnerTotp?: Uint8Array | undefined;
  readonly users: Pick<UserStore, 'hasOwner' | 'invitation' | 'byEmail' | 'byId'>;
  readonly logins: Pick<LoginStore, 'openOf'> & Pick<Logins, 'putOut'>;
  readonly passwords: Pick<Passwords, 'hash'>;
  readonly factor: Pick<SecondFactor, 'seal'>;
  readonly limits: SignInLimits;
};
type Link = Pick<InvitationRow, 'email' | 'user' | 'role' | 'tenants' | 'createdBy'> & { readonly codeHash: Uint8Array | null };

export function makeJoin(deps: JoinDeps) {
  const { clock, users } = deps;

  async function linkOf(code: Invitation): Promise<Link | null> {
    if (sameSecretText(code, firstOwnerCode(deps.masterKey, deps.instance)))
      return (await users.hasOwner()) ? null : { codeHash: null, email: null, user: null, role: 'owner', tenants: null, createdBy: 'server' };
    const found = await users.invitation(deps.secretHash('invitation', code));
    return found && found.usedAt === null && clock.now() < found.expiresAt ? found : null;
  }

  function refuse(from: From, denial: Denial): Result<never, Denial> {
    recordBeside(deps, {
      at: clock.now(), type: 'invitation_refused', phase: 'fact', tenant: null, operator: UNAUTHENTICATED, ip: from.ip, by: 'operator', reason: 'a link that is spent, expired or not one of ours', outcome: 'refused', code: denial.code,
    });
    return err(denial);
  }

  /** Who it is for: somebody who is there, or an e-mail nobody has. */
  async function personOf(link: Link, given: string | undefined): Promise<Result<{ readonly email: string; readonly user: User | null }, Denial>> {
    const named = link.user && (await users.byId(link.user));
    const email = named?.email ?? link.email ?? (given === undefined ? null : emailOf(given));
    if (email === null) return err(denyWith('bad_request', { problems: ['email: is missing; this link names nobody'] }));
    if (given !== undefined && emailOf(given) !== email) return err(denyWith('bad_request', { problems: ['email: is not the one that was invited'] }));
    if (named) return ok({ email, user: named });
    const known = await users.byEmail(email);
    // An owner's link made at the server gives an owner their account back; nobody else's is taken over by it.
    if (known && !(link.email === null && known.role === 'owner' && known.state === 'active')) return err(deny('user_exists'));
    return ok({ email, user: known });
  }

  function deedOf(link: Link, { email, user }: { email: string; user: User | null }, { name, passwordHash, at }: { name: string; passwordHash: string; at: number }): Extract<PeopleDeed, { do: 'join' | 'begin_anew' }> | null {
    if (user) return link.codeHash && { do: 'begin_anew', codeHash: link.codeHash, user: user.id, passwordHash, at };
    const id = newHandle('user', deps.random);
    const totp = link.codeHash === null && deps.firstOwnerTotp ? { sealed: deps.factor.seal(id, deps.firstOwnerTotp), at } : null;
    return { do: 'join', codeHash: link.codeHash, at, user: { id, email, name, role: link.role, tenants: link.tenants, createdAt: at, createdBy: link.createdBy, passwordHash, totp } };
  }

  return async function redeem(from: From, { code, email: given, name, password }: Redeem): Promise<Result<Redeemed, Denial>> {
    if (deps.mode !== 'local') return err(deny('sign_in_off'));
    const waits = await deps.limits.take('address', from.ip);
    if (waits !== null) return refuse(from, comeBack(waits));
    const link = await linkOf(code);
    if (!link) return refuse(from, deny('invitation_refused'));
    await deps.limits.giveBack('address', from.ip);
    const person = await personOf(link, given);
    if (!person.ok) return person;
    const { email, user } = person.value;
    const problem = problemWithPassword(password, email);
    if (problem !== null) return err(denyWith('password_refused', { problems: [problem] }));
    const hashed = await deps.passwords.hash(password);
    if (!hashed.ok) return hashed;
    const at = clock.now();
    const deed = deedOf(link, person.value, { name, passwordHash: hashed.value, at });
    if (!deed) return refuse(from, deny('invitation_refused'));
    const before = user ? (await deps.logins.openOf(user.id, at)).map((login) => login.id) : [];
    const written = await deps.ledger.append(
      { at, type: 'user_joined', phase: 'fact', tenant: null, operator: email, ip: from.ip, by: 'operator', reason: user ? 'began anew with a link' : 'joined with a link', args: { role: user?.role ?? link.role, invited_by: link.createdBy, user: deed.do === 'join' ? deed.user.id : deed.user }, outcome: 'ok' },
      [deed],
    );
    if (!written.ok) return written.error.code === 'invitation_refused' ? refuse(from, written.error) : written;
    await deps.limits.clear('account', email);
    await deps.logins.putOut(before, { operator: email, ip: from.ip });
    return ok({ email, role: user?.role ?? link.role });
  };
}
