import { toHex } from '@argus/kit/bytes.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { LoginId, PasskeyId, UserId } from '@argus/protocol/ids.ts';
import type { HandoffRow, HandoffStore, InvitationRow, LoginStore, PeopleDeed, SignInTurnStore, UserStore, WhichLogins } from '../../people/store.ts';
import type { Login, User } from '../../people/user.ts';
import { reaches } from '../../people/roles.ts';
import type { NewPat, PatRow } from '../../ports.ts';
import { dropPasskeys, keysOf, type StoredPasskey } from './passkeys.ts';

type StoredUser = Omit<User, 'recoveryCodesLeft' | 'passkeys'> & { readonly step: number; readonly codes: ReadonlyMap<string, 'open' | 'spent'> };
export type PeopleState = {
  readonly users: Map<UserId, StoredUser>;
  readonly invitations: Map<string, InvitationRow>;
  readonly logins: Map<LoginId, Login & { readonly secret: string }>;
  readonly passkeys: Map<PasskeyId, StoredPasskey>;
  readonly subjects: Map<string, UserId>;
  readonly handoffs: Map<string, HandoffRow>;
};
type Pats = Map<string, NewPat & Pick<PatRow, 'revokedAt' | 'lastUsedAt'>>;
type State = { readonly people: PeopleState; readonly pats: Pats };

export const nobodyYet = (): PeopleState => ({ users: new Map(), invitations: new Map(), logins: new Map(), passkeys: new Map(), subjects: new Map(), handoffs: new Map() });
export const copyOfPeople = ({ users, invitations, logins, passkeys, subjects, handoffs }: PeopleState): PeopleState => ({ users: new Map(users), invitations: new Map(invitations), logins: new Map(logins), passkeys: new Map(passkeys), subjects: new Map(subjects), handoffs: new Map(handoffs) });

type Performers = { readonly [K in PeopleDeed['do']]: (deed: Extract<PeopleDeed, { do: K }>, state: State) => Denial | null };

export const peoplePerformers: Performers = {
  invite({ invitation }, { people: { users, invitations } }) {
    const named = invitation.user === null ? null : users.get(invitation.user);
    if (named !== null && (!named || !hasPlace(named, invitation))) return deny('user_changed_meanwhile');
    const isSame = (other: InvitationRow) => other.usedAt === null && (invitation.user === null ? other.user === null && other.email === invitation.email && other.email !== null : other.user === invitation.user);
    for (const [code, other] of invitations) if (isSame(other)) invitations.set(code, { ...other, usedAt: invitation.createdAt });
    invitations.set(toHex(invitation.codeHash), invitation);
    return null;
  },
  join({ codeHash, user, at }, { people }) {
    if (codeHash === null ? owners(people).length > 0 : !claim(people, codeHash, at)) return deny('invitation_refused');
    if ([...people.users.values()].some((u) => u.email === user.email && u.state !== 'removed')) return deny('user_exists');
    people.users.set(user.id, { ...user, totp: user.totp ?? null, totpPending: null, state: 'active', lastSignInAt: null, step: 0, codes: new Map() });
    return null;
  },
  begin_anew({ codeHash, user: id, passwordHash, at }, { people }) {
    if (!claim(people, codeHash, at)) return deny('invitation_refused');
    const user = people.users.get(id);
    if (user?.state !== 'active') return deny('invitation_refused');
    people.users.set(id, { ...user, passwordHash, totp: null, totpPending: null, codes: spent(user) });
    dropPasskeys(people, id, at);
    endLogins(people, id, 'all', at);
    return null;
  },
  change_user({ user: id, was, role, tenants, state, scopes, at }, { people, pats }) {
    const user = people.users.get(id);
    if (!user || user.state === 'removed') return deny('user_not_found');
    if (user.state !== was.state || !hasPlace(user, was)) return deny('user_changed_meanwhile');
    if (isLastOwner(people, user) && !(role === 'owner' && tenants === null && state === 'active')) return deny('last_owner');
    people.users.set(id, { ...user, role, tenants, state });
    endLogins(people, id, 'all', at);
    spendLinks(people, user, at);
    const isBeyond = (pat: NewPat) => state !== 'active' || !pat.scopes.every((scope) => scopes.includes(scope)) || !reaches(tenants, pat.tenants);
    revokePats(pats, user.email, { at, isBeyond });
    return null;
  },
  remove_user({ user: id, was, at }, { people, pats }) {
    const user = people.users.get(id);
    if (!user || user.state === 'removed') return deny('user_not_found');
    if (user.state !== was.state || !hasPlace(user, was)) return deny('user_changed_meanwhile');
    if (isLastOwner(people, user)) return deny('last_owner');
    people.users.set(id, { ...user, state: 'removed', passwordHash: null, totp: null, totpPending: null, codes: spent(user) });
    dropPasskeys(people, id, at);
    endLogins(people, id, 'all', at);
    spendLinks(people, user, at);
    revokePats(pats, user.email, { at, isBeyond: () => true });
    return null;
  },
  open_login({ login, secretHash, checked }, { people }) {
    const user = people.users.get(login.user);
    if (user?.state !== 'active' || (checked !== null && (user.passwordHash !== checked.passwordHash || (user.totp?.at ?? null) !== checked.totpAt))) return deny('sign_in_refused');
    people.users.set(user.id, { ...user, lastSignInAt: login.createdAt });
    people.logins.set(login.id, { ...login, secret: toHex(secretHash) });
    return null;
  },
  end_logins({ user, logins, at }, { people }) {
    endLogins(people, user, logins, at);
    return null;
  },
  need_login: ({ login: id }, { people }) => (people.logins.get(id)?.endedAt === null ? null : deny('unauthenticated')),
  confirm_login({ login: id, by, at }, { people }) {
    const login = people.logins.get(id);
    if (!login || login.endedAt !== null) return deny('login_not_found');
    people.logins.set(id, { ...login, confirmedAt: at, confirmedBy: by });
    return null;
  },
  set_password: ({ user: id, was, passwordHash }, { people }) => change(people, id, (user) => (user.passwordHash === was ? { ...user, passwordHash } : null)),
  set_totp: ({ user: id, pendingAt, step, codes, at }, { people }) =>
    change(people, id, (user) => (user.totpPending?.at === pendingAt ? { ...user, totp: { sealed: user.totpPending.sealed, at }, totpPending: null, step: Math.max(user.step, step), codes: withCodes(user, codes) } : null)),
  drop_totp: ({ user: id }, { people }) => change(people, id, (user) => ({ ...user, totp: null, totpPending: null, codes: spent(user) })),
  set_recovery_codes: ({ user: id, codes }, { people }) => change(people, id, (user) => ({ ...user, codes: withCodes(user, codes) })),
  approve_handoff({ handoff }, { people: { logins, handoffs } }) {
    const login = logins.get(handoff.login);
    if (!login || login.endedAt !== null || login.expiresAt <= handoff.createdAt) return deny('unauthenticated');
    for (const [code, { expiresAt }] of handoffs) if (expiresAt <= handoff.createdAt) handoffs.delete(code);
    handoffs.set(toHex(handoff.codeHash), handoff);
    return null;
  },
};

function change({ users }: PeopleState, id: UserId, changed: (user: StoredUser) => StoredUser | null): Denial | null {
  const user = users.get(id);
  const next = user?.state === 'active' ? changed(user) : null;
  if (!next) return deny('user_not_found');
  users.set(id, next);
  return null;
}
const hasPlace = (user: StoredUser, { role, tenants }: Pick<User, 'role' | 'tenants'>): boolean => user.role === role && JSON.stringify(user.tenants) === JSON.stringify(tenants);
const spent = ({ codes }: StoredUser) => new Map([...codes.keys()].map((code) => [code, 'spent'] as const));
const withCodes = (user: StoredUser, codes: readonly Uint8Array[]) => new Map([...spent(user), ...codes.map((code) => [toHex(code), 'open'] as const)]);
const owners = ({ users }: PeopleState) => [...users.values()].filter((u) => u.role === 'owner' && u.tenants === null && u.state === 'active');
const isLastOwner = (people: PeopleState, user: StoredUser) => owners(people).every((owner) => owner.id === user.id) && owners(people).length === 1;

function claim({ invitations }: PeopleState, codeHash: Uint8Array, at: number): boolean {
  const code = toHex(codeHash);
  const invitation = invitations.get(code);
  if (!invitation || invitation.usedAt !== null || invitation.expiresAt <= at) return false;
  invitations.set(code, { ...invitation, usedAt: at });
  return true;
}
function endLogins({ logins }: PeopleState, user: UserId, which: WhichLogins, at: number): void {
  const isMeant = (id: LoginId) => which === 'all' || ('but' in which ? which.but !== id : which.includes(id));
  for (const [id, login] of logins) if (login.user === user && login.endedAt === null && isMeant(id)) logins.set(id, { ...login, endedAt: at });
}
function spendLinks({ invitations }: PeopleState, { id, email }: StoredUser, at: number): void {
  for (const [code, link] of invitations) if (link.usedAt === null && (link.user === id || link.createdBy === email)) invitations.set(code, { ...link, usedAt: at });
}
function revokePats(pats: Pats, email: string, { at, isBeyond }: { at: number; isBeyond: (pat: NewPat) => boolean }): void {
  for (const [hash, pat] of pats) if (pat.operator.toLowerCase() === email && pat.revokedAt === null && isBeyond(pat)) pats.set(hash, { ...pat, revokedAt: at });
}

export function memoryPeople(state: () => PeopleState): { readonly users: UserStore; readonly logins: LoginStore; readonly handoffs: HandoffStore; readonly signInTurns: SignInTurnStore } {
  const userOf = ({ step: _step, codes, ...user }: StoredUser): User => ({ ...user, recoveryCodesLeft: [...codes.values()].filter((c) => c === 'open').length, passkeys: keysOf(state(), user.id).length });
  const loginOf = ({ secret: _secret, ...login }: Login & { readonly secret: string }): Login => login;
  const set = (id: UserId, changed: (user: StoredUser) => StoredUser) => {
    const user = state().users.get(id);
    if (user) state().users.set(id, changed(user));
  };
  return {
    users: {
      async byId(id) {
        const user = state().users.get(id);
        return user ? userOf(user) : null;
      },
      async byEmail(email) {
        const user = [...state().users.values()].find((u) => u.email === email && u.state !== 'removed');
        return user ? userOf(user) : null;
      },
      list: async (within, limit) =>
        [...state().users.values()].filter((u) => u.state !== 'removed' && reaches(within, u.tenants)).toSorted((a, b) => (a.email < b.email ? -1 : 1)).slice(0, limit).map(userOf),
      hasOwner: async () => owners(state()).length > 0,
      invitation: async (codeHash) => state().invitations.get(toHex(codeHash)) ?? null,
      async burnTotpStep(id, step) {
        const user = state().users.get(id);
        if (!user || user.step >= step) return false;
        state().users.set(id, { ...user, step });
        return true;
      },
      async burnRecoveryCode(id, codeHash) {
        const user = state().users.get(id);
        if (user?.codes.get(toHex(codeHash)) !== 'open') return false;
        state().users.set(id, { ...user, codes: new Map([...user.codes, [toHex(codeHash), 'spent'] as const]) });
        return true;
      },
      renewHash: async (id, was, passwordHash) => set(id, (user) => (user.passwordHash === was ? { ...user, passwordHash } : user)),
      pendTotp: async (id, totpPending) => set(id, (user) => ({ ...user, totpPending })),
    },
    logins: {
      async bySecretHash(hash) {
        const login = [...state().logins.values()].find((l) => l.secret === toHex(hash));
        const user = login && state().users.get(login.user);
        return user ? { login: loginOf(login), user: userOf(user) } : null;
      },
      async byId(id) {
        const login = state().logins.get(id);
        return login ? loginOf(login) : null;
      },
      openOf: async (user, now) =>
        [...state().logins.values()].filter((l) => l.user === user && l.endedAt === null && now < l.expiresAt).toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)).map(loginOf),
      async touch(id, at) {
        const login = state().logins.get(id);
        if (login && login.activeAt < at) state().logins.set(id, { ...login, activeAt: at });
      },
    },
    handoffs: {
      async take(codeHash) {
        const code = toHex(codeHash);
        const handoff = state().handoffs.get(code) ?? null;
        state().handoffs.delete(code);
        return handoff;
      },
    },
    signInTurns: memoryTurns(),
  };
}

function memoryTurns(): SignInTurnStore {
  const turns = new Map<string, { readonly count: number; readonly since: number; readonly restingUntil: number | null }>();
  return {
    async take(key, { max, withinMs, restMs }, now) {
      const known = turns.get(toHex(key));
      if (known && known.restingUntil !== null && now < known.restingUntil) return known.restingUntil - now;
      const isOn = known !== undefined && known.restingUntil === null && now - known.since < withinMs;
      const count = (isOn ? known.count : 0) + 1;
      turns.set(toHex(key), { count, since: isOn ? known.since : now, restingUntil: count >= max ? now + restMs : null });
      return null;
    },
    async giveBack(key) {
      const known = turns.get(toHex(key));
      if (known) turns.set(toHex(key), { ...known, count: Math.max(0, known.count - 1), restingUntil: null });
    },
    clear: async (key) => void turns.delete(toHex(key)),
    resting: async (keys, _kind, now) => keys.map((key) => (turns.get(toHex(key))?.restingUntil ?? 0) > now),
    async sweep(before) {
      for (const [key, { since, restingUntil }] of turns) if (since < before && (restingUntil ?? 0) < before) turns.delete(key);
    },
  };
}
