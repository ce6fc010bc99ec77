/** What every store of cosignatures promises. Each adapter runs this suite on one set of stores. */
import { mustId, type AgentId, type TenantId } from '@argus/protocol/ids.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { START } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import type { Cosignature } from '../ledger/cosignature.ts';
import type { Stores } from '../ports.ts';

const [OURS, THEIRS] = [mustId('tenant', 'WITNESSED_001'), mustId('tenant', 'WITNESSED_002')];
const agentOf = (n: number): AgentId => mustId('agent', `agent_witness_${n}`);

export function cosignaturesContract(name: string, make: () => Promise<{ readonly stores: Stores; readonly close: () => Promise<void> }>): void {
  // oxlint-disable-next-line vitest/valid-title -- each adapter says its own name
  describe(name, () => {
    let stores: Stores;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ stores, close } = await make());
      const ledger = ledgerOver(stores.leaves);
      await consentedAndArmed(ledger, OURS, agentOf(1));
      await consentedAndArmed(ledger, THEIRS, agentOf(4));
      for (const n of [2, 3]) {
        const code = { codeHash: new Uint8Array(32).fill(n), agent: agentOf(n), expectedPublicKey: null, createdBy: 'x', createdAt: START, expiresAt: START + 1, used: null };
        const issued = await ledger.append({ at: START, type: 'agent_enrollment_code_created', phase: 'fact', tenant: OURS, agent: agentOf(n), operator: 'x', by: 'operator', reason: 'for a test' }, [{ do: 'issue_code', tenant: OURS, code }]);
        expect(issued.ok).toBe(true);
      }
      await stores.cosignatures.add([cosignature(1, 5), cosignature(1, 9), cosignature(2, 5), cosignature(3, 7), { ...cosignature(4, 5), tenant: THEIRS }]);
    });
    afterAll(() => close());

    const cosignature = (n: number, size: number, at = START + size * 1_000): Cosignature => ({ tenant: OURS, agent: agentOf(n), size, at, line: `— witness_${n} ${size} ${at}\n` });
    const list = async (tenant: TenantId, size: number | null, { after = null, limit = 100 }: { after?: AgentId | null; limit?: number } = {}) =>
      (await stores.cosignatures.list(tenant, { size, after, limit })).map((one) => [one.agent, one.size]);

    test('how far a machine has cosigned is the largest size, and null of one that never did', async () => {
      expect(await stores.cosignatures.newestSize(agentOf(1))).toBe(9);
      expect(await stores.cosignatures.newestSize(agentOf(9))).toBeNull();
    });

    /** Guarantee: who reads one tenant's cosignatures sees no other's. */
    test('they are listed by agent, the newest of each, or of one size; never of another tenant', async () => {
      expect(await list(OURS, null)).toEqual([[agentOf(1), 9], [agentOf(2), 5], [agentOf(3), 7]]);
      expect(await list(OURS, 5)).toEqual([[agentOf(1), 5], [agentOf(2), 5]]);
      expect(await list(OURS, 6)).toEqual([]);
      expect(await list(THEIRS, null)).toEqual([[agentOf(4), 5]]);
    });

    test('they are read as they were written, a page at a time', async () => {
      const [first] = await stores.cosignatures.list(OURS, { size: 5, after: null, limit: 1 });
      expect(first).toEqual(cosignature(1, 5));
      expect(await list(OURS, null, { after: agentOf(1), limit: 1 })).toEqual([[agentOf(2), 5]]);
      expect(await list(OURS, 5, { after: agentOf(1) })).toEqual([[agentOf(2), 5]]);
      expect(await list(OURS, null, { after: agentOf(3) })).toEqual([]);
    });

    test('one that is known changes nothing; the same size again is answered once, with the newer', async () => {
      await stores.cosignatures.add([{ ...cosignature(2, 5), line: '— another line\n' }, cosignature(3, 7, START + 60_000)]);
      expect((await stores.cosignatures.list(OURS, { size: 5, after: agentOf(1), limit: 1 }))[0]?.line).toBe(cosignature(2, 5).line);
      expect((await stores.cosignatures.list(OURS, { size: 7, after: null, limit: 9 })).map((one) => one.at)).toEqual([START + 60_000]);
    });
  });
}
