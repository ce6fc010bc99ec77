/** What the records of calls, attempts and events promise their readers and writers, whatever they are made of. */
import { newHandle, type TenantId } from '@argus/protocol/ids.ts';
import { utf8 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { leafText } from '@argus/protocol/leaf.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AGENT, callOf, factOf, INSTANCE, newId, newSessionId, OTHER_TENANT, seededRandom, TENANT } from '../../test/sample.ts';
import type { ApiCall } from '../audit/api-call.ts';
import { auditRow, leafOf, type Attempt } from '../audit/attempt.ts';
import type { Deed, RecordPage, RecordQuery, Stores } from '../ports.ts';

export type MadeRecords = {
  readonly stores: Pick<Stores, 'calls' | 'records' | 'leaves'>;
  /** A moment for which there is room. */
  readonly now: number;
  /** How many rows a page looks at. */
  readonly scannedMax: number;
  readonly close: () => Promise<void>;
};

const random = seededRandom('records contract');
const everything = { tenants: null, match: {}, limit: 500 } as const;

export function recordsContract(name: string, make: () => Promise<MadeRecords>): void {
  // oxlint-disable-next-line vitest/valid-title -- each adapter says its own name
  describe(name, () => {
    let made: MadeRecords;
    let now: number;
    beforeAll(async () => {
      made = await make();
      now = made.now;
      const deeds: readonly Deed[] = [TENANT, OTHER_TENANT].map((id) => ({ do: 'create_tenant', id, name: 'x', at: now }));
      await append(null, factOf({ tenant: null, type: 'tenant_created', at: now - 60_000 }), deeds);
    });
    afterAll(() => made.close());

    async function append(tenant: TenantId | null, attempt: Attempt, deeds: readonly Deed[] = []): Promise<string> {
      const tree = tenant ?? 'operator';
      const seq = (await made.stores.leaves.head(tree))?.size ?? 0;
      const bytes = leafText(leafOf(attempt, { instance: INSTANCE, seq }));
      const audit = auditRow(newId(), attempt);
      const done = await made.stores.leaves.commit({
        tree,
        rows: [{ audit, seq, bytes, leafHash: leafHash(sha256, utf8(bytes)), salt: null }],
        nodes: [],
        checkpoint: { size: seq + 1, note: `${tree} ${seq}`, at: now },
        deeds: deeds.map((deed) => ({ deed, seq })),
      });
      expect(done).toEqual({ done: true });
      return audit.id;
    }
    /** A token of their own marks the calls of one test. */
    const marked = () => newHandle('token', random);
    const add = async (...calls: readonly ApiCall[]) => expect(await made.stores.calls.add(calls, 'durable')).toBe('written');
    const callsOf = (tokenId: ReturnType<typeof marked>, over: Partial<RecordQuery<'pat_id' | 'status' | 'route' | 'method' | 'actor'>> = {}) =>
      made.stores.records.apiCalls({ ...everything, ...over, match: { pat_id: tokenId, ...over.match } });
    const idsOf = (page: RecordPage<{ readonly id: string }>) => page.rows.map((row) => row.id);

    describe('calls', () => {
      test('are read as they were written', async () => {
        const tokenId = marked();
        const call = callOf({ at: now, tokenId, bodySha256: 'ab'.repeat(32), method: 'POST', status: 201, latencyMs: 17 });
        await add(call);
        const { named: _named, ...rest } = call;
        expect(await callsOf(tokenId)).toEqual({ rows: [{ ...rest, tenant: null }], next: null });
      });

      test('with nothing but what there has to be', async () => {
        const tokenId = marked();
        await add(callOf({ at: now, tokenId, scope: null, userAgent: null }));
        expect((await callsOf(tokenId)).rows).toMatchObject([{ scope: null, userAgent: null, bodySha256: null }]);
      });

      test('of a person say which of their sign-ins it was', async () => {
        const [actor, loginId] = [`${marked()}@argus.example`, newHandle('login', random)];
        await add(callOf({ at: now, actor, actorKind: 'login', tokenId: null, loginId }));
        const { rows } = await made.stores.records.apiCalls({ ...everything, match: { actor } });
        expect(rows).toMatchObject([{ actor, actorKind: 'login', tokenId: null, loginId }]);
      });

      test('that are sent again are there once', async () => {
        const tokenId = marked();
        const calls = [callOf({ at: now, tokenId }), callOf({ at: now, tokenId })];
        await add(...calls);
        await add(...calls, callOf({ at: now, tokenId }));
        expect((await callsOf(tokenId)).rows).toHaveLength(3);
      });

      /** Guarantee: a row belongs to the tenant whose thing was asked for, and one that nobody has is nobody's. */
      test('belong to the tenant whose thing the address names', async () => {
        const tokenId = marked();
        const agentHere = [{ do: 'issue_code', tenant: OTHER_TENANT, code: { codeHash: random(32), agent: AGENT, expectedPublicKey: null, createdBy: 'x', createdAt: now, expiresAt: now, used: null } }] as const;
        await append(OTHER_TENANT, factOf({ tenant: OTHER_TENANT, at: now - 50_000 }), agentHere);
        const named = [{ tenant: TENANT }, { agent: AGENT }, { tenant: 'NO_SUCH' as TenantId }, { session: newSessionId() }, {}];
        const calls = named.map((n) => callOf({ at: now, tokenId, named: n }));
        await add(...calls);
        const tenantOf = new Map((await callsOf(tokenId)).rows.map((row) => [row.id, row.tenant]));
        expect(calls.map((c) => tenantOf.get(c.id))).toEqual([TENANT, OTHER_TENANT, null, null, null]);
        expect(idsOf(await callsOf(tokenId, { tenants: [TENANT] }))).toEqual([calls[0]?.id]);
        expect((await callsOf(tokenId, { tenants: [TENANT, OTHER_TENANT] })).rows).toHaveLength(2);
        expect((await callsOf(tokenId, { tenants: [] })).rows).toEqual([]);
      });

      const matches = [{ status: 404 }, { method: 'PUT' }, { route: '/agents' }, { actor: 'bob@argus.example' }] as const;
      test.each(matches)('are found by %j', async (match) => {
        const tokenId = marked();
        const wanted = callOf({ at: now, tokenId, ...match });
        await add(wanted, callOf({ at: now, tokenId }));
        expect(idsOf(await callsOf(tokenId, { match }))).toEqual([wanted.id]);
      });

      test('are found from a moment on, and up to one', async () => {
        const tokenId = marked();
        const calls = [now - 2, now - 1, now].map((at) => callOf({ at, tokenId }));
        await add(...calls);
        expect(idsOf(await callsOf(tokenId, { from: now - 1 }))).toEqual([calls[2]?.id, calls[1]?.id]);
        expect(idsOf(await callsOf(tokenId, { to: now - 1 }))).toEqual([calls[0]?.id]);
        expect(idsOf(await callsOf(tokenId, { from: now - 1, to: now }))).toEqual([calls[1]?.id]);
      });
    });

    describe('pages', () => {
      async function walk(tokenId: ReturnType<typeof marked>, limit: number, between: () => Promise<void> = async () => undefined) {
        const ids: string[] = [];
        const sizes: number[] = [];
        let before: RecordQuery<never>['before'];
        for (let pages = 0; pages < 1_000; pages++) {
          const page = await callsOf(tokenId, { limit, ...(before && { before }) });
          ids.push(...idsOf(page));
          sizes.push(page.rows.length);
          if (!page.next) return { ids, sizes };
          before = page.next;
          await between();
        }
        throw new Error('no end');
      }

      /** Guarantee: whoever walks the pages sees every row that was there, once, newest first, whatever arrives meanwhile. */
      test.each([1, 2, 3, 7])('of %i hold every row once, in order, while rows arrive', async (limit) => {
        const tokenId = marked();
        // Several in the same millisecond: the order within it has to hold too.
        const calls = Array.from({ length: 20 }, (_, i) => callOf({ at: now - 500 - Math.floor(i / 4), tokenId }));
        await add(...calls);
        const newestFirst = calls.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).map((c) => c.id);
        const arriving = () => add(callOf({ at: now, tokenId }), callOf({ at: now, tokenId: marked() }));
        expect((await walk(tokenId, limit, arriving)).ids).toEqual(newestFirst);
      });

      /** Guarantee: a filter that hardly anything passes costs a page no more than its share. */
      test('end after so many rows looked at, and say where to go on', async () => {
        const [rare, others] = [marked(), marked()];
        const first = callOf({ at: now + 1_000, tokenId: rare });
        const last = callOf({ at: now + 700, tokenId: rare });
        await add(first, last, ...Array.from({ length: 3 * made.scannedMax }, (_, i) => callOf({ at: now + 701 + i, tokenId: others })));
        const { ids, sizes } = await walk(rare, 10);
        expect(ids).toEqual([first.id, last.id]);
        expect(sizes.length).toBeGreaterThan(3);
        expect(sizes).toContain(0);
      });
    });

    describe('attempts and events', () => {
      test('come from the same entries, each in its own words', async () => {
        const session = newSessionId();
        const id = await append(TENANT, factOf({ at: now, agent: AGENT, session, gatesPassed: ['network', 'say "hi"'], ip: '10.1.2.3', args: { minutes: 30 } }));
        const events = await made.stores.records.events({ ...everything, from: now, tenants: [TENANT] });
        const attempts = await made.stores.records.supportAudit({ ...everything, match: { session_id: session } });
        expect(attempts.rows).toEqual([
          {
            id, at: now, operator: 'ana@argus.example', ip: '10.1.2.3', tenant_id: TENANT, agent_id: AGENT, session_id: session, request_id: null, action: 'remote_support_activation',
            phase: 'fact', outcome: 'refused', code: 'tenant_not_armed', gates_passed: ['network', 'say "hi"'], reason: 'investigate alert', command: null, args: { minutes: 30 }, leaf_index: events.rows.find((row) => row.id === id)?.leaf_index,
          },
        ]);
        expect(events.rows.find((row) => row.id === id)).toMatchObject({
          at: now, source: 'remote_support', type: 'remote_support_activation', tenant_id: TENANT, tree: TENANT, body: { session, reason: 'investigate alert', v: 1 },
        });
      });

      const matches = [
        { agent_id: 'agent_only_this_one' }, { operator: 'bob@argus.example' }, { action: 'tenant_disarmed' }, { outcome: 'unknown' }, { code: 'nonce_replayed' }, { phase: 'intent' },
      ] as const;
      test.each(matches)('attempts are found by %j', async (match) => {
        const [[key, value]] = Object.entries(match) as [[string, string]];
        const words: Record<string, string> = { agent_id: 'agent', action: 'type' };
        const over = { at: now, [words[key] ?? key]: value, ...(key === 'phase' && { requestId: `req_${newSessionId()}` }) };
        const { outcome, ...attempt } = factOf(over as Partial<Attempt>);
        const id = await append(TENANT, key === 'phase' ? attempt : { ...attempt, ...(outcome && { outcome }) });
        expect(idsOf(await made.stores.records.supportAudit({ ...everything, match }))).toEqual([id]);
      });

      test.each(['LOBBY CAMERA', 'carla@argus', '%', "l'été"])('attempts are found by a text in them, whatever its letters: %j', async (text) => {
        const operator = text.includes('@') ? 'Carla@argus.example' : 'ana@argus.example';
        const id = await append(TENANT, factOf({ at: now, operator, reason: text.includes('@') ? 'something else' : `about 5 % of "l'été", the lobby camera_` }));
        const found = await made.stores.records.supportAudit({ ...everything, match: {}, text });
        expect(found.rows[0]?.id).toBe(id);
        expect(found.rows.every((row) => `${row.operator} ${row.reason}`.toLowerCase().includes(text.toLowerCase()))).toBe(true);
        expect((await made.stores.records.supportAudit({ ...everything, match: {}, text, tenants: [OTHER_TENANT] })).rows).toEqual([]);
      });

      test('events are found by their type', async () => {
        const id = await append(TENANT, factOf({ at: now, type: 'agent_enrolled', outcome: 'ok' }));
        expect(idsOf(await made.stores.records.events({ ...everything, match: { type: 'agent_enrolled' } }))).toEqual([id]);
      });

      /** Guarantee: rows of no tenant are found by whoever may see all, and by nobody else. */
      test('what belongs to nobody is not among the rows of anybody', async () => {
        await append(null, factOf({ tenant: null, at: now, operator: 'unauthenticated' }));
        for (const read of [made.stores.records.supportAudit, made.stores.records.events]) {
          const ofSome = await read({ ...everything, tenants: [TENANT, OTHER_TENANT] });
          expect(ofSome.rows.every((row) => row.tenant_id !== null)).toBe(true);
          const ofAll = await read(everything);
          expect(ofAll.rows.some((row) => row.tenant_id === null)).toBe(true);
          expect((await read({ ...everything, tenants: [OTHER_TENANT] })).rows.every((row) => row.tenant_id === OTHER_TENANT)).toBe(true);
        }
      });
    });
  });
}
