import { toBase64 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { planConsistency, planInclusion, type Subtree } from '@argus/ledger/plan.ts';
import { consistencyProof, inclusionProof } from '@argus/ledger/proofs.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { EvidenceStore } from './store.ts';

/** Something that has to be there is not: nothing made from the rest may look whole. */
export class Damaged extends Error {}

/** Proofs by the hundred, with one look at the store for all of them: neighbours have nearly all of their hashes in common. */
export function proofsOf(store: Pick<EvidenceStore, 'hashes'>, tree: TreeName) {
  async function lookUp(places: readonly Subtree[]): Promise<(at: Subtree) => Uint8Array> {
    const wanted = new Map(places.map((at) => [`${at.level}.${at.index}`, at]));
    const hashes = wanted.size === 0 ? [] : await store.hashes(tree, [...wanted.values()]);
    const known = new Map([...wanted.keys()].map((name, i) => [name, hashes[i]]));
    return ({ level, index }) => {
      const hash = known.get(`${level}.${index}`);
      if (!hash || hash.length === 0) throw new Damaged(`the log of ${tree} lacks node ${level}/${index}`);
      return hash;
    };
  }
  return {
    async inclusions(indexes: readonly number[], size: number): Promise<readonly (readonly string[])[]> {
      const read = await lookUp(indexes.flatMap((index) => planInclusion(index, size).flat()));
      return indexes.map((index) => inclusionProof(sha256, index, size, read).map(toBase64));
    },
    async consistencies(froms: readonly number[], size: number): Promise<readonly (readonly string[])[]> {
      const read = await lookUp(froms.flatMap((from) => planConsistency(from, size).flat()));
      return froms.map((from) => consistencyProof(sha256, from, size, read).map(toBase64));
    },
  };
}
