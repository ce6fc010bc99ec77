/**
 * Does each entry stand where it has to? Of a whole log the tree is built again from its entries, and every signed root has to
 * come out of it; of a part each entry brings a proof. Keeps the right edge of the tree and nothing else.
 */
import { sameBytes } from '@argus/kit/bytes.ts';
import { emptyFrontier, frontierRoot, grow } from '@argus/ledger/frontier.ts';
import type { Sha256 } from '@argus/ledger/hash.ts';
import { verifyInclusion } from '@argus/ledger/proofs.ts';
import type { RawEntry } from './entry.ts';
import type { FindingCode, Note } from './findings.ts';
import { hashesOf } from './hashes.ts';
import type { Signed, Standing } from './standing.ts';

/** `log`: all entries. `period`: from..to. `session`: some. The last two bring a proof with each entry. */
export type Part = { readonly kind: 'log' } | { readonly kind: 'period'; readonly from: number; readonly to: number } | { readonly kind: 'session' };
export type ProvedEntry = RawEntry & { readonly inclusion?: readonly string[] };

export type Places = {
  add(raw: ProvedEntry, leafHash: Uint8Array): void;
  end(): void;
  /** Compared with what a machine of the owner has seen. */
  readonly isTied: () => boolean;
  readonly rootAt: (size: number) => Uint8Array | null;
};

export function createPlaces(sha256: Sha256, standing: Standing, { part, note, alsoAt = [] }: { readonly part: Part; readonly note: Note; readonly alsoAt?: Iterable<number> }): Places {
  const { size, root, followed, earlier } = standing;
  const isWhole = part.kind === 'log';
  const roots = new Map<number, Uint8Array>();
  const wanted = new Set([...alsoAt, ...earlier.map((one) => one.size), ...(followed ? [followed.size] : [])]);
  let frontier = emptyFrontier;
  let next = part.kind === 'period' ? part.from : 0;

  const compare = (one: Signed, code: FindingCode) => {
    const here = roots.get(one.size);
    if (here && !sameBytes(here, one.root)) note(code, { detail: `at ${one.size} entries` });
  };
  const keepRoot = () => void (wanted.has(frontier.size) && roots.set(frontier.size, frontierRoot(sha256, frontier)));
  if (isWhole) keepRoot();
  else for (const one of [...earlier, { size, root }]) roots.set(one.size, one.root); // proved from the checkpoint, not recomputed

  return {
    add(raw, leafHash) {
      const { index, inclusion } = raw;
      if (part.kind === 'session' ? index < next : index !== next) note('entry_out_of_place', { index, detail: `entry ${next} should stand there` });
      next = index + 1;
      if (isWhole) {
        frontier = grow(sha256, frontier, leafHash).frontier;
        keepRoot();
        return;
      }
      const proof = inclusion && hashesOf(inclusion);
      if (!proof || !verifyInclusion(sha256, { index, size, leafHash, proof, root })) note('inclusion_wrong', { index });
    },
    end() {
      const end = part.kind === 'period' ? part.to : size;
      if (isWhole && frontier.size !== size) note('entries_missing', { detail: `${frontier.size} of ${size}` });
      else if (isWhole && !sameBytes(frontierRoot(sha256, frontier), root)) note('root_differs');
      else if (part.kind === 'period' && next !== end) note('entries_missing', { detail: `up to ${next} of ${end}` });
      for (const one of earlier) compare(one, 'earlier_checkpoint_differs');
      if (followed) compare(followed, 'another_history');
      if (followed && followed.size > size) note('shorter_than_followed', { detail: `${size} entries, and your machine has followed ${followed.size}` });
    },
    isTied: () => followed !== null && followed.size > 0 && roots.has(followed.size),
    rootAt: (at) => (at === size ? root : (roots.get(at) ?? null)),
  };
}
