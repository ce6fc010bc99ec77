import type { ArmingStore } from '../../ports.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { countingTurns, waitForTurn } from '../../tenants/turns.ts';

export function memoryArming(tenants: () => Iterable<Tenant>): ArmingStore {
  const turns = new Map<string, readonly number[]>();
  return {
    async takeTurn(operator, now) {
      const name = operator.toLowerCase();
      const taken = turns.get(name) ?? [];
      const waitMs = waitForTurn(taken, now);
      if (waitMs === null) turns.set(name, [...countingTurns(taken, now), now]);
      return waitMs;
    },
    overdue: async (now) =>
      [...tenants()].flatMap(({ id, armed }) => (armed && armed.until <= now ? [{ tenant: id, until: armed.until }] : [])).toSorted((a, b) => a.until - b.until),
  };
}
