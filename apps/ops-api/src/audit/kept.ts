/** A checkpoint that was kept elsewhere: is the log that is here still the one it was signed for? */
import { sameBytes } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import type { Checkpoint } from '@argus/ledger/checkpoint.ts';
import { planRoot } from '@argus/ledger/plan.ts';
import { rootOf } from '@argus/ledger/proofs.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { parseId, type InstanceId } from '@argus/protocol/ids.ts';
import { originOf, type TreeName } from '@argus/protocol/origin.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { Checkpoints } from '../ledger/checkpoints.ts';
import type { Finding } from './findings.ts';
import type { RecordReader } from './record.ts';

export type KeptDeps = {
  readonly instance: InstanceId;
  readonly record: Pick<RecordReader, 'tip'>;
  readonly evidence: Pick<EvidenceStore, 'hashes'>;
  readonly checkpoints: Pick<Checkpoints, 'open'>;
};
/** What does not agree, with what was kept and what is here. */
export type KeptProblem = { readonly finding: Finding; readonly kept: (Checkpoint & { readonly tree: TreeName }) | null; readonly found: number };

export function compareKept({ instance, record, evidence, checkpoints }: KeptDeps) {
  return async (line: string): Promise<KeptProblem | null> => {
    const note = noteIn(line);
    const tree = note === null ? null : treeIn(note, instance);
    const kept = note !== null && tree ? checkpoints.open(tree, note) : null;
    if (!tree || !kept) return { finding: { what: 'checkpoint_forged' }, kept: null, found: 0 };
    const { leaves, head } = await record.tip(tree);
    const found = Math.min(leaves, head?.size ?? 0); // an entry without a checkpoint is none
    const problem = (what: Finding['what']) => ({ finding: { what, tree, index: kept.size }, kept: { ...kept, tree }, found });
    if (kept.size > found) return problem('tree_shorter');
    const root = await rootAt(evidence, tree, kept.size);
    return root && sameBytes(root, kept.root) ? null : problem('checkpoint_contradicted');
  };
}
export type CompareKept = ReturnType<typeof compareKept>;

/** From the stored hashes; null where one is missing. */
export async function rootAt(evidence: Pick<EvidenceStore, 'hashes'>, tree: TreeName, size: number): Promise<Uint8Array | null> {
  const places = planRoot(size);
  const hashes = await evidence.hashes(tree, places);
  const known = new Map(places.map((at, i) => [`${at.level}.${at.index}`, hashes[i]]));
  if ([...known.values()].some((hash) => !hash || hash.length === 0)) return null;
  return rootOf(sha256, size, ({ level, index }) => known.get(`${level}.${index}`) ?? new Uint8Array()); // none is missing
}

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
