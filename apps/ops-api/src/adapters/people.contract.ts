/** What every store of people promises. Each adapter runs this suite. */
import { mustId, newHandle, type TenantId } from '@argus/protocol/ids.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { factOf, seededRandom, sessionOf, START } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Checked, HandoffRow, InvitationRow, NewUser } from '../people/store.ts';
import { LOGIN_TTL_MS, type Login, type User } from '../people/user.ts';
import type { Deed, NewPat, Stores } from '../ports.ts';

const random = seededRandom('people contract');
let counter = 0;
const fresh = () => String(++counter).padStart(4, '0');
const HASH = 'scrypt$16$8$1$c2FsdA==$aGFzaA==';

export function peopleContract(name: string, make: () => Promise<{ readonly stores: Stores; readonly close: () => Promise<void> }>): void {
  // oxlint-disable-next-line vitest/valid-title -- each adapter says its own name
  describe(name, () => {
    let made: Awaited<ReturnType<typeof make>>;
    let stores: Stores;
    let ledger: Ledger;
    beforeAll(async () => {
      made = await make();
      stores = made.stores;
      ledger = ledgerOver(stores.leaves);
    });
    afterAll(() => made.close());

    const doing = async (...deeds: readonly Deed[]): Promise<string> => {
      const written = await ledger.append(factOf({ tenant: null, outcome: 'ok' }), deeds);
      return written.ok ? 'done' : written.error.code;
    };
    const must = async (...deeds: readonly Deed[]) => expect(await doing(...deeds)).toBe('done');
    const invitationOf = (over: Partial<InvitationRow> = {}): InvitationRow => ({
      codeHash: random(32), email: `p${fresh()}@argus.example`, user: null, role: 'operator', tenants: null, createdBy: 'ana@argus.example', createdAt: START, expiresAt: START + 60_000, usedAt: null, ...over,
    });
    const newUser = (over: Partial<NewUser> = {}): NewUser => ({
      id: newHandle('user', random), email: `p${fresh()}@argus.example`, name: 'Ana', role: 'operator', tenants: null, createdAt: START, createdBy: 'server', passwordHash: HASH, ...over,
    });
    async function joined(over: Partial<NewUser> = {}): Promise<User> {
      const user = newUser(over);
      const invitation = invitationOf({ email: user.email, role: user.role, tenants: user.tenants });
      await must({ do: 'invite', invitation }, { do: 'join', codeHash: invitation.codeHash, user, at: START });
      return (await stores.users.byId(user.id)) ?? expect.fail('nobody joined');
    }
    const loginOf = (user: User, over: Partial<Login> = {}): Login => ({
      id: newHandle('login', random), user: user.id, createdAt: START, expiresAt: START + LOGIN_TTL_MS, activeAt: START, proof: 'password', confirmedAt: null, confirmedBy: null, ip: '10.1.2.3', userAgent: 'a browser', endedAt: null, ...over,
    });
    async function signedIn(user: User, over: Partial<Login> = {}): Promise<{ readonly login: Login; readonly secretHash: Uint8Array }> {
      const [login, secretHash] = [loginOf(user, over), random(32)];
      await must({ do: 'open_login', login, secretHash, checked: null });
      return { login, secretHash };
    }
    async function patOf(user: User, over: Partial<NewPat> = {}): Promise<NewPat> {
      const pat: NewPat = { tokenId: newHandle('token', random), secretHash: random(32), operator: user.email.toUpperCase(), name: 'laptop', scopes: ['tenants:read'], tenants: null, createdAt: START, expiresAt: START + 60_000, ...over };
      await must({ do: 'issue_pat', pat });
      return pat;
    }
    const isAlive = async ({ secretHash }: Pick<NewPat, 'secretHash'>) => (await stores.pats.bySecretHash(secretHash, START)) !== null;
    const change = (user: User, over: Partial<Extract<Deed, { do: 'change_user' }>> = {}): Deed => ({ do: 'change_user', user: user.id, was: user, role: user.role, tenants: user.tenants, state: 'active', scopes: ['tenants:read'], at: START + 5, ...over });

    test('the first owner of all comes once, also when several come at once', async () => {
      const firsts = Array.from({ length: 4 }, () => ({ do: 'join', codeHash: null, user: newUser({ role: 'owner' }), at: START }) as const);
      expect(await stores.users.hasOwner()).toBe(false);
      const outcomes = await Promise.all(firsts.map((deed) => doing(deed)));
      expect(outcomes.toSorted()).toEqual(['done', 'invitation_refused', 'invitation_refused', 'invitation_refused']);
      expect(await stores.users.hasOwner()).toBe(true);
    });

    /** Guarantee: at every moment there is somebody who may do everything. */
    test('the last owner is neither changed nor disabled nor removed, also when two go at once', async () => {
      const [only] = (await stores.users.list(null, 100)).filter((user) => user.role === 'owner');
      if (!only) return expect.fail('no owner');
      for (const deed of [change(only, { role: 'admin' }), change(only, { tenants: [mustId('tenant', 'T_ONE')] }), change(only, { state: 'disabled' }), { do: 'remove_user', user: only.id, was: only, at: START } as const]) expect(await doing(deed)).toBe('last_owner');
      await must(change(only));
      const other = await joined({ role: 'owner' });
      const outcomes = await Promise.all([doing({ do: 'remove_user', user: other.id, was: other, at: START }), doing(change(only, { state: 'disabled' }))]);
      expect(outcomes.toSorted()).toEqual(['done', 'last_owner']);
      expect(await stores.users.hasOwner()).toBe(true);
    });

    describe('a link', () => {
      test('works once, in its time, and only the newest of one person', async () => {
        const [old, invitation] = [invitationOf({ email: 'kim@argus.example' }), invitationOf({ email: 'kim@argus.example' })];
        await must({ do: 'invite', invitation: old });
        await must({ do: 'invite', invitation });
        const join = (codeHash: Uint8Array, at = START) => doing({ do: 'join', codeHash, user: newUser(), at });
        expect(await join(old.codeHash)).toBe('invitation_refused');
        expect(await join(random(32))).toBe('invitation_refused');
        expect(await join(invitation.codeHash, invitation.expiresAt)).toBe('invitation_refused');
        expect((await Promise.all([join(invitation.codeHash), join(invitation.codeHash)])).toSorted()).toEqual(['done', 'invitation_refused']);
        expect(await stores.users.invitation(invitation.codeHash)).toEqual({ ...invitation, usedAt: START });
      });
      test('gives nobody an e-mail that somebody has, until they are removed', async () => {
        const user = await joined();
        const invitation = invitationOf();
        await must({ do: 'invite', invitation });
        expect(await doing({ do: 'join', codeHash: invitation.codeHash, user: newUser({ email: user.email }), at: START })).toBe('user_exists');
        await must({ do: 'remove_user', user: user.id, was: user, at: START });
        expect(await stores.users.byEmail(user.email)).toBeNull();
        await must({ do: 'join', codeHash: invitation.codeHash, user: newUser({ email: user.email }), at: START });
      });
      test('to begin anew takes everything that was: password, second factor, codes, sign-ins', async () => {
        const user = await joined();
        await stores.users.pendTotp(user.id, { sealed: random(48), at: START });
        await must({ do: 'set_totp', user: user.id, pendingAt: START, step: 7, codes: [random(32)], at: START });
        const { login } = await signedIn(user);
        const invitation = invitationOf({ user: user.id, email: user.email });
        await must({ do: 'invite', invitation });
        await must({ do: 'begin_anew', codeHash: invitation.codeHash, user: user.id, passwordHash: 'scrypt$new', at: START + 1 });
        expect(await stores.users.byId(user.id)).toMatchObject({ passwordHash: 'scrypt$new', totp: null, totpPending: null, recoveryCodesLeft: 0 });
        expect((await stores.logins.byId(login.id))?.endedAt).toBe(START + 1);
        expect(await doing({ do: 'begin_anew', codeHash: invitation.codeHash, user: user.id, passwordHash: 'x', at: START + 2 })).toBe('invitation_refused');
      });
    });

    test('a user comes back as they were written, and lists keep to tenants', async () => {
      const [one, two] = [mustId('tenant', 'T_ONE'), mustId('tenant', 'T_TWO')];
      const user = newUser({ tenants: [one], role: 'viewer' });
      await joined(user);
      expect(await stores.users.byEmail(user.email)).toEqual({ ...user, state: 'active', totp: null, totpPending: null, recoveryCodesLeft: 0, passkeys: 0, lastSignInAt: null });
      const both = await joined({ tenants: [one, two] });
      const ids = async (within: readonly TenantId[] | null) => (await stores.users.list(within, 1_000)).map(({ id }) => id).filter((id) => id === user.id || id === both.id);
      expect([await ids([one]), await ids([two]), await ids([one, two]), await ids(null)]).toEqual([[user.id], [], [user.id, both.id], [user.id, both.id]]);
    });

    describe('a sign-in', () => {
      test('is found by its secret with whose it is, is touched forward only, and is confirmed', async () => {
        const user = await joined();
        const { login, secretHash } = await signedIn(user, { createdAt: START + 3, activeAt: START + 3 });
        expect(await stores.logins.bySecretHash(secretHash)).toEqual({ login, user: { ...user, lastSignInAt: START + 3 } });
        expect(await stores.logins.bySecretHash(random(32))).toBeNull();
        await stores.logins.touch(login.id, START + 9);
        await stores.logins.touch(login.id, START + 8);
        await must({ do: 'confirm_login', login: login.id, by: 'totp', at: START + 7 });
        expect(await stores.logins.byId(login.id)).toEqual({ ...login, activeAt: START + 9, confirmedAt: START + 7, confirmedBy: 'totp' });
        expect((await stores.logins.openOf(user.id, START)).map(({ id }) => id)).toEqual([login.id]);
        expect(await stores.logins.openOf(user.id, login.expiresAt)).toEqual([]);
      });
      test('is opened for nobody who is disabled, nor with a password or an authenticator app that was changed meanwhile', async () => {
        const user = await joined();
        const open = (checked: Checked | null): Deed => ({ do: 'open_login', login: loginOf(user), secretHash: random(32), checked });
        await must(open({ passwordHash: HASH, totpAt: null }));
        expect(await doing(open({ passwordHash: 'another', totpAt: null }))).toBe('sign_in_refused');
        await stores.users.pendTotp(user.id, { sealed: random(48), at: START });
        await must({ do: 'set_totp', user: user.id, pendingAt: START, step: 7, codes: [], at: START + 1 });
        expect([await doing(open({ passwordHash: HASH, totpAt: null })), await doing(open({ passwordHash: HASH, totpAt: START }))]).toEqual(['sign_in_refused', 'sign_in_refused']);
        await must(open({ passwordHash: HASH, totpAt: START + 1 }));
        await must(change(user, { state: 'disabled' }));
        expect(await doing(open(null))).toBe('sign_in_refused');
      });
      test('that has ended is not confirmed, and ending is for those that are named', async () => {
        const user = await joined();
        const [one, two] = [await signedIn(user), await signedIn(user)];
        await must({ do: 'end_logins', user: user.id, logins: [one.login.id], at: START + 4 });
        await must({ do: 'end_logins', user: user.id, logins: [one.login.id], at: START + 9 });
        expect([(await stores.logins.byId(one.login.id))?.endedAt, (await stores.logins.byId(two.login.id))?.endedAt]).toEqual([START + 4, null]);
        expect(await doing({ do: 'confirm_login', login: one.login.id, by: 'totp', at: START + 5 })).toBe('login_not_found');
      });

      /** Guarantee: what was opened with a sign-in goes no further than it. */
      test('carries the sessions it opened: none is opened or stands after its end, and every node hears of it', async () => {
        const user = await joined();
        const { login } = await signedIn(user);
        const place = { tenant: mustId('tenant', `P_${fresh()}`), agent: mustId('agent', `agent_p_${fresh()}`) };
        await consentedAndArmed(ledger, place.tenant, place.agent);
        const session = sessionOf({ ...place, state: 'activating', tokenId: login.id, operator: user.email });
        const opening = { ...factOf({ tenant: place.tenant, outcome: 'ok' }) };
        expect((await ledger.append(opening, [{ do: 'open_session', session }])).ok).toBe(true);
        expect([await stores.sessions.isStanding(session.id), (await stores.sessions.openOfToken(login.id)).map(({ id }) => id)]).toEqual([true, [session.id]]);
        const reader = await stores.nodes.follow();
        await must({ do: 'end_logins', user: user.id, logins: 'all', at: START });
        expect(await reader.next()).toContainEqual({ kind: 'session_ended', session: session.id });
        expect(await stores.sessions.isStanding(session.id)).toBe(false);
        const needing = await ledger.append(opening, [{ do: 'need_standing', session: session.id }]);
        expect(needing.ok ? 'done' : needing.error.code).toBe('session_expired');
        expect((await ledger.append(opening, [{ do: 'end_session', id: session.id, at: START, by: 'deactivate' }])).ok).toBe(true);
        const again = await ledger.append(opening, [{ do: 'open_session', session: sessionOf({ ...place, state: 'activating', tokenId: login.id }) }]);
        expect(again.ok ? 'done' : again.error.code).toBe('missing_role');
      });
      test('lets nothing be done with it once it has ended', async () => {
        const user = await joined();
        const { login } = await signedIn(user);
        const invitation = invitationOf({ createdBy: user.email });
        await must({ do: 'need_login', login: login.id });
        await must({ do: 'end_logins', user: user.id, logins: 'all', at: START });
        expect(await doing({ do: 'need_login', login: login.id }, { do: 'invite', invitation })).toBe('unauthenticated');
        expect(await stores.users.invitation(invitation.codeHash)).toBeNull();
      });
      test('ends with all but one of a user, also those that nobody knew of', async () => {
        const [user, other] = [await joined(), await joined()];
        const [kept, ended, untouched] = [await signedIn(user), await signedIn(user), await signedIn(other)];
        await must({ do: 'end_logins', user: user.id, logins: { but: kept.login.id }, at: START + 5 });
        const endedAt = async ({ login }: typeof kept) => (await stores.logins.byId(login.id))?.endedAt;
        expect([await endedAt(kept), await endedAt(ended), await endedAt(untouched)]).toEqual([null, START + 5, null]);
      });
      test('makes tokens as long as it is open', async () => {
        const user = await joined();
        const { login } = await signedIn(user);
        const pat = await patOf(user, { madeBy: login.id });
        expect((await stores.pats.byId(pat.tokenId))?.madeBy).toBe(login.id);
        await must({ do: 'end_logins', user: user.id, logins: 'all', at: START });
        expect(await doing({ do: 'issue_pat', pat: { ...pat, tokenId: newHandle('token', random), secretHash: random(32) } })).toBe('unauthenticated');
      });
    });

    /** Guarantee: one approval is one token at most, on however many nodes somebody comes for it. */
    describe('a hand-off', () => {
      const handoffOf = (login: Login, over: Partial<HandoffRow> = {}): HandoffRow => ({
        codeHash: random(32), challenge: random(32), login: login.id, operator: 'ana@argus.example', name: 'laptop', scopes: ['tenants:read', 'logs:read'], tenants: null, days: 30, createdAt: START, expiresAt: START + 60_000, ...over,
      });
      test('comes back as it was approved, once, also when several ask at once', async () => {
        const { login } = await signedIn(await joined());
        const one = mustId('tenant', 'T_ONE');
        const [handoff, other] = [handoffOf(login, { tenants: [one] }), handoffOf(login)];
        await must({ do: 'approve_handoff', handoff });
        await must({ do: 'approve_handoff', handoff: other });
        expect(await stores.handoffs.take(random(32))).toBeNull();
        const taken = await Promise.all(Array.from({ length: 6 }, () => stores.handoffs.take(handoff.codeHash)));
        expect(taken.filter((row) => row !== null)).toHaveLength(1);
        const plain = (row: HandoffRow | null | undefined) => row && { ...row, codeHash: [...row.codeHash], challenge: [...row.challenge] };
        expect(plain(taken.find((row) => row !== null))).toEqual(plain(handoff));
        expect(plain(await stores.handoffs.take(other.codeHash))).toEqual(plain(other));
      });
      test('is approved with a sign-in that is open, and with no other', async () => {
        const { login } = await signedIn(await joined());
        expect(await doing({ do: 'approve_handoff', handoff: handoffOf(login, { createdAt: login.expiresAt, expiresAt: login.expiresAt + 1 }) })).toBe('unauthenticated');
        await must({ do: 'end_logins', user: login.user, logins: 'all', at: START });
        expect(await doing({ do: 'approve_handoff', handoff: handoffOf(login) })).toBe('unauthenticated');
      });
      test('that nobody came for in time goes with the next one', async () => {
        const { login } = await signedIn(await joined());
        const [old, young] = [handoffOf(login, { expiresAt: START + 1_000 }), handoffOf(login, { createdAt: START + 500, expiresAt: START + 1_500 })];
        for (const handoff of [old, young, handoffOf(login, { createdAt: START + 1_000, expiresAt: START + 2_000 })]) await must({ do: 'approve_handoff', handoff });
        expect([await stores.handoffs.take(old.codeHash), (await stores.handoffs.take(young.codeHash))?.expiresAt]).toEqual([null, START + 1_500]);
      });
    });

    /** Guarantee: whoever is disabled or removed is so everywhere, in the very next request. */
    describe('a change of what somebody may', () => {
      test('ends their sign-ins and the tokens in their name that reach further, and no others', async () => {
        const [user, other] = [await joined(), await joined()];
        const [{ login }, untouched] = [await signedIn(user), await signedIn(other)];
        const one = mustId('tenant', 'T_ONE');
        const [fits, mightier, wider, others] = [await patOf(user, { tenants: [one] }), await patOf(user, { scopes: ['tenants:read', 'pats:write'], tenants: [one] }), await patOf(user), await patOf(other)];
        await must(change(user, { role: 'viewer', tenants: [one] }));
        expect([await isAlive(fits), await isAlive(mightier), await isAlive(wider), await isAlive(others)]).toEqual([true, false, false, true]);
        expect([(await stores.logins.byId(login.id))?.endedAt, (await stores.logins.byId(untouched.login.id))?.endedAt]).toEqual([START + 5, null]);
      });
      test.each(['disabled', 'removed'])('to %s ends all of them', async (how) => {
        const user = await joined();
        const [{ login }, pat] = [await signedIn(user), await patOf(user)];
        await must(how === 'removed' ? { do: 'remove_user', user: user.id, was: user, at: START + 5 } : change(user, { state: 'disabled' }));
        expect([await isAlive(pat), (await stores.logins.byId(login.id))?.endedAt]).toEqual([false, START + 5]);
        expect((await stores.users.byId(user.id))?.state).toBe(how);
        expect((await stores.users.byId(user.id))?.passwordHash).toBe(how === 'removed' ? null : HASH);
      });
      test.each(['changed', 'removed'])('to be %s spends the links they made, and those made for them', async (how) => {
        const [user, other] = [await joined(), await joined()];
        const [theirs, forThem, untouched] = [invitationOf({ createdBy: user.email }), invitationOf({ user: user.id, email: user.email, createdBy: other.email }), invitationOf({ user: other.id, email: other.email, createdBy: other.email })];
        for (const invitation of [theirs, forThem, untouched]) await must({ do: 'invite', invitation });
        await must(how === 'removed' ? { do: 'remove_user', user: user.id, was: user, at: START + 5 } : change(user, { role: 'viewer' }));
        const spentAt = async ({ codeHash }: InvitationRow) => (await stores.users.invitation(codeHash))?.usedAt;
        expect([await spentAt(theirs), await spentAt(forThem), await spentAt(untouched)]).toEqual([START + 5, START + 5, null]);
      });
      /** Guarantee: what was decided about somebody as they were is not done to who they have become, nor is a link made for them. */
      test('is not one of who they were before', async () => {
        const user = await joined({ role: 'viewer' });
        await must(change(user, { role: 'owner' }));
        const late = [change(user, { role: 'operator' }), { do: 'remove_user', user: user.id, was: user, at: START } as const, { do: 'invite', invitation: invitationOf({ user: user.id, email: user.email, role: user.role }) } as const];
        for (const deed of late) expect(await doing(deed), deed.do).toBe('user_changed_meanwhile');
        expect((await stores.users.byId(user.id))?.role).toBe('owner');
      });
      test('is nobody\'s who is gone', async () => {
        const user = await joined();
        await must({ do: 'remove_user', user: user.id, was: user, at: START });
        for (const deed of [change(user), { do: 'remove_user', user: user.id, was: user, at: START } as const, { do: 'set_password', user: user.id, was: null, passwordHash: 'x' } as const, { do: 'drop_totp', user: user.id, at: START } as const]) expect(await doing(deed)).toBe('user_not_found');
      });
    });

    describe('secrets of a user', () => {
      test('a password changes only from the one it was', async () => {
        const user = await joined();
        expect(await doing({ do: 'set_password', user: user.id, was: 'another', passwordHash: 'new' })).toBe('user_not_found');
        await must({ do: 'set_password', user: user.id, was: HASH, passwordHash: 'new' });
        await stores.users.renewHash(user.id, HASH, 'late');
        await stores.users.renewHash(user.id, 'new', 'renewed');
        expect((await stores.users.byId(user.id))?.passwordHash).toBe('renewed');
      });
      test('an authenticator app counts from its first code, which is spent then, and each step counts once and never back', async () => {
        const user = await joined();
        const sealed = random(48);
        await stores.users.pendTotp(user.id, { sealed, at: START });
        expect(await doing({ do: 'set_totp', user: user.id, pendingAt: START - 1, step: 7, codes: [], at: START })).toBe('user_not_found');
        await must({ do: 'set_totp', user: user.id, pendingAt: START, step: 7, codes: [random(32), random(32)], at: START + 1 });
        expect(await stores.users.byId(user.id)).toMatchObject({ totp: { sealed, at: START + 1 }, totpPending: null, recoveryCodesLeft: 2 });
        expect(await stores.users.burnTotpStep(user.id, 7)).toBe(false);
        const burnt = await Promise.all(Array.from({ length: 8 }, () => stores.users.burnTotpStep(user.id, 8)));
        expect(burnt.filter(Boolean)).toHaveLength(1);
        expect(await stores.users.burnTotpStep(user.id, 8)).toBe(false);
        await must({ do: 'drop_totp', user: user.id, at: START });
        expect(await stores.users.byId(user.id)).toMatchObject({ totp: null, recoveryCodesLeft: 0 });
      });
      test('a recovery code counts once, its owner\'s alone, and not after newer ones were made', async () => {
        const [user, other, one, two] = [await joined(), await joined(), random(32), random(32)];
        await must({ do: 'set_recovery_codes', user: user.id, codes: [one, two], at: START });
        expect(await stores.users.burnRecoveryCode(other.id, one, START)).toBe(false);
        const burnt = await Promise.all(Array.from({ length: 8 }, () => stores.users.burnRecoveryCode(user.id, one, START)));
        expect(burnt.filter(Boolean)).toHaveLength(1);
        await must({ do: 'set_recovery_codes', user: user.id, codes: [random(32)], at: START });
        expect([await stores.users.burnRecoveryCode(user.id, two, START), (await stores.users.byId(user.id))?.recoveryCodesLeft]).toEqual([false, 1]);
      });
    });

    describe('turns', () => {
      const kind = { max: 3, withinMs: 1_000, restMs: 5_000 };
      const take = (key: Uint8Array, at: number) => stores.signInTurns.take(key, kind, START + at);
      test('are so many within a while; then it rests, and trying makes that no longer', async () => {
        const key = random(32);
        expect([await take(key, 0), await take(key, 1), await take(key, 2), await take(key, 3), await take(key, 5_001)]).toEqual([null, null, null, 4_999, 1]);
        expect(await stores.signInTurns.resting([key, random(32)], kind, START + 5_001)).toEqual([true, false]);
        expect([await take(key, 5_002), await take(key, 5_003), await take(key, 6_100), await take(key, 6_101), await take(key, 6_102)]).toEqual([null, null, null, null, null]);
      });
      test('many at once are not more', async () => {
        const key = random(32);
        expect((await Promise.all(Array.from({ length: 12 }, () => take(key, 0)))).filter((wait) => wait === null)).toHaveLength(3);
      });
      test('are given back and cleared, and forgotten when nobody can rest for them any more', async () => {
        const [key, old] = [random(32), random(32)];
        for (let i = 0; i < 9; i++) {
          expect(await take(key, i)).toBeNull();
          await stores.signInTurns.giveBack(key);
        }
        for (let i = 0; i < 3; i++) await take(key, 20);
        await stores.signInTurns.clear(key);
        expect(await take(key, 21)).toBeNull();
        for (let i = 0; i < 3; i++) await take(old, 0);
        await stores.signInTurns.sweep(START + 4_000);
        expect(await take(old, 4_000)).toBe(1_000);
      });
    });
  });
}
