import { fromBase64, toBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { openCheckpoint, type Checkpoint } from '@argus/ledger/checkpoint.ts';
import { emptyRoot, leafHash } from '@argus/ledger/hash.ts';
import { verifyConsistency, verifyInclusion } from '@argus/ledger/proofs.ts';
import type { ConsistencyFrame, InTheLog } from '@argus/protocol/frames.ts';
import { parseLeaf, type Leaf } from '@argus/protocol/leaf.ts';
import { originOf } from '@argus/protocol/origin.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { Followed } from './ports.ts';

/**
 * Is this act in the owner's log? Checked from the machine's own trust file and from how far it has followed the
 * log before. Pure: whatever a server sends can be put to it.
 */
export type Place = { readonly leaf: Leaf; readonly leafHash: string; readonly followed: Followed };
/** `fork`: a validly signed checkpoint that contradicts what was seen. That is not a mistake, it is evidence. */
export type NotInLog = { readonly why: string; readonly fork?: string; readonly shorter?: string };
const FORKED = 'the log has forked; the owner has to look';
const NOT_SIGNED = 'the checkpoint is not one of this tenant signed by a trusted log key';

export const nothingFollowed = (): Followed => ({
  size: 0,
  root: toBase64(emptyRoot(sha256)),
  checkpoint: '',
  highestActed: -1,
  fork: null,
});

export function findPlace(trust: TrustFile, before: Followed, at: InTheLog): Result<Place, NotInLog> {
  if (before.fork !== null) return err({ why: FORKED });
  const checkpoint = openTrusted(trust, at.checkpoint);
  if (!checkpoint) return err({ why: NOT_SIGNED });

  const moved = follow(before, checkpoint, at);
  if (!moved.ok) return moved;

  const leaf = parseLeaf(at.leaf);
  if (!leaf.ok) return err({ why: leaf.error });
  const hash = leafHash(sha256, utf8(at.leaf));
  const proof = hashesOf(at.inclusion);
  const isIncluded =
    proof !== null && verifyInclusion(sha256, { index: at.index, size: checkpoint.size, leafHash: hash, proof, root: checkpoint.root });
  if (!isIncluded) return err({ why: 'the entry is not in the tree of the checkpoint' });
  if (leaf.value.seq !== at.index || leaf.value.instance !== trust.instance || leaf.value.tenant !== trust.tenant)
    return err({ why: 'the entry is of another place, instance or tenant' });
  if (at.index <= before.highestActed) return err({ why: 'the entry was acted on before, or is older than one that was' });
  return ok({ leaf: leaf.value, leafHash: toHex(hash), followed: moved.value });
}

/** The whole log, between acts: is what it has grown to a continuation of what was seen? */
export function followTo(trust: TrustFile, before: Followed, { from, to, proof, checkpoint: note }: Omit<ConsistencyFrame, 'type'>): Result<Followed, NotInLog> {
  if (before.fork !== null) return err({ why: FORKED });
  const checkpoint = openTrusted(trust, note);
  if (!checkpoint) return err({ why: NOT_SIGNED });
  if (checkpoint.size !== to) return err({ why: 'the checkpoint is of another size than was said' });
  return follow(before, checkpoint, { checkpoint: note, consistency: { from, proof } });
}

/** The log only grows: the new checkpoint must contain everything the old one did. */
function follow(before: Followed, checkpoint: Checkpoint, at: Pick<InTheLog, 'checkpoint' | 'consistency'>): Result<Followed, NotInLog> {
  const root = toBase64(checkpoint.root);
  if (checkpoint.size < before.size) return err({ why: 'the checkpoint is older than one already seen', shorter: at.checkpoint });
  if (checkpoint.size === before.size && root !== before.root) return err({ why: 'two logs of the same size', fork: at.checkpoint });
  if (at.consistency.from !== before.size) return err({ why: 'the consistency proof starts somewhere else' });
  const [fromRoot, proof] = [fromBase64(before.root), hashesOf(at.consistency.proof)];
  const isSameLog =
    fromRoot !== null &&
    proof !== null &&
    verifyConsistency(sha256, { from: before.size, fromRoot, to: checkpoint.size, toRoot: checkpoint.root, proof });
  if (!isSameLog) return err({ why: 'the log does not contain what it contained before', fork: at.checkpoint });
  const { shorter: _, ...seen } = before; // whatever was missing is there again
  return ok({ ...seen, size: checkpoint.size, root, checkpoint: at.checkpoint });
}

let last: { readonly trust: TrustFile; readonly note: string; readonly checkpoint: Checkpoint } | null = null;

/** The checkpoint of this tenant's tree, if a trusted log key signed it. One that comes again is not verified again. */
export function openTrusted(trust: TrustFile, note: string): Checkpoint | null {
  if (last?.trust === trust && last.note === note) return last.checkpoint;
  const checkpoint = verified(trust, note);
  if (checkpoint) last = { trust, note, checkpoint };
  return checkpoint;
}

function verified(trust: TrustFile, note: string): Checkpoint | null {
  for (const key of trust.log_keys) {
    const publicKey = fromBase64(key);
    const checkpoint = publicKey && openCheckpoint({ sha256, verify: verifyEd25519, note, origin: originOf(trust.instance, trust.tenant), publicKey });
    if (checkpoint) return checkpoint;
  }
  return null;
}

/** At enrollment: the first checkpoint a machine sees is taken on the word of the key its code named. */
export function firstFollowed(trust: TrustFile, note: string): Followed | null {
  const checkpoint = openTrusted(trust, note);
  return checkpoint && { ...nothingFollowed(), size: checkpoint.size, root: toBase64(checkpoint.root), checkpoint: note };
}

function hashesOf(texts: readonly string[]): Uint8Array[] | null {
  const hashes: Uint8Array[] = [];
  for (const text of texts) {
    const hash = fromBase64(text);
    if (!hash) return null;
    hashes.push(hash);
  }
  return hashes;
}
