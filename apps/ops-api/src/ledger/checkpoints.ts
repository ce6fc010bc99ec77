import { utf8 } from '@argus/kit/bytes.ts';
import { verifyEd25519, type SigningKey } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { checkpointBody, openCheckpoint, parseCheckpointBody, type Checkpoint } from '@argus/ledger/checkpoint.ts';
import { emptyRoot } from '@argus/ledger/hash.ts';
import { keyId, NOTE_ED25519, parseNote, signedNote } from '@argus/ledger/note.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import { originOf, type TreeName } from '@argus/protocol/origin.ts';
import { ringOf, type LogKeyRing } from './key-ring.ts';

/** A log key signs checkpoints, and once, at its end, who comes after it. */
export type Checkpoints = {
  readonly ring: LogKeyRing;
  sign(tree: TreeName, at: { readonly size: number; readonly root: Uint8Array }): string;
  /** Null when it is not ours, or of another tree. */
  open(tree: TreeName, note: string): Checkpoint | null;
};

export function createCheckpoints(instance: InstanceId, key: SigningKey | LogKeyRing): Checkpoints {
  const ring = 'signer' in key ? key : ringOf([key]);
  const ids = new Map<string, Uint8Array>();
  const idOf = (origin: string, { publicKey, publicKeyText }: SigningKey) => {
    const name = `${origin} ${publicKeyText}`;
    let id = ids.get(name);
    if (!id) ids.set(name, (id = keyId(sha256, origin, NOTE_ED25519, publicKey)));
    return id;
  };
  return {
    ring,
    sign(tree, { size, root }) {
      const origin = originOf(instance, tree);
      const body = checkpointBody({ origin, size, root });
      const signer = ring.signer(tree, size);
      return signedNote(body, [{ name: origin, id: idOf(origin, signer), signature: signer.sign(utf8(body)) }]);
    },
    open(tree, note) {
      const size = parseCheckpointBody(parseNote(note)?.text ?? '')?.size;
      if (size === undefined) return null;
      for (const publicKey of ring.openers(tree, size)) {
        const checkpoint = openCheckpoint({ sha256, verify: verifyEd25519, note, origin: originOf(instance, tree), publicKey });
        if (checkpoint) return checkpoint;
      }
      return null;
    },
  };
}

/** Signs a tree without entries, which says nothing about anybody, and reads it back: the key is here and is ours. */
export function opensItsOwn(checkpoints: Checkpoints): boolean {
  const root = emptyRoot(sha256);
  return checkpoints.open('operator', checkpoints.sign('operator', { size: 0, root }))?.size === 0;
}
