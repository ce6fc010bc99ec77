import { fromBase64, toBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { verifyEd25519, verifyText } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { openCheckpoint, parseCheckpointBody, type Checkpoint } from '@argus/ledger/checkpoint.ts';
import { emptyRoot, leafHash } from '@argus/ledger/hash.ts';
import { parseNote } from '@argus/ledger/note.ts';
import { verifyConsistency, verifyInclusion } from '@argus/ledger/proofs.ts';
import type { ConsistencyFrame, InTheLog, KeyChange } from '@argus/protocol/frames.ts';
import { parseLeaf, type Leaf } from '@argus/protocol/leaf.ts';
import { keysFor, logKeysOf, rotationIn, rotationValue, withRotation, type LogKeys } from '@argus/protocol/log-keys.ts';
import { originOf } from '@argus/protocol/origin.ts';
import { signedText } from '@argus/protocol/signature.ts';
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
  const known = withKeyChanges(trust, before, at.key_changes);
  if (!known.ok) return known;
  const place = placeIn(trust, known.value, at);
  if (place.ok && at.index <= before.highestActed) return err({ why: 'the entry was acted on before, or is older than one that was' });
  return place;
}

function placeIn(trust: TrustFile, before: Followed, at: KeyChange): Result<Place, NotInLog> {
  if (before.fork !== null) return err({ why: FORKED });
  const checkpoint = openTrusted(trust, at.checkpoint, before);
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
  return ok({ leaf: leaf.value, leafHash: toHex(hash), followed: moved.value });
}

/**
 * The log key is only ever followed by the one that an entry of this log names, under the signature of the key that is known
 * here: the entry is proved like any other, and its checkpoint is the last the old key signs.
 */
export function withKeyChanges(trust: TrustFile, before: Followed, changes: readonly KeyChange[] = []): Result<Followed, NotInLog> {
  let followed = before;
  for (const change of changes) {
    const place = placeIn(trust, followed, change);
    if (!place.ok) return place;
    const rotation = rotationIn(place.value.leaf);
    if (!rotation || place.value.followed.size !== change.index + 1) return err({ why: 'the entry does not change the log key, or not at the end of its checkpoint' });
    const keys = withRotation(knownKeys(trust, followed), rotation, change.index);
    if (typeof keys === 'string') return err({ why: `the log key is not changed by this: ${keys}` });
    const signed = rotationValue({ instance: trust.instance, tree: trust.tenant }, rotation);
    if (!verifyText(rotation.from, signedText('log-rotation', signed), rotation.signature)) return err({ why: 'the log key is not changed by this: the old key did not sign it' });
    followed = { ...place.value.followed, keys: keys.keys };
  }
  return ok(followed);
}

/** Of the trust file, or further: what was learned from the log since. */
export const knownKeys = (trust: TrustFile, { keys }: Pick<Followed, 'keys'>): LogKeys => (keys ? { keys, isOrdered: true } : logKeysOf(trust));

/** The trust file as it is to be written: with every key this machine knows, and from where each holds. */
export function withLearnedKeys(trust: TrustFile, { keys }: Pick<Followed, 'keys'>): TrustFile {
  return keys ? { ...trust, log_keys: keys.map(({ key }) => key), log_key_sizes: keys.map(({ over }) => over) } : trust;
}

/** The whole log, between acts: is what it has grown to a continuation of what was seen? */
export function followTo(trust: TrustFile, standing: Followed, { from, to, proof, checkpoint: note, key_changes }: Omit<ConsistencyFrame, 'type'>): Result<Followed, NotInLog> {
  if (standing.fork !== null) return err({ why: FORKED });
  const known = withKeyChanges(trust, standing, key_changes);
  if (!known.ok) return known;
  const before = known.value;
  const checkpoint = openTrusted(trust, note, before);
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

let last: { readonly trust: TrustFile; readonly keys: Followed['keys']; readonly note: string; readonly checkpoint: Checkpoint } | null = null;

/** The checkpoint of this tenant's tree, if the log key of its size signed it. One that comes again is not verified again. */
export function openTrusted(trust: TrustFile, note: string, followed: Pick<Followed, 'keys'> = {}): Checkpoint | null {
  if (last?.trust === trust && last.keys === followed.keys && last.note === note) return last.checkpoint;
  const checkpoint = verified(trust, note, followed);
  if (checkpoint) last = { trust, keys: followed.keys, note, checkpoint };
  return checkpoint;
}

function verified(trust: TrustFile, note: string, followed: Pick<Followed, 'keys'>): Checkpoint | null {
  const size = parseCheckpointBody(parseNote(note)?.text ?? '')?.size;
  if (size === undefined) return null;
  for (const key of keysFor(knownKeys(trust, followed), size)) {
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
