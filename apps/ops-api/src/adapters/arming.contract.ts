/** What every store promises about turns and about arming that is over. */
import { mustId, type TenantId } from '@argus/protocol/ids.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { DAY_MS, factOf, START } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import type { LogStore, Stores } from '../ports.ts';
import { armedUntil } from '../tenants/tenant.ts';
import { TURNS_MAX, TURNS_WITHIN_MS } from '../tenants/turns.ts';

export type MadeArming = {
  readonly stores: Stores;
  /** The same database as another process sees it. */
  readonly elsewhere: Stores;
  readonly close: () => Promise<void>;
};

let people = 0;
const somebody = () => `operator${people++}@argus.example`;

export function armingContract(name: string, make: () => Promise<MadeArming>): void {
  // oxlint-disable-next-line vitest/valid-title -- each adapter says its own name
  describe(name, () => {
    let made: MadeArming;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.close());
    const take = (who: string, at: number, where = made.stores) => where.arming.takeTurn(who, at);

    describe('turns', () => {
      test('ten at one moment, then none, and one again to the millisecond when the answer said so', async () => {
        const who = somebody();
        for (let i = 0; i < TURNS_MAX; i++) expect(await take(who, START)).toBeNull();
        expect(await take(who, START)).toBe(TURNS_WITHIN_MS);
        expect(await take(who, START + 1)).toBe(TURNS_WITHIN_MS - 1);
        expect(await take(who, START + TURNS_WITHIN_MS - 1)).toBe(1);
        expect(await take(who, START + TURNS_WITHIN_MS)).toBeNull();
      });

      test('no minute holds more than ten, wherever it begins', async () => {
        const who = somebody();
        const taken: number[] = [];
        for (let at = START; at < START + 5 * TURNS_WITHIN_MS; at += 1_700) if ((await take(who, at)) === null) taken.push(at);
        for (const from of taken) expect(taken.filter((at) => at >= from && at < from + TURNS_WITHIN_MS).length).toBeLessThanOrEqual(TURNS_MAX);
        expect(taken.length).toBeGreaterThan(4 * TURNS_MAX);
      });

      test('being refused pushes nothing further away', async () => {
        const who = somebody();
        for (let i = 0; i < TURNS_MAX; i++) await take(who, START + i);
        for (let i = 0; i < 50; i++) expect(await take(who, START + 1_000 + i)).toBe(TURNS_WITHIN_MS - 1_000 - i);
        expect(await take(who, START + TURNS_WITHIN_MS)).toBeNull();
      });

      test('of one operator are nobody else\'s, however the address is spelled', async () => {
        const who = somebody();
        for (let i = 0; i < TURNS_MAX; i++) await take(i % 2 === 0 ? who : who.toUpperCase(), START);
        expect(await take(who.replace('o', 'O'), START)).toBe(TURNS_WITHIN_MS);
        expect(await take(somebody(), START)).toBeNull();
      });

      /** Guarantee: several servers on one database give out ten turns, not ten each. */
      test('asked for at once, in two processes, are given out ten times', async () => {
        const who = somebody();
        const asked = await Promise.all(Array.from({ length: 60 }, (_, i) => take(who, START, i % 2 === 0 ? made.stores : made.elsewhere)));
        expect(asked.filter((waitMs) => waitMs === null)).toHaveLength(TURNS_MAX);
        expect(new Set(asked.filter((waitMs) => waitMs !== null))).toEqual(new Set([TURNS_WITHIN_MS]));
      });

      test('written by a clock that was far ahead lock nobody out', async () => {
        const who = somebody();
        for (let i = 0; i < TURNS_MAX; i++) await take(who, START + DAY_MS);
        expect(await take(who, START)).toBeNull();
      });
    });

    describe('arming that is over', () => {
      const until = armedUntil(START);
      const ledgerOn = (store: LogStore) => ledgerOver(store);
      async function armed(id: string, agent: string): Promise<TenantId> {
        const tenant = mustId('tenant', id);
        await consentedAndArmed(ledgerOn(made.stores.leaves), tenant, mustId('agent', agent));
        return tenant;
      }
      const overdue = async (at: number, id: TenantId) => (await made.stores.arming.overdue(at)).filter(({ tenant }) => tenant === id);

      test('is found from its last millisecond on, and no sooner', async () => {
        const tenant = await armed('OVERDUE_001', 'agent_overdue_001');
        expect(await overdue(until - 1, tenant)).toEqual([]);
        expect(await overdue(until, tenant)).toEqual([{ tenant, until }]);
      });

      /** Guarantee: whichever server finds it, and however many do at once, the log says it once. */
      test('is ended once by two processes that try at once, and is found no more', async () => {
        const tenant = await armed('OVERDUE_002', 'agent_overdue_002');
        const ledgers = [made.stores, made.elsewhere].map(({ leaves }) => ledgerOn(leaves));
        const before = (await ledgers[0]?.head(tenant))?.size ?? 0;
        const tries = await Promise.all(
          ledgers.flatMap((ledger) => [1, 2, 3].map(() => ledger.append(factOf({ tenant, type: 'tenant_disarmed', outcome: 'ok' }), [{ do: 'disarm_armed', tenant, overdueAt: until }]))),
        );
        expect(tries.map((done) => (done.ok ? 'ok' : done.error.code)).toSorted()).toEqual(['ok', ...Array.from({ length: 5 }, () => 'tenant_not_armed')]);
        expect((await ledgers[1]?.head(tenant))?.size).toBe(before + 1);
        expect(await overdue(until, tenant)).toEqual([]);
        expect((await made.stores.tenants.byId(tenant))?.armed).toBeNull();
      });
    });
  });
}
