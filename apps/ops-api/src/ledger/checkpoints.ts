import { utf8 } from '@argus/kit/bytes.ts';
import { verifyEd25519, type SigningKey } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { checkpointBody, openCheckpoint, type Checkpoint } from '@argus/ledger/checkpoint.ts';
import { emptyRoot } from '@argus/ledger/hash.ts';
import { keyId, NOTE_ED25519, signedNote } from '@argus/ledger/note.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import { originOf, type TreeName } from '@argus/protocol/origin.ts';

/** The log key signs checkpoints and nothing else. */
export type Checkpoints = {
  readonly publicKey: Uint8Array;
  sign(tree: TreeName, at: { readonly size: number; readonly root: Uint8Array }): string;
  /** Null when it is not ours, or of another tree. */
  open(tree: TreeName, note: string): Checkpoint | null;
};

export function createCheckpoints(instance: InstanceId, key: SigningKey): Checkpoints {
  const ids = new Map<string, Uint8Array>();
  const idOf = (origin: string) => {
    let id = ids.get(origin);
    if (!id) ids.set(origin, (id = keyId(sha256, origin, NOTE_ED25519, key.publicKey)));
    return id;
  };
  return {
    publicKey: key.publicKey,
    sign(tree, { size, root }) {
      const origin = originOf(instance, tree);
      const body = checkpointBody({ origin, size, root });
      return signedNote(body, [{ name: origin, id: idOf(origin), signature: key.sign(utf8(body)) }]);
    },
    open: (tree, note) =>
      openCheckpoint({ sha256, verify: verifyEd25519, note, origin: originOf(instance, tree), publicKey: key.publicKey }),
  };
}

/** Signs a tree without entries, which says nothing about anybody, and reads it back: the key is here and is ours. */
export function opensItsOwn(checkpoints: Checkpoints): boolean {
  const root = emptyRoot(sha256);
  return checkpoints.open('operator', checkpoints.sign('operator', { size: 0, root }))?.size === 0;
}
