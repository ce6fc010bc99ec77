import { sameBytes } from '@argus/kit/bytes.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { UserId } from '@argus/protocol/ids.ts';
import type { OidcDeed, Subject, SubjectStore } from '../../oidc/store.ts';
import type { Passkey, PasskeyDeed, PasskeyStore } from '../../passkeys/store.ts';
import type { PeopleState } from './people.ts';

export type StoredPasskey = Passkey & { readonly removedAt: number | null };
type State = { readonly people: PeopleState };
type KeyDeed = PasskeyDeed | OidcDeed;
type Performers = { readonly [K in KeyDeed['do']]: (deed: Extract<KeyDeed, { do: K }>, state: State) => Denial | null };

const isActive = ({ users }: PeopleState, id: UserId): boolean => users.get(id)?.state === 'active';
export const keysOf = ({ passkeys }: PeopleState, user: UserId): readonly StoredPasskey[] =>
  [...passkeys.values()].filter((key) => key.user === user && key.removedAt === null).toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
const nameOf = ({ issuer, subject }: Subject): string => JSON.stringify([issuer, subject]);

export const passkeyPerformers: Performers = {
  add_passkey({ passkey }, { people }) {
    const isKnown = [...people.passkeys.values()].some((key) => sameBytes(key.credentialId, passkey.credentialId));
    if (isKnown || !isActive(people, passkey.user) || keysOf(people, passkey.user).length >= passkey.of) return deny('passkey_refused');
    const { of: _of, ...kept } = passkey;
    people.passkeys.set(passkey.id, { ...kept, removedAt: null });
    return null;
  },
  rename_passkey({ user, passkey, name }, { people }) {
    const key = people.passkeys.get(passkey);
    if (key?.user !== user || key.removedAt !== null) return deny('not_found');
    people.passkeys.set(passkey, { ...key, name });
    return null;
  },
  remove_passkey({ user, passkey, keepsOne, at }, { people }) {
    const key = people.passkeys.get(passkey);
    if (key?.user !== user || key.removedAt !== null) return deny('not_found');
    if (keepsOne && keysOf(people, user).length === 1 && !people.users.get(user)?.totp) return deny('second_factor_stays');
    people.passkeys.set(passkey, { ...key, removedAt: at });
    return null;
  },
  join_from_provider({ user, of }, { people }) {
    if ([...people.users.values()].some((u) => u.email === user.email && u.state !== 'removed')) return deny('user_exists');
    if (people.subjects.has(nameOf(of))) return deny('provider_refused');
    people.users.set(user.id, { ...user, totp: null, totpPending: null, state: 'active', lastSignInAt: null, step: 0, codes: new Map() });
    people.subjects.set(nameOf(of), user.id);
    return null;
  },
  bind_subject({ user, of }, { people }) {
    if (people.subjects.has(nameOf(of)) || [...people.subjects.values()].includes(user) || !isActive(people, user)) return deny('provider_refused');
    people.subjects.set(nameOf(of), user);
    return null;
  },
};

/** With a new beginning, or none, what somebody showed before counts no more. */
export function dropPasskeys({ passkeys }: PeopleState, user: UserId, at: number): void {
  for (const [id, key] of passkeys) if (key.user === user && key.removedAt === null) passkeys.set(id, { ...key, removedAt: at });
}

export function memoryPasskeys(state: () => PeopleState): { readonly passkeys: PasskeyStore; readonly subjects: SubjectStore } {
  const passkeyOf = ({ removedAt: _removedAt, ...key }: StoredPasskey): Passkey => key;
  return {
    passkeys: {
      async byCredential(credentialId) {
        const key = [...state().passkeys.values()].find((one) => sameBytes(one.credentialId, credentialId) && one.removedAt === null);
        return key ? passkeyOf(key) : null;
      },
      ofUser: async (user) => keysOf(state(), user).map(passkeyOf),
      async used(id, counter, at) {
        const key = state().passkeys.get(id);
        if (!key || key.removedAt !== null || (counter <= key.counter && (counter !== 0 || key.counter !== 0))) return false;
        state().passkeys.set(id, { ...key, counter, lastUsedAt: at });
        return true;
      },
    },
    subjects: {
      userOf: async (of) => state().subjects.get(nameOf(of)) ?? null,
      isBound: async (user) => [...state().subjects.values()].includes(user),
    },
  };
}
