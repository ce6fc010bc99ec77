import type { TreeName } from '@argus/protocol/origin.ts';
import type { BundleRotation } from '@argus/protocol/bundle.ts';
import type { LogKeyRing } from '../ledger/key-ring.ts';
import { Damaged, proofsOf } from './proofs.ts';
import type { EvidenceStore } from './store.ts';

type Deps = { readonly evidence: Pick<EvidenceStore, 'leavesAt' | 'hashes'>; readonly ring: LogKeyRing; readonly tree: TreeName; readonly size: number };

/** The entries that changed the log key, each with its proof towards this size: whoever knows an older key finds the newest by them. */
export async function rotationsOf({ evidence, ring, tree, size }: Deps): Promise<readonly BundleRotation[]> {
  const indexes = ring.keysOf(tree).keys.slice(1).flatMap(({ over }) => (over <= size ? [over - 1] : []));
  if (indexes.length === 0) return [];
  const leaves = await evidence.leavesAt(tree, indexes);
  if (leaves.length !== indexes.length) throw new Damaged(`the log of ${tree} lacks an entry that changed its key`);
  const inclusions = await proofsOf(evidence, tree).inclusions(indexes, size);
  return leaves.map(({ seq, bytes }, i) => ({ index: seq, leaf: bytes, inclusion: [...(inclusions[i] ?? [])] }));
}
