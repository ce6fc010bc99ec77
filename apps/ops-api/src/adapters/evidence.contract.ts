/** What evidence is put together from, whatever the stores are made of. Each adapter runs this suite. */
import { toHex, utf8 } from '@argus/kit/bytes.ts';
import { mustId, newRequestId, type AgentId, type RequestId, type SessionId, type TenantId } from '@argus/protocol/ids.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { consentAttempt, consentOf, factOf, keptOf, newSessionId, seededRandom, START } from '../../test/sample.ts';
import { consentedAndArmed, IDENTITY } from '../../test/tenants.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Stores } from '../ports.ts';

export type MadeEvidence = { readonly stores: Pick<Stores, 'leaves' | 'evidence'>; readonly close: () => Promise<void> };

const random = seededRandom('evidence contract');
const ALL = { from: 0, below: 1_000, limit: 1_000 };
let counter = 0;

export function evidenceContract(name: string, make: () => Promise<MadeEvidence>): void {
  describe(`${name}: evidence`, () => {
    let made: MadeEvidence;
    let ledger: Ledger;
    beforeAll(async () => {
      made = await make();
      ledger = ledgerOver(made.stores.leaves);
    });
    afterAll(() => made.close());

    async function append(attempt: Attempt, ...deeds: NonNullable<Parameters<Ledger['append']>[1]>): Promise<number> {
      const written = await ledger.append(attempt, deeds);
      if (!written.ok) throw new Error(written.error.internal ?? written.error.code);
      return written.value.seq;
    }
    type Place = { readonly tenant: TenantId; readonly agent: AgentId; readonly session: SessionId; readonly request: RequestId };
    function place(): Place {
      counter++;
      return { tenant: mustId('tenant', `EVIDENCE_${counter}`), agent: mustId('agent', `agent_evidence_${counter}`), session: newSessionId(), request: newRequestId(random) };
    }
    const fact = ({ tenant, agent, session }: Place, over: Partial<Attempt> = {}) => factOf({ tenant, agent, session, ...over });
    const intent = (at: Place): Attempt => {
      const { outcome: _outcome, code: _code, ...rest } = fact(at, { type: 'remote_support_command', command: 'ping', requestId: at.request });
      return { ...rest, phase: 'intent' };
    };
    const outcome = (at: Place): Attempt => ({ ...intent(at), phase: 'outcome', outcome: 'unknown', code: 'command_timed_out' });
    const late = (at: Place): Attempt => ({ ...intent(at), phase: 'fact', type: 'remote_support_late_outcome', outcome: 'ok', by: 'agent' });

    /** Guarantee: what a tar header promises is what comes, whatever stands in the entries. */
    test('weighs texts as they are written in JSON, without a page being read', async () => {
      const at = place();
      for (const reason of ['plain', 'größer als "vorher" \\ und \\"nachher\\"', '日本語 🎥 \u007fx', 'tab and / slash'])
        await append(fact(at, { reason }));
      const rows = await made.stores.leaves.leaves(at.tenant, 0, 10);
      const bytes = (some: typeof rows) => some.reduce((sum, row) => sum + utf8(JSON.stringify(row.bytes)).length, 0);
      const { weigh } = made.stores.evidence;
      expect(await weigh(at.tenant, { from: 0, to: 4 })).toEqual({ count: 4, bytes: bytes(rows) });
      expect(await weigh(at.tenant, { from: 1, to: 3 })).toEqual({ count: 2, bytes: bytes(rows.slice(1, 3)) });
      expect(await weigh(at.tenant, { from: 3, to: 9 })).toEqual({ count: 1, bytes: bytes(rows.slice(3)) });
      expect(await weigh(place().tenant, { from: 0, to: 9 })).toEqual({ count: 0, bytes: 0 });
    });

    test('gives the leaves that are named, in order, and leaves out what is not there', async () => {
      const at = place();
      for (let i = 0; i < 5; i++) await append(fact(at));
      expect((await made.stores.evidence.leavesAt(at.tenant, [4, 0, 2, 99])).map(({ seq }) => seq)).toEqual([0, 2, 4]);
      expect(await made.stores.evidence.leavesAt(at.tenant, [])).toEqual([]);
    });

    test('picks for each target the first checkpoint that reaches it, each once, and none at or beyond the end', async () => {
      const at = place();
      await append(fact(at));
      await Promise.all(Array.from({ length: 6 }, () => append(fact(at)))); // batches: not every size has one
      await append(fact(at));
      const sizes: number[] = [];
      for (let size = 1; size <= 8; size++) if ((await made.stores.leaves.checkpoint(at.tenant, size)) !== null) sizes.push(size);
      const near = async (targets: number[], below: number) => (await made.stores.evidence.checkpointsNear(at.tenant, targets, below)).map((one) => one.size);
      expect(await near([1, 2, 3, 4, 5, 6, 7, 8], 9)).toEqual(sizes);
      expect(await near([2, 3], 9)).toEqual([...new Set([sizes.find((s) => s >= 2), sizes.find((s) => s >= 3)])]);
      expect(await near([1, 1], 8)).toEqual([1]);
      expect(await near([8], 8)).toEqual([]);
      const [one] = await made.stores.evidence.checkpointsNear(at.tenant, [1], 9);
      expect(one?.note).toBe(await made.stores.leaves.checkpoint(at.tenant, 1));
    });

    test('finds every entry of a session and no other, in pages, as far as the log is looked at', async () => {
      const [at, other] = [place(), place()];
      const elsewhere = { ...other, tenant: at.tenant };
      const own = [await append(intent(at)), await append(fact(at))];
      await append(fact(elsewhere));
      own.push(await append(outcome(at)), await append(late(at)));
      const { entriesOf } = made.stores.evidence;
      expect(await entriesOf(at.tenant, at.session, ALL)).toEqual(own);
      expect(await entriesOf(at.tenant, at.session, { ...ALL, limit: 2 })).toEqual(own.slice(0, 2));
      expect(await entriesOf(at.tenant, at.session, { from: 1, below: 4, limit: 9 })).toEqual([1, 3]);
      expect(await entriesOf(other.tenant, at.session, ALL)).toEqual([]);
    });

    test('knows which entries begin something, and which answer them', async () => {
      const at = place();
      const second = { ...at, request: newRequestId(random) };
      await append(intent(at)); // 0
      await append(intent(second)); // 1
      await append(outcome(second)); // 2
      await append(outcome(at)); // 3
      await append(fact(at, { type: 'remote_support_session_ended', outcome: 'ok', code: 'deactivate' })); // 4
      await append(late(at)); // 5
      const { stepsOf } = made.stores.evidence;
      expect(await stepsOf(at.tenant, at.session, ALL)).toEqual([{ index: 0, answers: [3, 5] }, { index: 1, answers: [2] }, { index: 4, answers: [] }]);
      expect(await stepsOf(at.tenant, at.session, { from: 1, below: 5, limit: 1 })).toEqual([{ index: 1, answers: [2] }]);
      expect(await stepsOf(at.tenant, at.session, { from: 0, below: 5, limit: 1 })).toEqual([{ index: 0, answers: [3] }]);
      expect(await stepsOf(at.tenant, newSessionId(), ALL)).toEqual([]);
    });

    test('finds what a session stands on: the newest act of consent and the newest arming before it, and where the machine enrolled', async () => {
      const at = place();
      await consentedAndArmed(ledger, at.tenant, at.agent); // 0 created, 1 consent, 2 armed, 3 code, 4 enrolled
      await append(fact(at, { type: 'tenant_armed', code: 'tenant_consent_required' })); // 5: refused, so nothing stands on it
      const again = consentOf({ documentId: 'DOC-2' });
      const second = await append(consentAttempt(at.tenant, again), { do: 'save_consent', tenant: at.tenant, consent: again, at: START }); // 6
      const { groundsAt, enrollments, enrollmentOf } = made.stores.evidence;
      expect(await groundsAt(at.tenant, 6)).toEqual([1, 2]);
      expect(await groundsAt(at.tenant, 7)).toEqual([2, second]);
      expect(await groundsAt(at.tenant, 1)).toEqual([]);
      const enrolled = { agent: at.agent, publicKey: IDENTITY.publicKeyText, index: 4 };
      expect(await enrollmentOf(at.tenant, at.agent)).toEqual(enrolled);
      expect(await enrollmentOf(place().tenant, at.agent)).toBeNull();
      expect(await enrollments(at.tenant, ALL)).toEqual([enrolled]);
      expect([await enrollments(at.tenant, { ...ALL, from: 5 }), await enrollments(at.tenant, { ...ALL, below: 4 })]).toEqual([[], []]);
    });

    test('has the exact text of every consent the tenant signed itself, where it was recorded, also when another one stands', async () => {
      const at = place();
      await append(factOf({ tenant: at.tenant, type: 'tenant_created', outcome: 'ok' }), { do: 'create_tenant', id: at.tenant, name: 'x', at: START }); // 0
      for (const receipt of ['{"größer": "1"}', undefined, '{"3":  "\\ "}']) {
        const consent = consentOf(receipt === undefined ? {} : { receipt });
        await append(consentAttempt(at.tenant, consent), { do: 'save_consent', tenant: at.tenant, consent, at: START });
      }
      const { receipts } = made.stores.evidence;
      expect(await receipts(at.tenant, ALL)).toEqual([{ index: 1, text: '{"größer": "1"}' }, { index: 3, text: '{"3":  "\\ "}' }]);
      expect([(await receipts(at.tenant, { ...ALL, from: 2 })).length, (await receipts(at.tenant, { ...ALL, below: 3 })).length, (await receipts(at.tenant, { ...ALL, limit: 1 })).length]).toEqual([1, 1, 1]);
      expect(await receipts(place().tenant, ALL)).toEqual([]);
    });

    test('weighs what is kept of results without reading it, at the outcomes it was written with, and gives each by itself', async () => {
      const at = place();
      await append(fact(at, { type: 'tenant_created' }), { do: 'create_tenant', id: at.tenant, name: 'x', at: START });
      const keep = (sealed: Uint8Array) => append(fact(at), { do: 'keep_result', kept: keptOf({ tenant: at.tenant, agent: at.agent, session: at.session, sealed }), bytesMax: 10_000 });
      await keep(Uint8Array.from({ length: 300 }, (_, i) => i % 256));
      await append(fact(at));
      await keep(new Uint8Array(48));
      const { kept, sealedAt } = made.stores.evidence;
      const { key, signature } = keptOf();
      expect(await kept(at.tenant, ALL)).toEqual([{ index: 1, bytes: 300, key, signature }, { index: 3, bytes: 48, key, signature }]);
      expect([(await kept(at.tenant, { ...ALL, from: 2 })).length, (await kept(at.tenant, { ...ALL, below: 3 })).length, (await kept(at.tenant, { ...ALL, limit: 1 })).length]).toEqual([1, 1, 1]);
      expect([...((await sealedAt(at.tenant, 1)) ?? [])]).toEqual(Array.from({ length: 300 }, (_, i) => i % 256));
      expect([await sealedAt(at.tenant, 2), await sealedAt(place().tenant, 1), await kept(place().tenant, ALL)]).toEqual([null, null, []]);
    });

    test('gives hashes in the order they are asked for, also twice, and nothing where none is', async () => {
      const at = place();
      for (let i = 0; i < 5; i++) await append(fact(at));
      const places = [{ level: 1, index: 1 }, { level: 0, index: 4 }, { level: 2, index: 0 }, { level: 0, index: 5 }, { level: 2, index: 1 }, { level: 1, index: 1 }];
      const hashes = (await made.stores.evidence.hashes(at.tenant, places)).map((hash) => toHex(hash));
      expect(hashes).toEqual((await made.stores.leaves.nodes(at.tenant, places)).map((hash) => toHex(hash)));
      expect(hashes.map((hash) => hash.length)).toEqual([64, 64, 64, 0, 0, 64]);
    });

    test('counts the stored hashes above the leaves', async () => {
      const at = place();
      expect(await made.stores.evidence.nodeCount(at.tenant)).toBe(0);
      for (let i = 0; i < 7; i++) await append(fact(at));
      expect(await made.stores.evidence.nodeCount(at.tenant)).toBe(3 + 1);
    });
  });
}
