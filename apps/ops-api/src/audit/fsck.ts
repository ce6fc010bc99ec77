/**
 * A check of the whole log, at the server, by hand: the nightly audit over everything there is, what it never counts, and
 * checkpoints somebody kept elsewhere. Reads pages, holds nothing longer than one, and changes nothing.
 */
import type { Clock } from '@argus/kit/clock.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { Checkpoints } from '../ledger/checkpoints.ts';
import type { LogStore } from '../ports.ts';
import { createAuditor } from './auditor.ts';
import { findingLine, type Finding } from './findings.ts';
import { compareKept } from './kept.ts';
import { CLOCKS_APART_MS } from './reconcile.ts';
import { DAY_MS } from './windows.ts';
import type { RecordReader } from './record.ts';

export type FsckDeps = {
  readonly clock: Clock;
  readonly instance: InstanceId;
  readonly record: RecordReader;
  readonly leaves: Pick<LogStore, 'nodes'>;
  readonly evidence: Pick<EvidenceStore, 'nodeCount' | 'hashes'>;
  readonly checkpoints: Checkpoints;
};
export type FsckResult = { readonly trees: number; readonly leaves: number; readonly auditRows: number; readonly events: number; readonly kept: number; readonly mismatches: number };

/** Outside of these no row of ours can be: what is there anyhow is found without going hour by hour. */
const [FIRST, LAST] = [0, Date.UTC(9999, 0, 1)];
const STRAYS_MAX = 200;

export const makeFsck = (deps: FsckDeps) => {
  const { clock, record, evidence } = deps;
  const auditor = createAuditor(deps);
  const compare = compareKept(deps);

  /** Complete subtrees of more than one leaf. */
  const nodesOf = (size: number): number => {
    let nodes = 0;
    for (let width = Math.floor(size / 2); width > 0; width = Math.floor(width / 2)) nodes += width;
    return nodes;
  };

  return async ({ tell, kept = none() }: { readonly tell: (line: string) => void; readonly kept?: AsyncIterable<string> | undefined }): Promise<FsckResult> => {
    let mismatches = 0;
    const found = (finding: Finding) => {
      mismatches++;
      tell(findingLine(finding));
    };
    const now = clock.now() + CLOCKS_APART_MS;
    // A little before the first checkpoint: what it covers happened before it was signed.
    const begun = Math.max(FIRST, ((await record.begunAt()) ?? now) - DAY_MS);
    const trees = await record.trees();
    // In this order: a server that goes on writing meanwhile adds leaves before hashes are counted, never the other way round.
    const heads = new Map<TreeName, number>();
    for (const tree of trees) {
      const nodes = await evidence.nodeCount(tree);
      const { leaves: count, head } = await record.tip(tree);
      if (nodes > nodesOf(count)) found({ what: 'node_stray', tree, index: count });
      heads.set(tree, head?.size ?? 0);
    }
    const result = await auditor.audit({ from: begun, to: now }, new Map(), found);
    const reached = new Map(result.reached.map(({ tree, size }) => [tree, size]));
    for (const [tree, size] of heads) if (size > (reached.get(tree) ?? 0)) found({ what: 'checkpoint_in_the_future', tree, index: size });
    for (const stretch of [{ from: FIRST, to: begun }, { from: now, to: LAST }]) {
      for (const id of await record.auditWithoutEvent(stretch, STRAYS_MAX)) found({ what: 'audit_row_without_event', id });
      for (const { id, tree, leaf_index } of await record.eventsWithoutLeaf(stretch, STRAYS_MAX)) found({ what: 'event_without_leaf', id, tree: tree as TreeName, index: leaf_index }); // as it is stored
    }
    let compared = 0;
    for await (const line of kept) {
      compared++;
      const problem = await compare(line);
      if (problem) found(problem.finding);
    }
    return { trees: trees.length, leaves: result.leaves, auditRows: result.auditRows, events: result.events, kept: compared, mismatches };
  };
};

async function* none(): AsyncGenerator<string> {}
