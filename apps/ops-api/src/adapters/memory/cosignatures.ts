import type { Cosignature, CosignatureStore } from '../../ledger/cosignature.ts';

const isNewer = (a: Cosignature, b: Cosignature): number => b.size - a.size || b.at - a.at;

export function memoryCosignatures(): CosignatureStore {
  const all = new Map<string, Cosignature>();
  const keyOf = ({ agent, size, at }: Cosignature) => `${agent} ${size} ${at}`;
  const newestFirst = () => [...all.values()].toSorted(isNewer);
  return {
    async add(cosignatures) {
      for (const one of cosignatures) if (!all.has(keyOf(one))) all.set(keyOf(one), one);
    },
    newestSize: async (agent) => newestFirst().find((one) => one.agent === agent)?.size ?? null,
    async list(tenant, { size, after, limit }) {
      const byAgent = Map.groupBy(newestFirst().filter((one) => one.tenant === tenant && (size === null || one.size === size)), ({ agent }) => agent);
      const agents = [...byAgent.keys()].toSorted().filter((agent) => after === null || agent > after);
      return agents.slice(0, limit).flatMap((agent) => byAgent.get(agent)?.[0] ?? []);
    },
    keep: async () => undefined, // lives as long as a test
  };
}
