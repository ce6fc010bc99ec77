import { toBase64 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { planConsistency, planInclusion } from '@argus/ledger/plan.ts';
import { consistencyProof, inclusionProof } from '@argus/ledger/proofs.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { InTheLog, KeyChange } from '@argus/protocol/frames.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import { treeOf, type Attempt } from '../audit/attempt.ts';
import type { Deed } from '../ports.ts';
import { createLane, type Lane, type LaneDeps, type Receipt } from './lane.ts';
import { createLate } from './late.ts';

/** `size`: how far the witness has followed the log once it accepts this. */
export type Proved = { readonly size: number; readonly place: InTheLog };

/** Log before act: an attempt is in here, durable and under a signed checkpoint, or it did not happen. */
export interface Ledger {
  append(attempt: Attempt, deeds?: readonly Deed[]): Promise<Result<Receipt, Denial>>;
  /** Everything a witness at `from` entries needs to check this receipt alone. */
  prove(receipt: Receipt, from: number): Promise<Result<Proved, Denial>>;
  /** The entries of this tree that changed its key, for a witness at `from` entries that may not know them: in order, each proved from the one before. */
  keyChanges(tree: TreeName, from: number): Promise<readonly KeyChange[]>;
  /** As the store has it now, whoever appended. With `enough`: as it was at some time when it had that many entries. */
  head(tree: TreeName, enough?: number): Promise<{ readonly size: number; readonly note: string }>;
  inclusion(tree: TreeName, index: number, size: number): Promise<readonly string[]>;
  consistency(tree: TreeName, from: number, to: number): Promise<readonly string[]>;
}

export function createLedger(deps: LaneDeps): Ledger {
  const append: Ledger['append'] = (attempt, deeds = []) => laneOf(treeOf(attempt)).append(attempt, deeds);
  const gaveUp = createLate({ clock: deps.clock, store: deps.store, append });
  const lanes = new Map<TreeName, Lane>();
  const laneOf = (tree: TreeName): Lane => {
    let lane = lanes.get(tree);
    if (!lane) lanes.set(tree, (lane = createLane(tree, { ...deps, gaveUp })));
    return lane;
  };

  async function inclusion(tree: TreeName, index: number, size: number): Promise<readonly string[]> {
    const read = await laneOf(tree).read(planInclusion(index, size).flat());
    return inclusionProof(sha256, index, size, read).map(toBase64);
  }
  async function consistency(tree: TreeName, from: number, to: number): Promise<readonly string[]> {
    const read = await laneOf(tree).read(planConsistency(from, to).flat());
    return consistencyProof(sha256, from, to, read).map(toBase64);
  }

  async function keyChanges(tree: TreeName, from: number): Promise<readonly KeyChange[]> {
    const changes: KeyChange[] = [];
    let at = from;
    for (const { over: size } of deps.checkpoints.ring.keysOf(tree).keys.slice(1)) {
      if (size < at) continue; // it has followed a larger one, so it knows the key that signed that
      const [[entry], checkpoint] = [await deps.store.leaves(tree, size - 1, size), await deps.store.checkpoint(tree, size)];
      if (!entry || checkpoint === null) throw new Error(`the log of ${tree} lacks the entry that changed its key`);
      const [hashes, consistencyHashes] = await Promise.all([inclusion(tree, size - 1, size), consistency(tree, at, size)]);
      changes.push({ leaf: entry.bytes, index: size - 1, inclusion: [...hashes], checkpoint, consistency: { from: at, proof: [...consistencyHashes] } });
      at = size;
    }
    return changes;
  }

  return {
    append,
    keyChanges,
    inclusion,
    consistency,
    head: (tree, enough) => laneOf(tree).head(enough),
    async prove(receipt, witnessed) {
      const { tree, seq, leaf } = receipt;
      const changes = await keyChanges(tree, witnessed);
      const from = Math.max(witnessed, (changes.at(-1)?.index ?? -1) + 1);
      // A witness never goes back: if it has already seen a later checkpoint, the proof is for the newest one.
      const { size, checkpoint } = from <= receipt.size ? receipt : await newest(laneOf(tree), from);
      if (from > size) return err(deny('not_in_log', `a witness of ${tree} has seen ${from} entries, we have ${size}`));
      const [inclusionHashes, consistencyHashes] = await Promise.all([inclusion(tree, seq, size), consistency(tree, from, size)]);
      const place = {
        leaf,
        index: seq,
        inclusion: [...inclusionHashes],
        checkpoint,
        consistency: { from, proof: [...consistencyHashes] },
        ...(changes.length > 0 && { key_changes: [...changes] }),
      };
      return ok({ size, place });
    },
  };
}

async function newest(lane: Lane, atLeast: number): Promise<{ readonly size: number; readonly checkpoint: string }> {
  const { size, note } = await lane.head(atLeast);
  return { size, checkpoint: note };
}
