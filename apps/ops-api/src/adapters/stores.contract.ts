/**
 * What every set of stores promises, whatever it is made of. Each adapter runs this suite. Long, and in one piece: the
 * promises are about all ports on one database, and adapters run it with one call.
 */
import { toHex, utf8 } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import type { ErrorCode } from '@argus/protocol/errors.ts';
import { mustId, newHandle, newRequestId, type AgentId, type NodeId, type RequestId, type TenantId } from '@argus/protocol/ids.ts';
import { leafText } from '@argus/protocol/leaf.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertOf, reconciliationOf } from '../../test/alerts.ts';
import { signReceipt } from '@argus/keys/consent.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { keptOf, consentAttempt, consentOf, DAY_MS, factOf, INSTANCE, newId, NODE, seededRandom, sessionOf, START } from '../../test/sample.ts';
import { auditRow, leafOf, type Attempt } from '../audit/attempt.ts';
import type { Commit, Deed, EnrollmentCodeRow, LogBatch, NewPat, NodeRow, Stores } from '../ports.ts';
import { LAST_WORD_WITHIN_MS, type EndedBy, type Session } from '../sessions/session.ts';
import type { OidcDeed } from '../oidc/store.ts';
import type { PasskeyDeed } from '../passkeys/store.ts';
import type { PeopleDeed } from '../people/store.ts';
import { armedUntil, isConsentStanding, type Consent } from '../tenants/tenant.ts';

export type Made = {
  readonly stores: Stores;
  /** Ids in both audit stores, in no order: no port reads them back. */
  readonly audited: (tree: TreeName) => Promise<{ readonly audit: readonly string[]; readonly events: readonly string[] }>;
  readonly close: () => Promise<void>;
};

/** Text of every kind, as far as a receipt can have any. */
const RECEIPT = signReceipt(signingKeyOf(new Uint8Array(32).fill(21)), {
  v: 1, instance: INSTANCE, tenant: mustId('tenant', 'T_0001'), agents: '*', commands: '*', cameras: ['cam_3', '__proto__'].map((name) => mustId('camera', name)), document_sha256: 'ab'.repeat(32),
  serial: Number.MAX_SAFE_INTEGER, not_before: isoTime(START - DAY_MS), not_after: isoTime(START + DAY_MS),
});
const random = seededRandom('stores contract');
let counter = 0;
const fresh = () => ++counter;
const newTenantId = (): TenantId => mustId('tenant', `T_${String(fresh()).padStart(4, '0')}`);
const newAgentId = (): AgentId => mustId('agent', `agent_${String(fresh()).padStart(4, '0')}`);
const newHash = (): Uint8Array => random(32);
const hexes = (bytes: readonly Uint8Array[]) => bytes.map(toHex);
const armedNow = { at: START, by: 'ana@argus.example', until: armedUntil(START) };

const codeOf = (agent: AgentId, over: Partial<EnrollmentCodeRow> = {}): EnrollmentCodeRow => ({
  codeHash: newHash(), agent, expectedPublicKey: null, createdBy: 'ana@argus.example', createdAt: START, expiresAt: START + DAY_MS, used: null, ...over,
});
const enrolledWith = (publicKey: string) => ({ at: START + 5, publicKey, sealedPasskey: random(60), version: '1.4.0', platform: 'linux x64 6.1' });
const patOf = (over: Partial<NewPat> = {}): NewPat => ({
  tokenId: newHandle('token', random), secretHash: newHash(), operator: 'ana@argus.example', name: 'laptop', scopes: ['tenants:read'],
  tenants: null, createdAt: START, expiresAt: START + DAY_MS, ...over,
});

type Entry = { readonly attempt: Attempt; readonly deeds?: readonly Deed[] };

/** A batch as a lane makes it; the note is not a real checkpoint, which no store looks into. */
function batchOf(tree: TreeName, from: number, entries: readonly Entry[], nodes: readonly NodeRow[] = []): LogBatch {
  const rows = entries.map(({ attempt }, i) => {
    const seq = from + i;
    const bytes = leafText(leafOf(attempt, { instance: INSTANCE, seq }));
    return { audit: auditRow(newId(), attempt), seq, bytes, leafHash: leafHash(sha256, utf8(bytes)), salt: attempt.salt ?? null };
  });
  const size = from + entries.length;
  return {
    tree,
    rows,
    nodes,
    checkpoint: { size, note: `note of ${tree} at ${size}`, at: START },
    deeds: entries.flatMap(({ deeds = [] }, i) => deeds.map((deed) => ({ deed, seq: from + i }))),
  };
}

export function storesContract(name: string, make: () => Promise<Made>): void {
  // oxlint-disable-next-line vitest/valid-title -- each adapter says its own name
  describe(name, () => {
    let made: Made;
    let stores: Stores;
    beforeAll(async () => {
      made = await make();
      stores = made.stores;
    });
    afterAll(() => made.close());

    const sizeOf = async (tree: TreeName) => (await stores.leaves.head(tree))?.size ?? 0;
    /** As a lane does: whoever lost the place looks again. */
    async function append(tree: TreeName, ...entries: readonly Entry[]): Promise<Commit> {
      for (;;) {
        const outcome = await stores.leaves.commit(batchOf(tree, await sizeOf(tree), entries));
        if (outcome.done || outcome.why !== 'moved_on') return outcome;
      }
    }
    const doing = (tree: TreeName, ...deeds: readonly Deed[]) => append(tree, { attempt: factOf({ tenant: tree === 'operator' ? null : tree }), deeds });
    const must = async (outcome: Promise<Commit>) => expect(await outcome).toEqual({ done: true });
    const codeOfRefusal = async (outcome: Promise<Commit>): Promise<ErrorCode | 'done' | 'moved_on'> => {
      const o = await outcome;
      return o.done ? 'done' : o.why === 'denied' ? o.denial.code : o.why;
    };

    async function newTenant(): Promise<TenantId> {
      const id = newTenantId();
      await must(doing(id, { do: 'create_tenant', id, name: 'Seven Eleven', at: START }));
      return id;
    }
    const consenting = (tenant: TenantId, consent: Consent = consentOf()) =>
      append(tenant, { attempt: consentAttempt(tenant, consent), deeds: [{ do: 'save_consent', tenant, consent, at: START }] });
    async function armedTenant(): Promise<TenantId> {
      const tenant = await newTenant();
      await must(consenting(tenant));
      await must(doing(tenant, { do: 'arm', tenant, armed: armedNow }));
      return tenant;
    }
    async function enrolledAgent(tenant: TenantId, agent = newAgentId()): Promise<AgentId> {
      const code = codeOf(agent);
      await must(doing(tenant, { do: 'issue_code', code, tenant }));
      await must(doing(tenant, { do: 'enroll_agent', codeHash: code.codeHash, agent, enrolled: enrolledWith('key one') }));
      return agent;
    }
    async function issued(over: Partial<NewPat> = {}): Promise<NewPat> {
      const pat = patOf(over);
      await must(doing('operator', { do: 'issue_pat', pat }));
      return pat;
    }
    /** Everything a session needs. */
    async function ready() {
      const tenant = await armedTenant();
      return { tenant, agent: await enrolledAgent(tenant) };
    }
    async function openSession(over: Parameters<typeof sessionOf>[0] = {}) {
      const place = await ready();
      const session = sessionOf({ ...place, state: 'activating', ...over });
      await must(doing(session.tenant, { do: 'open_session', session }));
      return session;
    }

    describe('an empty database', () => {
      test('has no instance and no leaves, and founding it once gives it both halves of its key', async () => {
        expect(await stores.founding.instance()).toBeNull();
        expect(await stores.founding.hasLeaves()).toBe(false);
        expect(await stores.leaves.trees()).toEqual([]);
        const key = { publicKey: newHash(), sealedSeed: random(60) };
        await stores.founding.found(INSTANCE, key, START);
        const found = await stores.founding.instance();
        expect(found?.id).toBe(INSTANCE);
        expect(found?.logKeys.map((k) => hexes([k.publicKey, k.sealedSeed]))).toEqual([hexes([key.publicKey, key.sealedSeed])]);
      });

      /** Guarantee: a second founding could only make every earlier checkpoint worthless. */
      test('is founded once: the second one is refused and changes nothing', async () => {
        const before = await stores.founding.instance();
        await expect(stores.founding.found(newHandle('instance', random), { publicKey: newHash(), sealedSeed: random(60) }, START)).rejects.toThrow();
        const after = await stores.founding.instance();
        expect([after?.id, after?.logKeys.length]).toEqual([before?.id, 1]);
      });
    });

    describe('nodes', () => {
      test('every start is a new epoch, also when two start at once', async () => {
        const node = newHandle('node', random);
        const epochs = await Promise.all(Array.from({ length: 10 }, () => stores.founding.nextEpoch(node, START)));
        expect(epochs.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        expect(await stores.founding.nextEpoch(newHandle('node', random), START)).toBe(1);
      });
    });

    describe('deeds', () => {
      test('create_tenant: it is there, without consent and not armed', async () => {
        const id = await newTenant();
        expect(await stores.tenants.byId(id)).toEqual({ id, name: 'Seven Eleven', createdAt: START, consent: null, consentLeaf: null, armed: null });
        expect(await stores.founding.hasLeaves()).toBe(true);
      });

      const consents: readonly (readonly [string, Consent])[] = [
        ['everything, for ever', consentOf()],
        ['until a day, two commands and a camera', consentOf({ expiresAt: START + DAY_MS, scope: { commands: ['ping', 'agent_info'], cameras: [mustId('camera', 'cam_3')] } })],
        ['nothing at all', consentOf({ scope: { commands: [], cameras: [] } })],
        ['in the hand of the tenant, to the last character', consentOf({ receipt: RECEIPT, expiresAt: START + DAY_MS })],
      ];
      test.each(consents)('save_consent: %s, exactly as it was recorded, with the leaf that says so', async (_what, consent) => {
        const tenant = await newTenant();
        await must(consenting(tenant, consent));
        const read = await stores.tenants.byId(tenant);
        expect(read?.consent).toEqual(consent);
        expect(read?.consentLeaf).toBe((await stores.leaves.leaves(tenant, 1, 2))[0]?.bytes);
        expect(read && isConsentStanding(read, START)).toBe(true);
      });

      test('save_consent again: the newer one counts, with its own leaf', async () => {
        const tenant = await newTenant();
        await must(consenting(tenant));
        const narrower = consentOf({ scope: { commands: ['ping'] }, documentId: 'DOC-2' });
        await must(consenting(tenant, narrower));
        const read = await stores.tenants.byId(tenant);
        expect(read?.consent).toEqual(narrower);
        expect(read && isConsentStanding(read, START)).toBe(true);
      });

      /** Guarantee: nobody asserted the new one, so nothing is armed on it. */
      test('save_consent while armed: in the same commit the tenant is not armed any more', async () => {
        const tenant = await armedTenant();
        await must(consenting(tenant, consentOf({ documentId: 'DOC-2' })));
        expect(await stores.tenants.byId(tenant)).toMatchObject({ armed: null, consent: { documentId: 'DOC-2' } });
      });

      /** Guarantee: of arming and recording another consent at once, never both hold. */
      test('arm: only on the consent whose entry it asserts, in any race', async () => {
        for (let round = 0; round < 20; round++) {
          const tenant = await newTenant();
          await must(consenting(tenant));
          const arming = () => doing(tenant, { do: 'arm', tenant, armed: armedNow, consentSeq: 1 });
          const other = () => consenting(tenant, consentOf({ documentId: 'DOC-2' }));
          await Promise.all(round % 2 === 0 ? [arming(), other()] : [other(), arming()]);
          expect(await stores.tenants.byId(tenant)).toMatchObject({ armed: null, consent: { documentId: 'DOC-2' } });
        }
      });

      /** Guarantee: the row alone opens nothing; without the leaf it points at there is no consent. */
      test('a consent whose entry says something else does not stand', async () => {
        const tenant = await newTenant();
        await must(doing(tenant, { do: 'save_consent', tenant, consent: consentOf(), at: START }));
        const read = await stores.tenants.byId(tenant);
        expect(read?.consent).not.toBeNull();
        expect(read && isConsentStanding(read, START)).toBe(false);
      });

      test('arm and disarm', async () => {
        const tenant = await armedTenant();
        expect((await stores.tenants.byId(tenant))?.armed).toEqual(armedNow);
        await must(doing(tenant, { do: 'disarm', tenant }));
        const disarmed = await stores.tenants.byId(tenant);
        expect([disarmed?.armed, disarmed?.consent?.documentId]).toEqual([null, 'DOC-2026-014']);
      });

      test('withdraw_consent: it is gone, and so is the arming that stood on it', async () => {
        const tenant = await armedTenant();
        await must(doing(tenant, { do: 'withdraw_consent', tenant, by: 'kim@tenant.example', at: START }));
        expect(await stores.tenants.byId(tenant)).toMatchObject({ consent: null, consentLeaf: null, armed: null });
      });

      test('issue_code and enroll_agent: the code is spent, the agent has its keys', async () => {
        const tenant = await newTenant();
        const agent = newAgentId();
        const code = codeOf(agent, { expectedPublicKey: 'key one' });
        await must(doing(tenant, { do: 'issue_code', code, tenant }));
        expect(await stores.agents.byId(agent)).toEqual({
          id: agent, tenant, createdAt: START, keys: null, revokedAt: null, version: null, platform: null, lastSeenAt: null, manifest: null,
        });
        const before = await stores.agents.codeByHash(code.codeHash);
        expect(before).toMatchObject({ tenant, row: { agent, expectedPublicKey: 'key one', createdBy: 'ana@argus.example', createdAt: START, expiresAt: START + DAY_MS, used: null } });
        expect(toHex(before?.row.codeHash ?? new Uint8Array())).toBe(toHex(code.codeHash));

        const enrolled = enrolledWith('key one');
        await must(doing(tenant, { do: 'enroll_agent', codeHash: code.codeHash, agent, enrolled }));
        const after = await stores.agents.byId(agent);
        expect(after).toMatchObject({ tenant, version: '1.4.0', platform: 'linux x64 6.1', keys: { publicKey: 'key one' } });
        expect(toHex(after?.keys?.sealedPasskey ?? new Uint8Array())).toBe(toHex(enrolled.sealedPasskey));
        expect((await stores.agents.codeByHash(code.codeHash))?.row.used).toEqual({ at: START + 5, byKey: 'key one' });
      });

      test('an id nobody enrolled yet may get another code', async () => {
        const tenant = await newTenant();
        const agent = newAgentId();
        const codes = [codeOf(agent), codeOf(agent)];
        for (const code of codes) await must(doing(tenant, { do: 'issue_code', code, tenant }));
        for (const code of codes) expect((await stores.agents.codeByHash(code.codeHash))?.row.agent).toBe(agent);
      });

      test('open, start, end: each state as it was written', async () => {
        const session = await openSession();
        expect(await stores.sessions.byId(session.id)).toEqual(session);
        expect(await stores.sessions.openOf(session.agent)).toEqual(session);
        const hash = newHash();
        expect(await stores.sessions.bySecretHash(hash)).toBeNull();

        await must(doing(session.tenant, { do: 'start_session', id: session.id, secretHash: hash }));
        const active = { ...session, state: 'active' };
        expect(await stores.sessions.byId(session.id)).toEqual(active);
        expect(await stores.sessions.bySecretHash(hash)).toEqual({ session: active, tenant: await stores.tenants.byId(session.tenant) });

        const who = { actor: 'operator', operator: 'eve@argus.example' } as const;
        await must(doing(session.tenant, { do: 'end_session', id: session.id, at: START + 9, by: 'deactivate', who }));
        const lastWord = { is: 'awaited', dueAt: START + 9 + LAST_WORD_WITHIN_MS, failedAt: null };
        const ended = { ...session, state: 'ended', endedAt: START + 9, endedBy: 'deactivate', endedWho: who, lastWord };
        expect(await stores.sessions.byId(session.id)).toEqual(ended);
        expect(await stores.sessions.openOf(session.agent)).toBeNull();
        expect((await stores.sessions.bySecretHash(hash))?.session).toEqual(ended);
      });

      test('the tenant beside a session is the tenant as it stands now, leaf and all', async () => {
        const session = await openSession();
        const hash = newHash();
        await must(doing(session.tenant, { do: 'start_session', id: session.id, secretHash: hash }));
        expect((await stores.sessions.bySecretHash(hash))?.tenant.armed).toEqual(armedNow);
        const before = (await stores.sessions.bySecretHash(hash))?.tenant;
        expect(before && isConsentStanding(before, START)).toBe(true);
        await must(doing(session.tenant, { do: 'withdraw_consent', tenant: session.tenant, by: 'kim@tenant.example', at: START }));
        expect((await stores.sessions.bySecretHash(hash))?.tenant).toMatchObject({ consent: null, armed: null });
      });

      const shutting: Readonly<Record<string, (s: Session) => readonly Deed[]>> = {
        ended: ({ id }) => [{ do: 'end_session', id, at: START, by: 'deactivate' }],
        disarmed: ({ tenant }) => [{ do: 'disarm', tenant }],
        'disarmed, and armed again': ({ tenant }) => [{ do: 'disarm_armed', tenant, overdueAt: null }, { do: 'arm', tenant, armed: armedNow }],
        'consent withdrawn': ({ tenant }) => [{ do: 'withdraw_consent', tenant, by: 'x', at: START }],
        'agent revoked': ({ agent }) => [{ do: 'revoke_agent', agent, at: START }],
        'token revoked': ({ tokenId }) => [{ do: 'revoke_pat', id: mustId('token', tokenId), at: START }],
      };
      test.each(Object.entries(shutting))('a session stands until it is: %s', async (_how, shut) => {
        const openWithToken = async () => openSession({ tokenId: (await issued()).tokenId });
        const [session, other] = [await openWithToken(), await openWithToken()];
        const needing = ({ tenant, id }: Session) => codeOfRefusal(doing(tenant, { do: 'need_standing', session: id }));
        expect([await stores.sessions.isStanding(session.id), await needing(session)]).toEqual([true, 'done']);
        const size = await sizeOf(session.tenant);
        // An entry that comes after one of the same batch comes after what it did, too.
        const batch = batchOf(session.tenant, size, [
          { attempt: factOf({ tenant: session.tenant }), deeds: shut(session) },
          { attempt: factOf({ tenant: session.tenant }), deeds: [{ do: 'need_standing', session: session.id }] },
        ]);
        expect(await stores.leaves.commit(batch)).toMatchObject({ done: false, why: 'denied', denial: { code: 'session_expired' } });
        expect(await stores.sessions.isStanding(session.id)).toBe(true);
        for (const deed of shut(session)) await must(doing(session.tenant, deed));
        expect([await stores.sessions.isStanding(session.id), await needing(session)]).toEqual([false, 'session_expired']);
        expect([await stores.sessions.isStanding(other.id), await needing(other)]).toEqual([true, 'done']);
        const [good, bad] = [{ do: 'need_standing', session: other.id }, { do: 'need_standing', session: session.id }] as const;
        const entries = [good, bad].map((deed) => ({ attempt: factOf({ tenant: other.tenant }), deeds: [deed] }));
        expect(await stores.leaves.commit(batchOf(other.tenant, await sizeOf(other.tenant), entries))).toMatchObject({ done: false, why: 'denied' });
      });

      /** A row per way each deed is refused. The key is the deed's own name: a deed without a row does not compile. */
      type Refused = readonly (readonly [why: string, ErrorCode, () => Promise<Deed>])[];
      const nobody = mustId('tenant', 'NOBODY');

      /** Guarantee: a token that is being revoked makes no other: whichever comes first in the log, that was so. */
      test('issue_pat and revoke_pat of its maker at once, fifty times: never a child after the end of its maker', async () => {
        const saying = (reason: string, deed: Deed) => codeOfRefusal(append('operator', { attempt: factOf({ tenant: null, reason }), deeds: [deed] }));
        for (let round = 0; round < 50; round++) {
          const { tokenId } = await issued();
          const child = patOf({ madeBy: tokenId });
          const first = await sizeOf('operator');
          const acts = [() => saying('child made', { do: 'issue_pat', pat: child }), () => saying('maker revoked', { do: 'revoke_pat', id: tokenId, at: START })];
          const outcomes = await Promise.all((round % 2 === 0 ? acts : acts.toReversed()).map((act) => act()));
          const [made, revoked] = round % 2 === 0 ? outcomes : outcomes.toReversed();
          const log = (await stores.leaves.leaves('operator', first, first + 3)).map(({ bytes }) => (JSON.parse(bytes) as { reason: string }).reason);
          expect([made, revoked, log]).toEqual(made === 'done' ? ['done', 'done', ['child made', 'maker revoked']] : ['unauthenticated', 'done', ['maker revoked']]);
          expect((await stores.pats.byId(child.tokenId)) === null).toBe(made !== 'done');
        }
      });

      /** Guarantee: a credential that is being revoked opens no session behind the back of whoever ends its sessions. */
      test('open_session and revoke_pat at once, fifty times: no session is open that the revoker does not find', async () => {
        const place = await ready();
        for (let round = 0; round < 50; round++) {
          const { tokenId } = await issued();
          const session = sessionOf({ ...place, state: 'activating', tokenId });
          const open = async () => codeOfRefusal(doing(place.tenant, { do: 'open_session', session }));
          const revoke = async () => { await must(doing('operator', { do: 'revoke_pat', id: tokenId, at: START })); return (await stores.sessions.openOfToken(tokenId)).map((s) => s.id); };
          const [opened, found] = await Promise.all([open(), revoke()]);
          expect(['done', 'missing_role']).toContain(opened);
          expect(found).toEqual(opened === 'done' ? [session.id] : []);
          if (opened === 'done') await must(doing(place.tenant, { do: 'end_session', id: session.id, at: START, by: 'deactivate' }));
        }
      });

      test('the open sessions of a token are those that were opened with it, and have not ended', async () => {
        const { tokenId } = await issued();
        const [one, two, ended] = [await openSession({ tokenId }), await openSession({ tokenId }), await openSession({ tokenId })];
        await openSession();
        await must(doing(ended.tenant, { do: 'end_session', id: ended.id, at: START, by: 'deactivate' }));
        expect((await stores.sessions.openOfToken(tokenId)).map((s) => s.id).toSorted()).toEqual([one.id, two.id].toSorted());
      });
      // People have a suite of their own: people.contract.ts; so have their passkeys: passkeys.contract.ts.
      const refused: { readonly [D in Exclude<Deed['do'], PeopleDeed['do'] | PasskeyDeed['do'] | OidcDeed['do']>]: Refused } = {
        rotate_log_key: [],
        keep_result: [
          ['more than the tenant may have kept', 'result_too_large', async () => {
            const tenant = await newTenant();
            await must(doing(tenant, { do: 'keep_result', kept: keptOf({ tenant }), bytesMax: 2_000 }));
            return { do: 'keep_result', kept: keptOf({ tenant }), bytesMax: 1_999 };
          }],
          ['one that is larger alone', 'result_too_large', async () => ({ do: 'keep_result', kept: keptOf({ tenant: await newTenant() }), bytesMax: 999 })],
        ],
        issue_pat: [
          ['made with one that was revoked', 'unauthenticated', async () => {
            const { tokenId } = await issued();
            await must(doing('operator', { do: 'revoke_pat', id: tokenId, at: START }));
            return { do: 'issue_pat', pat: patOf({ madeBy: tokenId }) };
          }],
          ['made with one that is over this very millisecond', 'unauthenticated', async () => {
            const { tokenId } = await issued({ expiresAt: START + 5 });
            return { do: 'issue_pat', pat: patOf({ madeBy: tokenId, createdAt: START + 5 }) };
          }],
          ['made with one that never was', 'unauthenticated', async () => ({ do: 'issue_pat', pat: patOf({ madeBy: newHandle('token', random) }) })],
        ],
        revoke_pat: [
          ['no such token', 'pat_not_found', async () => ({ do: 'revoke_pat', id: newHandle('token', random), at: START })],
          ['revoked by somebody else', 'pat_not_found', async () => {
            const { tokenId } = await issued();
            await must(doing('operator', { do: 'revoke_pat', id: tokenId, at: START }));
            return { do: 'revoke_pat', id: tokenId, at: START + 1 };
          }],
        ],
        create_tenant: [['the id is taken', 'tenant_exists', async () => ({ do: 'create_tenant', id: await newTenant(), name: 'Another', at: START })]],
        save_consent: [['no such tenant', 'tenant_not_found', async () => ({ do: 'save_consent', tenant: nobody, consent: consentOf(), at: START })]],
        withdraw_consent: [['no such tenant', 'tenant_not_found', async () => ({ do: 'withdraw_consent', tenant: nobody, by: 'x', at: START })]],
        arm: [
          ['no such tenant', 'tenant_not_found', async () => ({ do: 'arm', tenant: nobody, armed: armedNow })],
          ['never consented', 'tenant_consent_required', async () => ({ do: 'arm', tenant: await newTenant(), armed: armedNow })],
          ['consent withdrawn', 'tenant_consent_required', async () => {
            const tenant = await armedTenant();
            await must(doing(tenant, { do: 'withdraw_consent', tenant, by: 'x', at: START }));
            return { do: 'arm', tenant, armed: armedNow };
          }],
          ['another consent than was asserted', 'consent_document_mismatch', async () => {
            const tenant = await newTenant();
            await must(consenting(tenant));
            await must(consenting(tenant, consentOf({ documentId: 'DOC-2' })));
            return { do: 'arm', tenant, armed: armedNow, consentSeq: 1 };
          }],
        ],
        disarm: [['no such tenant', 'tenant_not_found', async () => ({ do: 'disarm', tenant: nobody })]],
        disarm_armed: [
          ['no such tenant', 'tenant_not_armed', async () => ({ do: 'disarm_armed', tenant: nobody, overdueAt: null })],
          ['not armed any more', 'tenant_not_armed', async () => {
            const tenant = await armedTenant();
            await must(doing(tenant, { do: 'disarm_armed', tenant, overdueAt: null }));
            return { do: 'disarm_armed', tenant, overdueAt: null };
          }],
          ['armed for a millisecond longer', 'tenant_not_armed', async () => ({ do: 'disarm_armed', tenant: await armedTenant(), overdueAt: armedNow.until - 1 })],
        ],
        issue_code: [
          ['no such tenant', 'tenant_not_found', async () => ({ do: 'issue_code', code: codeOf(newAgentId()), tenant: nobody })],
          ['another tenant has the id', 'agent_exists', async () => {
            const [one, other] = [await newTenant(), await newTenant()];
            const agent = newAgentId();
            await must(doing(one, { do: 'issue_code', code: codeOf(agent), tenant: one }));
            return { do: 'issue_code', code: codeOf(agent), tenant: other };
          }],
          ['a machine has enrolled', 'agent_exists', async () => {
            const tenant = await newTenant();
            return { do: 'issue_code', code: codeOf(await enrolledAgent(tenant)), tenant };
          }],
        ],
        enroll_agent: [
          ['no such code', 'enrollment_refused', async () => {
            const tenant = await newTenant();
            const agent = newAgentId();
            await must(doing(tenant, { do: 'issue_code', code: codeOf(agent), tenant }));
            return { do: 'enroll_agent', codeHash: newHash(), agent, enrolled: enrolledWith('key') };
          }],
          ['the code was used', 'enrollment_refused', async () => {
            const tenant = await newTenant();
            const code = codeOf(newAgentId());
            await must(doing(tenant, { do: 'issue_code', code, tenant }));
            const deed = { do: 'enroll_agent', codeHash: code.codeHash, agent: code.agent, enrolled: enrolledWith('key') } as const;
            await must(doing(tenant, deed));
            return deed;
          }],
          ['another code was used for the same agent', 'enrollment_refused', async () => {
            const tenant = await newTenant();
            const agent = newAgentId();
            const [one, two] = [codeOf(agent), codeOf(agent)];
            for (const code of [one, two]) await must(doing(tenant, { do: 'issue_code', code, tenant }));
            await must(doing(tenant, { do: 'enroll_agent', codeHash: one.codeHash, agent, enrolled: enrolledWith('key') }));
            return { do: 'enroll_agent', codeHash: two.codeHash, agent, enrolled: enrolledWith('other key') };
          }],
          ['the code is for another agent', 'enrollment_refused', async () => {
            const tenant = await newTenant();
            const [one, two] = [codeOf(newAgentId()), codeOf(newAgentId())];
            for (const code of [one, two]) await must(doing(tenant, { do: 'issue_code', code, tenant }));
            return { do: 'enroll_agent', codeHash: one.codeHash, agent: two.agent, enrolled: enrolledWith('key') };
          }],
        ],
        open_session: [
          ['the agent has an activating one', 'session_active', async () => {
            const { tenant, agent } = await openSession();
            return { do: 'open_session', session: sessionOf({ tenant, agent, state: 'activating' }) };
          }],
          ['the agent has an active one', 'session_active', async () => {
            const { tenant, agent, id } = await openSession();
            await must(doing(tenant, { do: 'start_session', id, secretHash: newHash() }));
            return { do: 'open_session', session: sessionOf({ tenant, agent, state: 'activating' }) };
          }],
          // The ladder looked a moment ago; what counts is what is true when the entry is written.
          ['the tenant was disarmed meanwhile', 'tenant_not_armed', async () => {
            const place = await ready();
            await must(doing(place.tenant, { do: 'disarm', tenant: place.tenant }));
            return { do: 'open_session', session: sessionOf({ ...place, state: 'activating' }) };
          }],
          ['the consent was withdrawn meanwhile', 'tenant_not_armed', async () => {
            const place = await ready();
            await must(doing(place.tenant, { do: 'withdraw_consent', tenant: place.tenant, by: 'x', at: START }));
            return { do: 'open_session', session: sessionOf({ ...place, state: 'activating' }) };
          }],
          ['the arming ran out', 'tenant_not_armed', async () => {
            const place = await ready();
            const createdAt = armedNow.until;
            return { do: 'open_session', session: sessionOf({ ...place, state: 'activating', createdAt, expiresAt: createdAt + 60_000 }) };
          }],
          ['the credential was revoked meanwhile', 'missing_role', async () => {
            const [place, { tokenId }] = [await ready(), await issued()];
            await must(doing('operator', { do: 'revoke_pat', id: tokenId, at: START }));
            return { do: 'open_session', session: sessionOf({ ...place, state: 'activating', tokenId }) };
          }],
          ['the credential ran out meanwhile', 'missing_role', async () => {
            const [place, { tokenId }] = [await ready(), await issued({ createdAt: START - 5, expiresAt: START })];
            return { do: 'open_session', session: sessionOf({ ...place, state: 'activating', tokenId }) };
          }],
          ['a newer start of the node is running', 'shutting_down', async () => {
            const [place, node] = [await ready(), newHandle('node', random)];
            for (let i = 0; i < 2; i++) await stores.founding.nextEpoch(node, START);
            return { do: 'open_session', session: sessionOf({ ...place, state: 'activating', node, epoch: 1 }) };
          }],
          ['no such agent', 'agent_not_found', async () => ({ do: 'open_session', session: sessionOf({ tenant: await armedTenant(), agent: newAgentId(), state: 'activating' }) })],
          ['the agent of another tenant', 'agent_not_found', async () => {
            const [{ agent }, tenant] = [await ready(), await armedTenant()];
            return { do: 'open_session', session: sessionOf({ tenant, agent, state: 'activating' }) };
          }],
        ],
        start_session: [
          ['no such session', 'session_expired', async () => ({ do: 'start_session', id: newHandle('session', random), secretHash: newHash() })],
          ['already started', 'session_expired', async () => {
            const { tenant, id } = await openSession();
            await must(doing(tenant, { do: 'start_session', id, secretHash: newHash() }));
            return { do: 'start_session', id, secretHash: newHash() };
          }],
          // Guarantee: a token is never minted for a session that somebody ended while the agent woke up.
          ['ended meanwhile', 'session_expired', async () => {
            const { tenant, id } = await openSession();
            await must(doing(tenant, { do: 'end_session', id, at: START, by: 'disarmed' }));
            return { do: 'start_session', id, secretHash: newHash() };
          }],
        ],
        end_session: [
          ['no such session', 'session_expired', async () => ({ do: 'end_session', id: newHandle('session', random), at: START, by: 'expired' })],
          ['ended by somebody else', 'session_expired', async () => {
            const { tenant, id } = await openSession();
            await must(doing(tenant, { do: 'end_session', id, at: START, by: 'deactivate' }));
            return { do: 'end_session', id, at: START + 1, by: 'expired' };
          }],
          // Guarantee (fence): who took a node for dead does not end what it holds once it has shown itself again.
          ['the node that holds it lives', 'session_expired', async () => {
            const { tenant, id } = await openSession({ node: newHandle('node', random) });
            const node = (await stores.sessions.byId(id))?.node ?? NODE;
            await stores.nodes.beat(node, 1, START);
            const [sign] = (await stores.nodes.othersWithSessions(NODE)).filter((s) => s.node === node);
            await stores.nodes.beat(node, 1, START);
            return { do: 'end_session', id, at: START, by: 'server_shutdown', ...(sign && { onlyIfSilent: sign }), who: { actor: 'server', operator: tenant } };
          }],
        ],
        // Guarantee: nothing is ordered in a session that was shut before, by the order of the log.
        need_standing: [
          ['no such session', 'session_expired', async () => ({ do: 'need_standing', session: newHandle('session', random) })],
          ...Object.entries(shutting).map(([how, shut]) => [how, 'session_expired', async () => {
            const session = await openSession({ tokenId: (await issued()).tokenId });
            for (const deed of shut(session)) await must(doing(session.tenant, deed));
            return { do: 'need_standing', session: session.id } as const;
          }] as const),
        ],
        revoke_agent: [
          ['no such agent', 'agent_not_found', async () => ({ do: 'revoke_agent', agent: newAgentId(), at: START })],
          ['it was revoked before', 'agent_not_found', async () => {
            const { tenant, agent } = await ready();
            await must(doing(tenant, { do: 'revoke_agent', agent, at: START }));
            return { do: 'revoke_agent', agent, at: START + 1 };
          }],
        ],
        close_session: [
          ['no such session', 'session_expired', async () => ({ do: 'close_session', id: newHandle('session', random), at: START, signed: { how: 'deactivate', agentAt: START } })],
          ['still open', 'session_expired', async () => ({ do: 'close_session', id: (await openSession()).id, at: START, signed: { how: 'deactivate', agentAt: START } })],
          ['closed before', 'session_expired', async () => {
            const { tenant, id } = await openSession();
            await must(doing(tenant, { do: 'end_session', id, at: START, by: 'expired', signed: { how: 'expired', agentAt: START } }));
            return { do: 'close_session', id, at: START, signed: { how: 'deactivate', agentAt: START } };
          }],
        ],
        fail_to_close: [
          ['no last word is expected of one that never woke', 'session_expired', async () => {
            const { tenant, id } = await openSession();
            await must(doing(tenant, { do: 'end_session', id, at: START, by: 'agent_refused' }));
            return { do: 'fail_to_close', id, at: START + DAY_MS };
          }],
        ],
        raise_alert: [['raised before', 'already_recorded', async () => {
          const alert = alertOf();
          await must(doing('operator', { do: 'raise_alert', alert }));
          return { do: 'raise_alert', alert: alertOf({ key: alert.key }) };
        }]],
        acknowledge_alert: [['acknowledged before', 'alert_acknowledged', async () => {
          const alert = alertOf();
          const deed = { do: 'acknowledge_alert', alert: alert.id, acknowledged: { at: START, by: 'ana@argus.example', reason: 'looked at it' } } as const;
          await must(doing('operator', { do: 'raise_alert', alert }));
          await must(doing('operator', deed));
          return deed;
        }]],
        // Guarantee: however often a night is audited, it has one result.
        record_reconciliation: [['the night has a result', 'already_recorded', async () => {
          await must(doing('operator', { do: 'record_reconciliation', result: reconciliationOf(), reached: [] }));
          return { do: 'record_reconciliation', result: reconciliationOf(), reached: [] };
        }]],
      };

      const rows = Object.entries(refused).flatMap(([deed, ways]) => ways.map(([why, code, arrange]) => [deed, why, code, arrange] as const));
      /** Guarantee: a refused deed leaves no leaf, no audit row, and no effect of the deeds written with it. */
      test.each(rows)('%s, %s: %s, and nothing of its batch is written', async (_deed, _why, code, arrange) => {
        const bad = await arrange();
        const tree = await newTenant();
        const before = { size: await sizeOf(tree), audited: await made.audited(tree) };
        const neighbour = newTenantId();
        const outcome = await stores.leaves.commit(
          batchOf(tree, before.size, [
            { attempt: factOf({ tenant: tree }), deeds: [{ do: 'create_tenant', id: neighbour, name: 'Neighbour', at: START }] },
            { attempt: factOf({ tenant: tree }), deeds: [bad] },
            { attempt: factOf({ tenant: tree }) },
          ]),
        );
        expect(outcome).toMatchObject({ done: false, why: 'denied', denial: { code } });
        expect({ size: await sizeOf(tree), audited: await made.audited(tree) }).toEqual(before);
        expect(await stores.leaves.leaves(tree, before.size, before.size + 10)).toEqual([]);
        expect(await stores.leaves.checkpoint(tree, before.size + 3)).toBeNull();
        expect(await stores.tenants.byId(neighbour)).toBeNull();
      });
    });

    describe('two at once', () => {
      test('of many that open a session on one agent, one does', async () => {
        const place = await ready();
        const outcomes = await Promise.all(
          Array.from({ length: 12 }, () => codeOfRefusal(doing(place.tenant, { do: 'open_session', session: sessionOf({ ...place, state: 'activating' }) }))),
        );
        expect(outcomes.toSorted()).toEqual(['done', ...Array.from({ length: 11 }, () => 'session_active')]);
      });

      test('of many that enroll with one code, one does', async () => {
        const tenant = await newTenant();
        const code = codeOf(newAgentId());
        await must(doing(tenant, { do: 'issue_code', code, tenant }));
        const outcomes = await Promise.all(
          Array.from({ length: 12 }, (_, i) =>
            codeOfRefusal(doing(tenant, { do: 'enroll_agent', codeHash: code.codeHash, agent: code.agent, enrolled: enrolledWith(`key ${i}`) }))),
        );
        expect(outcomes.filter((o) => o === 'done')).toHaveLength(1);
        expect(new Set(outcomes)).toEqual(new Set(['done', 'enrollment_refused']));
      });

      test('a session ends exactly once, whoever is first', async () => {
        const { tenant, id } = await openSession();
        const ways: readonly EndedBy[] = ['deactivate', 'expired', 'disarmed', 'agent_lost'];
        const sizeBefore = await sizeOf(tenant);
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, i) => codeOfRefusal(doing(tenant, { do: 'end_session', id, at: START + i, by: ways[i % 4] ?? 'expired' }))),
        );
        expect(outcomes.filter((o) => o === 'done')).toHaveLength(1);
        expect(outcomes.filter((o) => o === 'session_expired')).toHaveLength(19);
        expect(await sizeOf(tenant)).toBe(sizeBefore + 1);
      });

      /** Guarantee: however the two interleave, no session is open after a withdrawal that began before it. */
      test('a session that opens while consent is withdrawn is either refused or found by whoever withdraws', async () => {
        for (let round = 0; round < 5; round++) {
          const place = await ready();
          const [opened] = await Promise.all([
            codeOfRefusal(doing(place.tenant, { do: 'open_session', session: sessionOf({ ...place, state: 'activating' }) })),
            (async () => {
              await must(doing(place.tenant, { do: 'withdraw_consent', tenant: place.tenant, by: 'x', at: START }));
              const open = await stores.sessions.openOfTenant(place.tenant);
              for (const { id } of open) await must(doing(place.tenant, { do: 'end_session', id, at: START, by: 'consent_withdrawn' }));
            })(),
          ]);
          expect(['done', 'tenant_not_armed']).toContain(opened);
          expect(await stores.sessions.openOfTenant(place.tenant)).toEqual([]);
        }
      });
    });

    /** Guarantee: whichever node is faster, no order stands in the log behind the entry that shut its session. */
    test('orders and a disarm that race: behind the disarm there is none', async () => {
      for (let round = 0; round < 20; round++) {
        const { tenant, id } = await openSession();
        const order = () => codeOfRefusal(doing(tenant, { do: 'need_standing', session: id }));
        const disarm = () => append(tenant, { attempt: factOf({ tenant, type: 'tenant_disarmed' }), deeds: [{ do: 'disarm', tenant }] });
        const from = await sizeOf(tenant);
        const [first, second, , third] = await Promise.all([order(), order(), must(disarm()), order()]);
        const orders = [first, second, third];
        expect(orders.filter((outcome) => outcome !== 'done' && outcome !== 'session_expired')).toEqual([]);
        const types = (await stores.leaves.leaves(tenant, from, from + 10)).map(({ bytes }) => (JSON.parse(bytes) as { type: string }).type);
        expect(types).toHaveLength(orders.filter((outcome) => outcome === 'done').length + 1);
        expect(types.at(-1)).toBe('tenant_disarmed');
      }
    });

    describe('nonces', () => {
      test('of fifty that burn the same one, exactly one may', async () => {
        const nonce = newRequestId(random);
        const burned = await Promise.all(Array.from({ length: 50 }, () => stores.nonces.burn('activation', nonce, START + 600_000)));
        expect(burned.filter(Boolean)).toHaveLength(1);
      });

      test('the two doors do not share them, and near misses are other nonces', async () => {
        const nonce = newRequestId(random);
        expect(await stores.nonces.burn('activation', nonce, START)).toBe(true);
        expect(await stores.nonces.burn('handshake', nonce, START)).toBe(true);
        expect(await stores.nonces.burn('activation', nonce.toUpperCase(), START)).toBe(true);
        expect(await stores.nonces.burn('activation', `${nonce} `, START)).toBe(true);
        expect(await stores.nonces.burn('activation', nonce, START)).toBe(false);
      });

      test('looking at one burns nothing, and tells the doors apart', async () => {
        const nonce = newRequestId(random);
        expect(await stores.nonces.isBurned('activation', nonce)).toBe(false);
        expect(await stores.nonces.burn('activation', nonce, START + 600_000)).toBe(true);
        expect(await stores.nonces.isBurned('activation', nonce)).toBe(true);
        expect(await stores.nonces.isBurned('handshake', nonce)).toBe(false);
      });

      test('sweeping forgets those whose time is up, to the millisecond, and no other', async () => {
        const [old, young] = [newRequestId(random), newRequestId(random)];
        await stores.nonces.burn('activation', old, START + 1_000);
        await stores.nonces.burn('activation', young, START + 1_001);
        await stores.nonces.sweep(START + 1_000);
        expect(await stores.nonces.burn('activation', young, START + 1_001)).toBe(false);
        expect(await stores.nonces.burn('activation', old, START + 9_999)).toBe(true);
      });

      test('one that nobody swept yet stays burned, also when its time is up', async () => {
        const nonce = newRequestId(random);
        await stores.nonces.burn('handshake', nonce, START - 1);
        expect(await stores.nonces.burn('handshake', nonce, START + 9_999)).toBe(false);
      });
    });

    describe('pats', () => {
      test('one opens for whom it was made, with what it was made with', async () => {
        const pat = await issued({ scopes: ['tenants:read', 'remote_support'], tenants: [mustId('tenant', 'T_ONE'), mustId('tenant', 'T_TWO')] });
        const { tokenId, operator, scopes, tenants } = pat;
        expect(await stores.pats.bySecretHash(pat.secretHash, START)).toEqual({ tokenId, operator, scopes, tenants });
        expect(await stores.pats.bySecretHash(newHash(), START)).toBeNull();
      });

      test('no tenants is none, null is all', async () => {
        const [none, all] = [await issued({ tenants: [] }), await issued({ tenants: null })];
        expect((await stores.pats.bySecretHash(none.secretHash, START))?.tenants).toEqual([]);
        expect((await stores.pats.bySecretHash(all.secretHash, START))?.tenants).toBeNull();
      });

      test('it lasts until its last millisecond', async () => {
        const pat = await issued({ expiresAt: START + 10 });
        expect(await stores.pats.bySecretHash(pat.secretHash, START + 9)).not.toBeNull();
        expect(await stores.pats.bySecretHash(pat.secretHash, START + 10)).toBeNull();
      });

      test('revoked is revoked, whatever the clock says; the others go on', async () => {
        const [gone, stays] = [await issued(), await issued()];
        await must(doing('operator', { do: 'revoke_pat', id: gone.tokenId, at: START + 5 }));
        expect(await stores.pats.bySecretHash(gone.secretHash, START)).toBeNull();
        expect((await stores.pats.byId(gone.tokenId))?.revokedAt).toBe(START + 5);
        expect(await stores.pats.bySecretHash(stays.secretHash, START)).not.toBeNull();
      });

      test('of many that revoke one, one does', async () => {
        const { tokenId } = await issued();
        const outcomes = await Promise.all(Array.from({ length: 8 }, (_, i) => codeOfRefusal(doing('operator', { do: 'revoke_pat', id: tokenId, at: START + i }))));
        expect(outcomes.toSorted()).toEqual(['done', ...Array.from({ length: 7 }, () => 'pat_not_found')]);
      });

      test('it is shown with everything but its secret', async () => {
        const maker = await issued();
        const { secretHash: _hash, ...pat } = await issued({ madeBy: maker.tokenId, tenants: [mustId('tenant', 'T_ONE')] });
        expect(await stores.pats.byId(pat.tokenId)).toEqual({ ...pat, lastUsedAt: null, revokedAt: null });
        expect(await stores.pats.byId(maker.tokenId)).toMatchObject({ madeBy: null });
        expect(await stores.pats.byId(newHandle('token', random))).toBeNull();
      });

      /** Guarantee: what reaches further than the tenants asked for is not in the list. */
      test('lists are newest first, and within a reach', async () => {
        const [one, two] = [mustId('tenant', 'T_REACH_ONE'), mustId('tenant', 'T_REACH_TWO')];
        const [older, both, all] = [await issued({ tenants: [one], createdAt: START + 1 }), await issued({ tenants: [one, two], createdAt: START + 2 }), await issued({ createdAt: START + 3 })];
        const ids = async (within: readonly TenantId[] | null, limit = 100) => (await stores.pats.list(within, limit)).map((p) => p.tokenId).filter((id) => [older, both, all].some((p) => p.tokenId === id));
        expect(await ids([one])).toEqual([older.tokenId]);
        expect(await ids([two])).toEqual([]);
        expect(await ids([two, one])).toEqual([both.tokenId, older.tokenId]);
        expect(await ids(null)).toEqual([all.tokenId, both.tokenId, older.tokenId]);
        expect(await ids(null, 1)).toEqual([all.tokenId]);
      });

      test('the last use moves on and never back, and what is not there is no matter', async () => {
        const [pat, other] = [await issued(), await issued()];
        const used = async (at: number) => {
          await stores.pats.used([{ id: pat.tokenId, at }, { id: newHandle('token', random), at }]);
          return (await stores.pats.byId(pat.tokenId))?.lastUsedAt;
        };
        expect([await used(START + 5), await used(START + 9), await used(START + 7)]).toEqual([START + 5, START + 9, START + 9]);
        expect((await stores.pats.byId(other.tokenId))?.lastUsedAt).toBeNull();
      });
    });

    describe('agents', () => {
      test('last seen moves on, and the older manifest stays until there is a newer one', async () => {
        const agent = await enrolledAgent(await newTenant());
        await stores.agents.seen(agent, START + 1, { text: '{"v":1}', takenAt: START + 1 });
        await stores.agents.seen(agent, START + 2, null);
        expect(await stores.agents.byId(agent)).toMatchObject({ lastSeenAt: START + 2, manifest: { text: '{"v":1}', takenAt: START + 1 } });
        await stores.agents.seen(agent, START + 3, { text: '{"v":2}', takenAt: START + 3 });
        expect((await stores.agents.byId(agent))?.manifest).toEqual({ text: '{"v":2}', takenAt: START + 3 });
      });

      test('seeing one that does not exist makes none', async () => {
        const nobody = newAgentId();
        await stores.agents.seen(nobody, START, null);
        expect(await stores.agents.byId(nobody)).toBeNull();
        expect(await stores.agents.codeByHash(newHash())).toBeNull();
      });

      test('a tenant\'s list holds its own and no other, by id', async () => {
        const [one, other] = [await newTenant(), await newTenant()];
        const ids = ['agent_b_1', 'agent_ba', 'agent_b1'].map((id) => mustId('agent', `${id}_${fresh()}`));
        for (const id of ids) await must(doing(one, { do: 'issue_code', code: codeOf(id), tenant: one }));
        await must(doing(other, { do: 'issue_code', code: codeOf(newAgentId()), tenant: other }));
        expect((await stores.agents.list(one)).map((a) => a.id)).toEqual(ids.toSorted());
        const all = (await stores.agents.list(null)).map((a) => a.id);
        expect(all).toEqual(all.toSorted());
        expect(all).toEqual(expect.arrayContaining(ids));
      });
    });

    test('tenants are listed by id, as bytes compare and not as a language would', async () => {
      const n = fresh();
      const ids = [`L${n}_B`, `L${n}A`, `L${n}1`, `L${n}_`].map((id) => mustId('tenant', id.padEnd(3, '_')));
      for (const id of ids) await must(doing('operator', { do: 'create_tenant', id, name: 'x', at: START }));
      const all = (await stores.tenants.list()).map((t) => t.id);
      expect(all.filter((id) => ids.includes(id))).toEqual(ids.toSorted());
      expect(all).toEqual(all.toSorted());
    });

    describe('sessions', () => {
      test('what an earlier life of a node left open is found, and nothing else', async () => {
        const [node, other] = [newHandle('node', random), newHandle('node', random)];
        const open = async (n: NodeId, epoch: number) => (await openSession({ node: n, epoch })).id;
        const old = [await open(node, 1), await open(node, 2)];
        await open(node, 3);
        await open(other, 1);
        const ended = await openSession({ node, epoch: 1 });
        await must(doing(ended.tenant, { do: 'end_session', id: ended.id, at: START, by: 'expired' }));
        expect((await stores.sessions.leftOpenBy(node, 3)).map((s) => s.id).toSorted()).toEqual(old.toSorted());
      });

      test('open ones of a tenant: all of its own, none of another\'s, none that ended', async () => {
        const tenant = await armedTenant();
        const sessions = [];
        for (let i = 0; i < 3; i++) sessions.push(await openSession({ tenant, agent: await enrolledAgent(tenant) }));
        await openSession();
        const [first, ...rest] = sessions;
        await must(doing(tenant, { do: 'end_session', id: first?.id ?? sessionOf().id, at: START, by: 'expired' }));
        expect((await stores.sessions.openOfTenant(tenant)).map((s) => s.id).toSorted()).toEqual(rest.map((s) => s.id).toSorted());
      });

      test('the list is newest first, ended ones too, up to the limit, and its order does not change', async () => {
        const tenant = await armedTenant();
        const at = (minute: number) => ({ createdAt: START + minute * 60_000, expiresAt: START + (minute + 30) * 60_000 });
        const ids: string[] = [];
        for (const minute of [2, 0, 1, 1]) ids.push((await openSession({ tenant, agent: await enrolledAgent(tenant), ...at(minute) })).id);
        const listed = (await stores.sessions.list([tenant], 10)).map((s) => s.id);
        const sameMinute = ids.slice(2).toSorted();
        expect(listed).toEqual([ids[0], ...sameMinute, ids[1]]);
        expect((await stores.sessions.list([tenant], 2)).map((s) => s.id)).toEqual(listed.slice(0, 2));
        expect(await stores.sessions.list([], 10)).toEqual([]);
        expect((await stores.sessions.list(null, 1_000)).length).toBeGreaterThan(4);
      });
    });

    describe('the log', () => {
      test('what was committed is what is read: leaves, nodes, checkpoints, head', async () => {
        const tree = newTenantId();
        expect(await stores.leaves.head(tree)).toBeNull();
        const salt = random(16);
        const entries = [{ attempt: factOf({ tenant: tree, salt }) }, { attempt: factOf({ tenant: tree, reason: 'second' }) }];
        const parent = { level: 1, index: 0, hash: newHash() };
        const batch = batchOf(tree, 0, entries, [parent]);
        await must(stores.leaves.commit(batch));
        expect(await stores.leaves.head(tree)).toEqual({ size: 2, note: `note of ${tree} at 2` });
        expect(await stores.leaves.leaves(tree, 0, 9)).toEqual(batch.rows.map(({ seq, bytes }) => ({ seq, bytes })));
        expect(await stores.leaves.leaves(tree, 1, 2)).toEqual([{ seq: 1, bytes: batch.rows[1]?.bytes }]);
        expect(await stores.leaves.leaves(tree, 2, 9)).toEqual([]);
        expect(await stores.leaves.checkpoint(tree, 2)).toBe(`note of ${tree} at 2`);
        expect(await stores.leaves.checkpoint(tree, 1)).toBeNull();
        expect(await stores.leaves.trees()).toContain(tree);
        expect(hexes(await stores.leaves.nodes(tree, [{ level: 1, index: 0 }, { level: 0, index: 1 }, { level: 0, index: 0 }]))).toEqual(
          hexes([parent.hash, batch.rows[1]?.leafHash ?? new Uint8Array(), batch.rows[0]?.leafHash ?? new Uint8Array()]),
        );
      });

      test('a node nobody stored reads as no bytes, in its place', async () => {
        const tree = newTenantId();
        await must(append(tree, { attempt: factOf({ tenant: tree }) }));
        const [missing, leaf, above] = await stores.leaves.nodes(tree, [{ level: 0, index: 7 }, { level: 0, index: 0 }, { level: 3, index: 0 }]);
        expect([missing?.length, leaf?.length, above?.length]).toEqual([0, 32, 0]);
        expect(await stores.leaves.nodes(tree, [])).toEqual([]);
      });

      test('each entry has its audit row and its event, one id for both', async () => {
        const tree = newTenantId();
        const batch = batchOf(tree, 0, [{ attempt: factOf({ tenant: tree }) }, { attempt: factOf({ tenant: tree }) }]);
        await must(stores.leaves.commit(batch));
        const ids = batch.rows.map((row) => row.audit.id).toSorted();
        const { audit, events } = await made.audited(tree);
        expect([audit.toSorted(), events.toSorted()]).toEqual([ids, ids]);
      });

      const taken: readonly (readonly [string, number])[] = [['taken', 1], ['taken long ago', 0], ['beyond the end, which would leave a gap', 3]];
      test.each(taken)('a place that is %s: moved_on, and nothing is written', async (_what, from) => {
        const tree = await newTenant();
        await must(append(tree, { attempt: factOf({ tenant: tree }) }));
        const neighbour = newTenantId();
        for (const deeds of [[], [{ do: 'create_tenant', id: neighbour, name: 'x', at: START }]] as const) {
          const outcome = await stores.leaves.commit(batchOf(tree, from, [{ attempt: factOf({ tenant: tree }), deeds }]));
          expect(outcome).toEqual({ done: false, why: 'moved_on' });
        }
        expect(await sizeOf(tree)).toBe(2);
        expect((await made.audited(tree)).audit).toHaveLength(2);
        expect(await stores.tenants.byId(neighbour)).toBeNull();
      });

      const intentOf = (tenant: TenantId, agent: AgentId, requestId: RequestId, over: Partial<Attempt> = {}): Attempt => {
        const { outcome: _outcome, code: _code, ...rest } = factOf({ tenant, agent, requestId, type: 'remote_support_command', command: 'ping' });
        return { ...rest, phase: 'intent', ...over };
      };
      const outcomeOf = (intent: Attempt): Attempt => ({ ...intent, phase: 'outcome', outcome: 'ok', answer: { intentSha256: 'ab'.repeat(32) } });

      describe('a request id', () => {
        const place = () => ({ tenant: newTenantId(), agent: newAgentId(), request: newRequestId(random) });

        test('used again for the same agent is refused, in a later batch', async () => {
          const { tenant, agent, request } = place();
          await must(append(tenant, { attempt: intentOf(tenant, agent, request) }));
          expect(await codeOfRefusal(append(tenant, { attempt: intentOf(tenant, agent, request, { command: 'agent_info' }) }))).toBe('request_id_reused');
          expect(await sizeOf(tenant)).toBe(1);
        });

        test('used twice within one batch takes the whole batch with it', async () => {
          const { tenant, agent, request } = place();
          const twice = [{ attempt: intentOf(tenant, agent, request) }, { attempt: intentOf(tenant, agent, request) }];
          expect(await codeOfRefusal(append(tenant, { attempt: factOf({ tenant }) }, ...twice))).toBe('request_id_reused');
          expect(await sizeOf(tenant)).toBe(0);
        });

        test('has one outcome', async () => {
          const { tenant, agent, request } = place();
          const intent = intentOf(tenant, agent, request);
          await must(append(tenant, { attempt: intent }));
          await must(append(tenant, { attempt: outcomeOf(intent) }));
          expect(await codeOfRefusal(append(tenant, { attempt: outcomeOf(intent) }))).toBe('request_id_reused');
        });

        test('of another agent is another request, and facts may repeat it', async () => {
          const { tenant, agent, request } = place();
          await must(append(tenant, { attempt: intentOf(tenant, agent, request) }));
          await must(append(tenant, { attempt: intentOf(tenant, newAgentId(), request) }));
          for (let i = 0; i < 2; i++) await must(append(tenant, { attempt: factOf({ tenant, agent, requestId: request }) }));
        });
      });

      test('open intents: of sessions of this node\'s earlier lives, without an outcome, oldest first', async () => {
        const node = newHandle('node', random);
        const session = await openSession({ node, epoch: 1 });
        const later = await openSession({ node, epoch: 2 });
        const elsewhere = await openSession({ node: NODE, epoch: 1 });
        const intentIn = (s: typeof session, at: number) => intentOf(s.tenant, s.agent, newRequestId(random), { session: s.id, at });
        const [answered, second, first] = [intentIn(session, START), intentIn(session, START + 2), intentIn(session, START + 1)];
        for (const attempt of [answered, outcomeOf(answered), second, first]) await must(append(session.tenant, { attempt }));
        await must(append(later.tenant, { attempt: intentIn(later, START) }));
        await must(append(elsewhere.tenant, { attempt: intentIn(elsewhere, START) }));

        const open = await stores.leaves.openIntents(node, 2);
        const leaves = await stores.leaves.leaves(session.tenant, 0, 100);
        expect(open).toEqual([leaves.at(-1), leaves.at(-2)]);
        expect(await stores.leaves.openIntents(node, 1)).toEqual([]);
        // A later life has settled what was open before it: nobody reads again what every life has ever done.
        expect(await stores.leaves.openIntents(node, 3)).toEqual(await stores.leaves.leaves(later.tenant, (await sizeOf(later.tenant)) - 1, 100));
        expect(await stores.leaves.openIntents(node, 9)).toEqual(await stores.leaves.openIntents(node, 3));
      });

      test('one intent by the id of its row: until it has its outcome, and of nobody else', async () => {
        const { tenant, agent, request } = { tenant: newTenantId(), agent: newAgentId(), request: newRequestId(random) };
        const batch = batchOf(tenant, 0, [{ attempt: factOf({ tenant }) }, { attempt: intentOf(tenant, agent, request) }]);
        await must(stores.leaves.commit(batch));
        const [fact, intent] = batch.rows;
        expect(await stores.leaves.openIntent(intent?.audit.id ?? '')).toEqual({ seq: 1, bytes: intent?.bytes });
        expect(await stores.leaves.openIntent(fact?.audit.id ?? '')).toBeNull();
        expect(await stores.leaves.openIntent(newId())).toBeNull();
        await must(append(tenant, { attempt: outcomeOf(intentOf(tenant, newAgentId(), request)) }));
        expect(await stores.leaves.openIntent(intent?.audit.id ?? '')).not.toBeNull();
        await must(append(tenant, { attempt: outcomeOf(intentOf(tenant, agent, request)) }));
        expect(await stores.leaves.openIntent(intent?.audit.id ?? '')).toBeNull();
      });

      test('after a commit that was answered nothing is under way', async () => {
        const tree = newTenantId();
        await must(append(tree, { attempt: factOf({ tenant: tree }) }));
        expect(await stores.leaves.commit(batchOf(tree, 0, [{ attempt: factOf({ tenant: tree }) }]))).toEqual({ done: false, why: 'moved_on' });
        expect(await stores.leaves.settle()).toBe(true);
      });
    });
  });
}
