/** What the log has to give back of a request, whatever it is made of. Each adapter runs this suite. */
import { utf8 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { mustId, newRequestId, type AgentId, type RequestId, type TenantId } from '@argus/protocol/ids.ts';
import { leafText } from '@argus/protocol/leaf.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factOf, INSTANCE, newId, seededRandom, START } from '../../test/sample.ts';
import { auditRow, leafOf, type Attempt } from '../audit/attempt.ts';
import type { Commit, Stores } from '../ports.ts';

export type MadeRequests = { readonly stores: Pick<Stores, 'leaves' | 'requests'>; readonly close: () => Promise<void> };

const random = seededRandom('requests contract');
let counter = 0;

export function requestsContract(name: string, make: () => Promise<MadeRequests>): void {
  describe(`${name}: requests`, () => {
    let made: MadeRequests;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.close());

    /** Entries of one batch get one checkpoint. */
    async function append(tree: TenantId, ...attempts: readonly Attempt[]): Promise<Commit> {
      const from = (await made.stores.leaves.head(tree))?.size ?? 0;
      const rows = attempts.map((attempt, i) => {
        const bytes = leafText(leafOf(attempt, { instance: INSTANCE, seq: from + i }));
        return { audit: auditRow(newId(), attempt), seq: from + i, bytes, leafHash: leafHash(sha256, utf8(bytes)), salt: attempt.salt ?? null };
      });
      const size = from + rows.length;
      return made.stores.leaves.commit({ tree, rows, nodes: [], deeds: [], checkpoint: { size, note: `note at ${size}`, at: START } });
    }

    function place() {
      counter++;
      const tenant = mustId('tenant', `REQUESTS_${counter}`);
      const agent = mustId('agent', `agent_requests_${counter}`);
      return { tenant, agent, request: newRequestId(random) };
    }
    const intentOf = ({ tenant, agent, request }: { tenant: TenantId; agent: AgentId; request: RequestId }, salt = random(16)): Attempt => {
      const { outcome: _outcome, code: _code, ...rest } = factOf({ tenant, agent, requestId: request, type: 'remote_support_command', command: 'ping' });
      return { ...rest, phase: 'intent', args: {}, salt };
    };
    const outcomeOf = (intent: Attempt, over: Partial<Attempt> = {}): Attempt => ({ ...intent, phase: 'outcome', outcome: 'unknown', code: 'command_timed_out', ...over });
    const lateOf = (intent: Attempt): Attempt => ({ ...intent, phase: 'fact', type: 'remote_support_late_outcome', outcome: 'ok', by: 'agent' });
    const fact = (tenant: TenantId): Attempt => factOf({ tenant });

    test('one that is only asked for has its intent, with the salt that opens it, and no outcome', async () => {
      const at = place();
      const salt = random(16);
      await append(at.tenant, fact(at.tenant), intentOf(at, salt));
      const [found, ...more] = await made.stores.requests.recorded(at.agent, [at.request]);
      expect(more).toEqual([]);
      expect(found).toMatchObject({ requestId: at.request, intent: { seq: 1 }, outcome: null, isLateKnown: false });
      expect(Buffer.from(found?.intent.salt ?? [])).toEqual(Buffer.from(salt));
      expect(JSON.parse(found?.intent.bytes ?? '')).toMatchObject({ phase: 'intent', request_id: at.request });
    });

    /** Guarantee: whoever asks again is shown the very checkpoint that was answered the first time. */
    test('one with an outcome has the first checkpoint that contains it, however long the log has become', async () => {
      const at = place();
      const intent = intentOf(at);
      await append(at.tenant, intent);
      await append(at.tenant, outcomeOf(intent), fact(at.tenant));
      await append(at.tenant, fact(at.tenant));
      const [found] = await made.stores.requests.recorded(at.agent, [at.request]);
      expect(found).toMatchObject({ intent: { seq: 0 }, outcome: { seq: 1, checkpoint: 'note at 3' }, isLateKnown: false });
      expect(JSON.parse(found?.outcome?.bytes ?? '')).toMatchObject({ phase: 'outcome', code: 'command_timed_out' });
    });

    test('of one agent are not found at another, nor under another id, and many are found at once', async () => {
      const [one, other] = [place(), place()];
      const second = { ...one, request: newRequestId(random) };
      for (const at of [one, second, other]) await append(at.tenant, intentOf(at));
      expect(await made.stores.requests.recorded(other.agent, [one.request])).toEqual([]);
      expect(await made.stores.requests.recorded(one.agent, [newRequestId(random)])).toEqual([]);
      expect(await made.stores.requests.recorded(one.agent, [])).toEqual([]);
      const found = await made.stores.requests.recorded(one.agent, [one.request, second.request, other.request]);
      expect(found.map((r) => r.requestId).toSorted()).toEqual([one.request, second.request].toSorted());
    });

    /** Guarantee: unknown, then a late word, once; and still exactly one outcome. */
    test('a late outcome is taken once, beside the one outcome', async () => {
      const at = place();
      const intent = intentOf(at);
      await append(at.tenant, intent);
      await append(at.tenant, outcomeOf(intent));
      expect(await append(at.tenant, lateOf(intent))).toEqual({ done: true });
      expect(await append(at.tenant, lateOf(intent))).toMatchObject({ done: false, why: 'denied', denial: { code: 'request_id_reused' } });
      expect(await append(at.tenant, outcomeOf(intent, { outcome: 'ok' }))).toMatchObject({ done: false, denial: { code: 'request_id_reused' } });
      expect(await made.stores.requests.recorded(at.agent, [at.request])).toMatchObject([{ outcome: { seq: 1 }, isLateKnown: true }]);
    });

    test('the same request id at two agents has two late outcomes', async () => {
      const one = place();
      const other = { ...place(), request: one.request };
      for (const at of [one, other]) {
        await append(at.tenant, intentOf(at));
        expect(await append(at.tenant, lateOf(intentOf(at)))).toEqual({ done: true });
      }
    });
  });
}
