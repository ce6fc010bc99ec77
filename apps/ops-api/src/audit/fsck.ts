/**
 * A check of the whole log, at the server, by hand: the nightly audit over everything there is, what it never counts, and
 * checkpoints somebody kept elsewhere. Reads pages, holds nothing longer than one, and changes nothing.
 */
import { sameBytes } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { planRoot } from '@argus/ledger/plan.ts';
import { rootOf } from '@argus/ledger/proofs.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { parseId, type InstanceId } from '@argus/protocol/ids.ts';
import { originOf, type TreeName } from '@argus/protocol/origin.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { Checkpoints } from '../ledger/checkpoints.ts';
import type { LogStore } from '../ports.ts';
import { createAuditor } from './auditor.ts';
import { findingLine, type Finding } from './findings.ts';
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
  const { clock, instance, record, evidence, checkpoints } = deps;
  const auditor = createAuditor(deps);

  /** Complete subtrees of more than one leaf. */
  const nodesOf = (size: number): number => {
    let nodes = 0;
    for (let width = Math.floor(size / 2); width > 0; width = Math.floor(width / 2)) nodes += width;
    return nodes;
  };

  async function rootAt(tree: TreeName, size: number): Promise<Uint8Array | null> {
    const places = planRoot(size);
    const hashes = await evidence.hashes(tree, places);
    const known = new Map(places.map((at, i) => [`${at.level}.${at.index}`, hashes[i]]));
    if ([...known.values()].some((hash) => !hash || hash.length === 0)) return null;
    return rootOf(sha256, size, ({ level, index }) => known.get(`${level}.${index}`) ?? new Uint8Array()); // none is missing
  }

  /** One line of what was kept elsewhere: is the log that is here still the one it was signed for? */
  async function compare(line: string): Promise<Finding | null> {
    const note = noteIn(line);
    const tree = note === null ? null : treeIn(note, instance);
    const kept = note !== null && tree ? checkpoints.open(tree, note) : null;
    if (!tree || !kept) return { what: 'checkpoint_forged' };
    if (kept.size > (await record.tip(tree)).leaves) return { what: 'tree_shorter', tree, index: kept.size };
    const root = await rootAt(tree, kept.size);
    return root && sameBytes(root, kept.root) ? null : { what: 'checkpoint_contradicted', tree, index: kept.size };
  }

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
      const finding = await compare(line);
      if (finding) found(finding);
    }
    return { trees: trees.length, leaves: result.leaves, auditRows: result.auditRows, events: result.events, kept: compared, mismatches };
  };
};

/** The signed note in a line of JSON, whatever else stands there. */
function noteIn(line: string): string | null {
  const json = parseJson(line);
  if (typeof json === 'string') return json;
  if (typeof json !== 'object' || json === null) return null;
  const { checkpoint, note } = json as { readonly checkpoint?: unknown; readonly note?: unknown };
  return typeof checkpoint === 'string' ? checkpoint : typeof note === 'string' ? note : null;
}

function treeIn(note: string, instance: InstanceId): TreeName | null {
  const [origin = ''] = note.split('\n', 1);
  if (origin === originOf(instance, 'operator')) return 'operator';
  const tenant = parseId('tenant', origin.slice(origin.lastIndexOf('/') + 1));
  return tenant && originOf(instance, tenant) === origin ? tenant : null;
}

async function* none(): AsyncGenerator<string> {}
