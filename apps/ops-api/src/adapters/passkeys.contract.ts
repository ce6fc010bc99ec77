/** What every store of passkeys, and of who is who at the identity provider, promises. Each adapter runs this suite. */
import { systemRandom } from '@argus/keys/random.ts';
import { newHandle, type UserId } from '@argus/protocol/ids.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { START } from '../../test/sample.ts';
import type { Passkey } from '../passkeys/store.ts';
import type { NewUser } from '../people/store.ts';
import type { Deed, Stores } from '../ports.ts';

export function passkeysContract(name: string, make: () => Promise<{ readonly stores: Stores; readonly close: () => Promise<void> }>): void {
  // oxlint-disable-next-line vitest/valid-title -- each adapter says its own name
  describe(name, () => {
    let stores: Stores;
    let close: () => Promise<void>;
    let doing: (...deeds: readonly Deed[]) => Promise<string>;
    beforeAll(async () => {
      ({ stores, close } = await make());
      const ledger = ledgerOver(stores.leaves);
      doing = async (...deeds) => {
        const written = await ledger.append({ at: START, type: 'second_factor_changed', phase: 'fact', tenant: null, operator: 'x', by: 'operator', reason: 'for a test', outcome: 'ok' }, deeds);
        return written.ok ? 'done' : written.error.code;
      };
    });
    afterAll(() => close());

    let count = 0;
    const AS_JOINED = { role: 'operator', tenants: null, state: 'active' } as const;
    const newUser = (): NewUser => ({ ...AS_JOINED, id: newHandle('user', systemRandom), email: `user_${(count += 1)}@argus.example`, name: 'Ana', createdAt: START, createdBy: 'x', passwordHash: null });
    const of = (subject: string) => ({ issuer: 'https://id.example', subject });
    async function joined(): Promise<UserId> {
      const user = newUser();
      expect(await doing({ do: 'join_from_provider', user, of: of(user.email), at: START })).toBe('done');
      return user.id;
    }
    const keyOf = (user: UserId, over: Partial<Passkey> = {}): Passkey => ({
      id: newHandle('passkey', systemRandom), user, credentialId: new Uint8Array(systemRandom(32)), name: 'laptop', alg: 'ES256', publicKey: 'AAAA', rpId: 'argus.example', counter: 0, createdAt: START + (count += 1), lastUsedAt: null, ...over,
    });
    async function added(user: UserId, over: Partial<Passkey> = {}): Promise<Passkey> {
      const passkey = keyOf(user, over);
      expect(await doing({ do: 'add_passkey', passkey: { ...passkey, of: 20 } })).toBe('done');
      return passkey;
    }
    const remove = (key: Passkey, { keepsOne = false, user = key.user } = {}) => doing({ do: 'remove_passkey', user, passkey: key.id, keepsOne, at: START });

    test('a passkey is read as it was written, by its credential and by whose it is, oldest first', async () => {
      const user = await joined();
      const [one, two] = [await added(user, { counter: 7, alg: 'RS256' }), await added(user)];
      await added(await joined());
      expect(await stores.passkeys.byCredential(one.credentialId)).toEqual(one);
      expect(await stores.passkeys.ofUser(user)).toEqual([one, two]);
      expect(await stores.passkeys.byCredential(systemRandom(32))).toBeNull();
    });
    test('a passkey that somebody has or had is nobody else’s, and nobody has more than they may', async () => {
      const [user, other] = [await joined(), await joined()];
      const key = await added(user);
      const again = (to: UserId) => doing({ do: 'add_passkey', passkey: { ...keyOf(to, { credentialId: key.credentialId }), of: 20 } });
      expect([await again(other), await again(user)]).toEqual(['passkey_refused', 'passkey_refused']);
      expect(await remove(key)).toBe('done');
      expect(await again(other)).toBe('passkey_refused');
      const many = await joined();
      await added(many);
      expect(await doing({ do: 'add_passkey', passkey: { ...keyOf(many), of: 1 } })).toBe('passkey_refused');
      expect(await doing({ do: 'add_passkey', passkey: { ...keyOf(newHandle('user', systemRandom)), of: 20 } })).toBe('passkey_refused');
    });
    test('only its owner calls it something else, as long as it is there', async () => {
      const user = await joined();
      const key = await added(user);
      const rename = (by: UserId) => doing({ do: 'rename_passkey', user: by, passkey: key.id, name: 'desk' });
      expect([await rename(await joined()), (await stores.passkeys.ofUser(user))[0]?.name, await rename(user), (await stores.passkeys.ofUser(user))[0]?.name]).toEqual(['not_found', key.name, 'done', 'desk']);
      await remove(key);
      expect(await rename(user)).toBe('not_found');
    });
    test('a removed one is gone, and only its owner removes it', async () => {
      const user = await joined();
      const key = await added(user);
      expect([await remove(key, { user: await joined() }), await remove(key), await remove(key)]).toEqual(['not_found', 'done', 'not_found']);
      expect([await stores.passkeys.byCredential(key.credentialId), await stores.passkeys.ofUser(user), await stores.passkeys.used(key.id, 9, START)]).toEqual([null, [], false]);
    });
    /** Guarantee: two removals at once do not take the last factor of somebody who needs one. */
    test('who keeps one has one left, also when both are removed at once', async () => {
      const user = await joined();
      const keys = [await added(user), await added(user)];
      expect((await Promise.all(keys.map((key) => remove(key, { keepsOne: true })))).toSorted()).toEqual(['done', 'second_factor_stays']);
      expect(await stores.passkeys.ofUser(user)).toHaveLength(1);
    });
    /** Guarantee: of two answers with one count one is a copy. */
    test('a counter only goes up, also when two come at once; one that never counts says nothing', async () => {
      const user = await joined();
      const [counting, never] = [await added(user, { counter: 3 }), await added(user)];
      const used = (key: Passkey, counter: number) => stores.passkeys.used(key.id, counter, START + 5);
      expect((await Promise.all([used(counting, 4), used(counting, 4)])).filter(Boolean)).toEqual([true]);
      expect([await used(counting, 4), await used(counting, 3), await used(counting, 0), await used(counting, 4_000_000_000), await used(never, 0), await used(never, 0), await used(never, 1), await used(never, 0)]).toEqual([false, false, false, true, true, true, true, false]);
      expect(await stores.passkeys.byCredential(counting.credentialId)).toMatchObject({ counter: 4_000_000_000, lastUsedAt: START + 5 });
    });
    test('whoever begins anew, or is removed, has no passkey left', async () => {
      const [anew, gone] = [await joined(), await joined()];
      const keys = [await added(anew), await added(gone)];
      const codeHash = systemRandom(32);
      expect(await doing({ do: 'invite', invitation: { codeHash, email: null, user: anew, role: 'operator', tenants: null, createdBy: 'x', createdAt: START, expiresAt: START + 1_000, usedAt: null } })).toBe('done');
      expect(await doing({ do: 'begin_anew', codeHash, user: anew, passwordHash: 'h', at: START })).toBe('done');
      expect(await doing({ do: 'remove_user', user: gone, was: AS_JOINED, at: START })).toBe('done');
      for (const key of keys) expect(await stores.passkeys.byCredential(key.credentialId)).toBeNull();
      expect((await stores.users.byId(anew))?.passkeys).toBe(0);
    });
    test('a user is read with how many passkeys they have, without those they gave up', async () => {
      const user = await joined();
      const [key] = [await added(user), await added(user), await added(await joined())];
      expect((await stores.users.byId(user))?.passkeys).toBe(2);
      expect(await doing({ do: 'remove_passkey', user, passkey: key.id, keepsOne: false, at: START })).toBe('done');
      expect((await stores.users.byId(user))?.passkeys).toBe(1);
    });

    test('a subject is one user, a user one subject, for good', async () => {
      const [first, second] = [newUser(), newUser()];
      expect(await doing({ do: 'join_from_provider', user: first, of: of('one'), at: START })).toBe('done');
      expect([await stores.subjects.userOf(of('one')), await stores.subjects.userOf({ ...of('one'), issuer: 'https://other.example' }), await stores.subjects.isBound(first.id)]).toEqual([first.id, null, true]);
      expect(await doing({ do: 'join_from_provider', user: second, of: of('one'), at: START })).toBe('provider_refused');
      expect([await stores.users.byId(second.id), await stores.subjects.isBound(second.id)]).toEqual([null, false]);
      expect(await doing({ do: 'join_from_provider', user: { ...second, email: first.email }, of: of('two'), at: START })).toBe('user_exists');
      expect(await doing({ do: 'bind_subject', user: first.id, of: of('two'), at: START })).toBe('provider_refused');
      expect(await doing({ do: 'bind_subject', user: second.id, of: of('two'), at: START })).toBe('provider_refused');
      expect(await doing({ do: 'remove_user', user: first.id, was: AS_JOINED, at: START })).toBe('done');
      expect(await stores.subjects.userOf(of('one'))).toBe(first.id);
    });
    test('a challenge and an attempt count once, each in its own place', async () => {
      const burn = (purpose: 'passkey' | 'oidc' | 'activation') => stores.nonces.burn(purpose, 'the same', START + 1);
      expect([await burn('passkey'), await burn('passkey'), await burn('oidc'), await burn('oidc'), await burn('activation')]).toEqual([true, false, true, false, true]);
    });
  });
}
