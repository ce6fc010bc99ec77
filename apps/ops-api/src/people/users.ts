/**
 * People, for whoever may change them. Whoever is out of reach is answered as if they did not exist; who is within reach
 * and above is `role_too_mighty`. Every change asks for a second factor, and what a change takes away ends at once.
 */
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Random } from '@argus/keys/random.ts';
import { newInvitation, type SecretHash } from '@argus/keys/secrets.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { LoginList, LoginsEnded } from '@argus/protocol/http/auth.ts';
import type { ChangeUser, Invited, InviteUser, UserList, UserView, WithReason } from '@argus/protocol/http/users.ts';
import type { TenantId, UserId } from '@argus/protocol/ids.ts';
import type { EventType } from '@argus/protocol/leaf.ts';
import type { ArgsCommit } from '@argus/protocol/args-commit.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Deed, TenantStore } from '../ports.ts';
import { recordRefusal, type RefusalDeps } from '../support/refusal.ts';
import { INVITED_FOR_MS, joinLink } from './join.ts';
import type { Logins, Person } from './logins.ts';
import { mayManage, reaches, scopesOf, type Role, type Standing } from './roles.ts';
import type { SignInLimits } from './sign-in-limits.ts';
import { stepUpProblem } from './step-up.ts';
import type { LoginStore, UserStore } from './store.ts';
import { emailOf, userView, type User } from './user.ts';

export const USERS_LISTED_MAX = 1_000;

export type UsersDeps = RefusalDeps & {
  readonly clock: Clock;
  readonly random: Random;
  readonly secretHash: SecretHash;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly users: UserStore;
  readonly tenants: Pick<TenantStore, 'byId'>;
  readonly logins: Pick<LoginStore, 'openOf'> & Pick<Logins, 'end' | 'putOut'>;
  readonly limits: SignInLimits;
  /** Of the address people reach this server at. */
  readonly publicOrigin: () => string;
};
type Act = { readonly type: EventType; readonly reason: string; readonly args: ArgsCommit };

export function makeUsers(deps: UsersDeps) {
  const { clock, users, limits } = deps;
  const standingOf = ({ principal }: Person): Standing => ({ role: principal.login.role, tenants: principal.tenants });
  const view = async (user: User): Promise<UserView> => userView(user, { isLocked: (await limits.areResting([user.email]))[0] === true });

  async function write(person: Person, act: Act, deeds: readonly Deed[]): Promise<Result<unknown, Denial>> {
    const { principal, ip } = person;
    return deps.ledger.append({ at: clock.now(), phase: 'fact', tenant: null, operator: principal.operator, ip, by: 'operator', outcome: 'ok', ...act }, [{ do: 'need_login', login: principal.tokenId }, ...deeds]);
  }
  async function refuse(person: Person, act: Act, denial: Denial): Promise<Result<never, Denial>> {
    const { principal, ip } = person;
    await recordRefusal(deps, { at: clock.now(), phase: 'fact', tenant: null, operator: principal.operator, ip, by: 'operator', outcome: 'refused', code: denial.code, ...act });
    return err(denial);
  }

  /** What stands in the way of this person changing that one into this; null: nothing. */
  const problem = (person: Person, before: Standing | null, after: Standing | null): Denial | null => {
    const stands = [before, after].every((one) => one === null || mayManage(standingOf(person), one));
    return stands ? stepUpProblem(person.principal, clock.now()) : deny('role_too_mighty');
  };
  async function visible(person: Person, id: UserId): Promise<Result<User, Denial>> {
    const user = await users.byId(id);
    return user && user.state !== 'removed' && reaches(person.principal.tenants, user.tenants) ? ok(user) : err(deny('user_not_found'));
  }
  /** An owner is one of all tenants. Null: one of them does not exist, or cannot be seen. */
  async function tenantsOf(person: Person, role: Role, named: readonly TenantId[] | 'all' | undefined): Promise<readonly TenantId[] | null | 'unknown'> {
    if (named === undefined) return person.principal.tenants;
    if (named === 'all') return null;
    if (role === 'owner') return 'unknown';
    for (const tenant of named) if (!reaches(person.principal.tenants, [tenant]) || !(await deps.tenants.byId(tenant))) return 'unknown';
    return [...new Set(named)].toSorted();
  }
  const argsOf = ({ id, role, tenants }: { readonly id?: UserId } & Standing): ArgsCommit => ({ ...(id && { user: id }), role, tenants: tenants === null ? 'all' : tenants.length });

  async function link(person: Person, what: { readonly email: string; readonly user: UserId | null } & Standing, act: Act): Promise<Result<Invited, Denial>> {
    const [at, code] = [clock.now(), newInvitation(deps.random)];
    const { email, user, role, tenants } = what;
    const invitation = { codeHash: deps.secretHash('invitation', code), email, user, role, tenants, createdBy: person.principal.operator, createdAt: at, expiresAt: at + INVITED_FOR_MS, usedAt: null };
    const written = await write(person, act, [{ do: 'invite', invitation }]);
    return written.ok ? ok({ email, role, tenants: tenants === null ? 'all' : [...tenants], link: joinLink(deps.publicOrigin(), code), expires_at: isoTime(invitation.expiresAt) }) : written;
  }

  /** Changes one user, and puts out what they had open. */
  async function change(person: Person, user: User, { act, after, deed }: { act: Act; after: Standing | null; deed: Deed }): Promise<Result<User, Denial>> {
    const denial = problem(person, user, after);
    if (denial) return refuse(person, act, denial);
    const open = (await deps.logins.openOf(user.id, clock.now())).map((login) => login.id);
    const written = await write(person, act, [deed]);
    if (!written.ok) return written.error.code === 'audit_unavailable' ? written : refuse(person, act, written.error);
    await deps.logins.putOut(open, { operator: person.principal.operator, ip: person.ip });
    return ok(user);
  }

  return {
    async list({ principal }: Person): Promise<Result<UserList, Denial>> {
      const found = await users.list(principal.tenants, USERS_LISTED_MAX);
      const resting = await limits.areResting(found.map((user) => user.email));
      return ok({ users: found.map((user, i) => userView(user, { isLocked: resting[i] === true })) });
    },

    async invite(person: Person, { email: typed, role, tenants: named }: InviteUser): Promise<Result<Invited, Denial>> {
      const email = emailOf(typed);
      const tenants = await tenantsOf(person, role, named);
      const act: Act = { type: 'user_invited', reason: `invited as ${role}`, args: { role } };
      if (tenants === 'unknown') return refuse(person, act, deny('tenant_not_found'));
      const denial = problem(person, null, { role, tenants });
      if (denial) return refuse(person, act, denial);
      if (await users.byEmail(email)) return err(deny('user_exists'));
      return link(person, { email, user: null, role, tenants }, { ...act, args: { ...argsOf({ role, tenants }), email } });
    },

    async change(person: Person, id: UserId, { role, tenants: named, state, reason }: ChangeUser): Promise<Result<UserView, Denial>> {
      const found = await visible(person, id);
      if (!found.ok) return found;
      const user = found.value;
      const next = { role: role ?? user.role, state: state ?? (user.state === 'disabled' ? 'disabled' : 'active') } as const;
      const tenants = named === undefined ? (next.role === 'owner' ? null : user.tenants) : await tenantsOf(person, next.role, named);
      const act: Act = { type: 'user_changed', reason, args: { user: id, role: next.role, state: next.state } };
      if (tenants === 'unknown') return refuse(person, act, deny('tenant_not_found'));
      const deed: Deed = { do: 'change_user', user: id, was: user, ...next, tenants, scopes: scopesOf(next.role), at: clock.now() };
      const changed = await change(person, user, { act: { ...act, args: { ...argsOf({ id, role: next.role, tenants }), state: next.state } }, after: { role: next.role, tenants }, deed });
      return changed.ok ? ok(await view({ ...user, ...next, tenants })) : changed;
    },

    async remove(person: Person, id: UserId, { reason }: WithReason): Promise<Result<UserView, Denial>> {
      const found = await visible(person, id);
      if (!found.ok) return found;
      const act: Act = { type: 'user_removed', reason, args: { user: id, email: found.value.email } };
      const removed = await change(person, found.value, { act, after: null, deed: { do: 'remove_user', user: id, was: found.value, at: clock.now() } });
      return removed.ok ? ok(userView({ ...found.value, state: 'removed', totp: null })) : removed;
    },

    /** For somebody who lost their password or their second factor: another link. Until it is used everything stays as it is. */
    async reset(person: Person, id: UserId, { reason }: WithReason): Promise<Result<Invited, Denial>> {
      const found = await visible(person, id);
      if (!found.ok) return found;
      const { email, role, tenants } = found.value;
      const act: Act = { type: 'user_invited', reason, args: { user: id, role } };
      const denial = problem(person, found.value, null);
      return denial ? refuse(person, act, denial) : link(person, { email, user: id, role, tenants }, act);
    },

    async unlock(person: Person, id: UserId, { reason }: WithReason): Promise<Result<UserView, Denial>> {
      const found = await visible(person, id);
      if (!found.ok) return found;
      const act: Act = { type: 'user_changed', reason, args: { user: id, unlocked: true } };
      const denial = problem(person, found.value, null);
      if (denial) return refuse(person, act, denial);
      const written = await write(person, act, []);
      if (!written.ok) return written;
      await Promise.all([limits.clear('account', found.value.email), limits.clear('confirm', id)]);
      return ok(await view(found.value));
    },

    async loginsOf(person: Person, id: UserId): Promise<Result<LoginList, Denial>> {
      const found = await visible(person, id);
      if (!found.ok) return found;
      const open = await deps.logins.openOf(id, clock.now());
      return ok({ logins: open.map((l) => ({ login_id: l.id, created_at: isoTime(l.createdAt), expires_at: isoTime(l.expiresAt), active_at: isoTime(l.activeAt), proof: l.proof, ip: l.ip, user_agent: l.userAgent, current: l.id === person.principal.tokenId })) });
    },
    /** Ending needs less than anything else here: no second factor. */
    async endLogins(person: Person, id: UserId, { reason }: WithReason): Promise<Result<LoginsEnded, Denial>> {
      const found = await visible(person, id);
      if (!found.ok) return found;
      if (!mayManage(standingOf(person), found.value)) return err(deny('role_too_mighty'));
      const open = (await deps.logins.openOf(id, clock.now())).map((login) => login.id);
      if (open.length === 0) return ok({ ended: 0 });
      const ended = await deps.logins.end({ operator: person.principal.operator, ip: person.ip }, { user: id, logins: open, type: 'login_ended', reason });
      return ended.ok ? ok({ ended: ended.value }) : ended;
    },
  };
}
