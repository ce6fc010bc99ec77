/**
 * Which log key signs what. One key holds until an entry of a log, signed by it, names the next; that is so for each log apart,
 * since a change is made in one after the other. A log that is not there yet begins with the newest.
 */
import { sameBytes, toBase64 } from '@argus/kit/bytes.ts';
import type { SigningKey } from '@argus/keys/ed25519.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { openCheckpoint } from '@argus/ledger/checkpoint.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import { keysFor, type LogKeys } from '@argus/protocol/log-keys.ts';
import { originOf, type TreeName } from '@argus/protocol/origin.ts';
import type { LogStore, StoredRotation } from '../ports.ts';

export type LogKeyRing = {
  readonly newest: SigningKey;
  /** Who signs a checkpoint of this size. */
  signer(tree: TreeName, size: number): SigningKey;
  /** Who may have signed it. */
  openers(tree: TreeName, size: number): readonly Uint8Array[];
  /** Of this log, oldest first. */
  keysOf(tree: TreeName): LogKeys;
  /** An entry says so, and is durable: checkpoints over more entries than this are signed by this key. */
  rotated(tree: TreeName, size: number, to: SigningKey): void;
};

export function ringOf(keys: readonly SigningKey[], spans: ReadonlyMap<TreeName, LogKeys> = new Map()): LogKeyRing {
  const newest = keys.at(-1);
  if (!newest) throw new TypeError('a log has a key');
  const known = new Map(spans);
  const byText = new Map(keys.map((key) => [key.publicKeyText, key]));
  const beginning = (): LogKeys => ({ keys: [{ key: newest.publicKeyText, over: 0 }], isOrdered: true });
  const keysOf = (tree: TreeName) => known.get(tree) ?? beginning();
  const named = (text: string): SigningKey => {
    const key = byText.get(text);
    if (!key) throw new Error('a log is signed with a key that is not in the database');
    return key;
  };
  return {
    newest,
    keysOf,
    signer: (tree, size) => named(keysFor(keysOf(tree), size)[0] ?? ''),
    // Of a log nobody has told us of yet: another process may have begun it.
    openers: (tree, size) => (known.has(tree) || keys.length === 1 ? keysFor(keysOf(tree), size).map((text) => named(text).publicKey) : keys.map((key) => key.publicKey)),
    rotated(tree, size, to) {
      byText.set(to.publicKeyText, to);
      const before = known.get(tree) ?? { keys: [], isOrdered: true };
      known.set(tree, { ...before, keys: [...before.keys, { key: to.publicKeyText, over: size }] });
    },
  };
}

type Loading = { readonly instance: InstanceId; readonly keys: readonly SigningKey[]; readonly rotations: readonly StoredRotation[]; readonly leaves: Pick<LogStore, 'trees' | 'head'> };

/** With one key there is nothing to look up. Otherwise: what was put on record, and for logs without a word, who signed their head. */
export async function loadRing({ instance, keys, rotations, leaves }: Loading): Promise<LogKeyRing> {
  if (keys.length < 2) return ringOf(keys);
  const spans = new Map<TreeName, LogKeys>();
  const byTree = Map.groupBy(rotations, ({ tree }) => tree);
  for (const tree of await leaves.trees()) {
    const changes = byTree.get(tree) ?? [];
    const first = changes[0]?.from ?? (await signerOfHead(tree));
    if (first) spans.set(tree, { isOrdered: true, keys: [{ key: toBase64(first), over: 0 }, ...changes.map(({ to, size }) => ({ key: toBase64(to), over: size }))] });
  }
  return ringOf(keys, spans);

  async function signerOfHead(tree: TreeName): Promise<Uint8Array | null> {
    const head = await leaves.head(tree);
    const signed = ({ publicKey }: SigningKey) => head !== null && openCheckpoint({ sha256, verify: verifyEd25519, note: head.note, origin: originOf(instance, tree), publicKey }) !== null;
    return keys.findLast(signed)?.publicKey ?? null;
  }
}

export const isSameKey = (a: SigningKey, b: SigningKey): boolean => sameBytes(a.publicKey, b.publicKey);
