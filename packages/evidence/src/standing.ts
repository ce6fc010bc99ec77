/** What a log has to stand under: its signed checkpoint, earlier ones, and the one the owner's machine has followed. */
import { sameBytes } from '@argus/kit/bytes.ts';
import { verifyConsistency } from '@argus/ledger/proofs.ts';
import { parseId } from '@argus/protocol/ids.ts';
import { logKeysOf, type LogKeys } from '@argus/protocol/log-keys.ts';
import { originOf } from '@argus/protocol/origin.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { Crypto, Whose } from './entry.ts';
import type { Note } from './findings.ts';
import { followKeys, type GivenRotation } from './log-keys.ts';
import { hashesOf } from './hashes.ts';
import { openCheckpointOf, readCheckpoint, type OpenedCheckpoint } from './signed-notes.ts';

export type EarlierCheckpoint = { readonly size: number; readonly checkpoint: string; readonly consistency?: readonly string[] };
export type StandingToOpen = {
  readonly checkpoint: string;
  readonly trust: TrustFile | null;
  /** What whoever gives the log says its keys are; used only without a trust file. */
  readonly claimedKeys?: readonly string[];
  /** The entries that changed the key, each with its proof under the checkpoint. */
  readonly rotations?: readonly GivenRotation[];
  readonly earlier?: readonly EarlierCheckpoint[];
};

export type Signed = { readonly size: number; readonly root: Uint8Array };
export type Standing = Signed & {
  readonly whose: Whose;
  /** What the owner's machine has seen; null without a trust file. */
  readonly followed: Signed | null;
  readonly earlier: readonly Signed[];
  /** Signatures of the log key that hold. */
  readonly held: number;
  /** As far as the owner's own key leads. */
  readonly keys: LogKeys;
};

/** Null: nothing says which log this is. */
export async function openStanding(crypto: Crypto, { checkpoint, trust, claimedKeys = [], rotations = [], earlier = [] }: StandingToOpen, note: Note): Promise<Standing | null> {
  const told = readCheckpoint(checkpoint);
  const whose = trust ? { instance: trust.instance, tenant: trust.tenant } : whoseIs(told);
  if (!told || !whose) {
    note('checkpoint_unreadable');
    return null;
  }
  const begun = trust ? logKeysOf(trust) : { keys: claimedKeys.slice(0, 1).map((key) => ({ key, over: 0 })), isOrdered: true };
  const keys = await followKeys(crypto, begun, { rotations, under: told, whose, note });
  const open = (text: string) => openCheckpointOf(crypto, text, { whose, keys });
  let held = 0;
  if (keys.keys.length === 0) note('log_key_not_known');
  else if (await open(checkpoint)) held++;
  else note('checkpoint_not_trusted', { detail: `it is of ${told.origin}` });

  const followed = await openFollowed();
  const opened: Signed[] = [];
  for (const one of earlier) {
    const read = keys.keys.length > 0 ? await open(one.checkpoint) : readCheckpoint(one.checkpoint);
    if (!read || read.size !== one.size || read.origin !== originOf(whose.instance, whose.tenant)) {
      note('earlier_checkpoint_not_trusted', { detail: `over ${one.size} entries` });
      continue;
    }
    held++;
    if (continues(crypto, read, one.consistency, told)) opened.push(read);
    else note('earlier_checkpoint_differs', { detail: `over ${one.size} entries, its proof does not hold` });
  }
  return { size: told.size, root: told.root, whose, followed, earlier: opened, held, keys };

  async function openFollowed(): Promise<Signed | null> {
    const text = trust?.last_checkpoint ?? '';
    if (text === '') return null;
    const seen = await open(text);
    if (!seen) note('checkpoint_not_trusted', { detail: 'the one in the trust file' });
    return seen;
  }
}

/** A server that is asked live brings no proof along: all its entries are there, and every root is recomputed. */
function continues({ sha256 }: Crypto, from: Signed, consistency: readonly string[] | undefined, to: OpenedCheckpoint): boolean {
  if (consistency === undefined) return true;
  const proof = hashesOf(consistency);
  return proof !== null && verifyConsistency(sha256, { from: from.size, fromRoot: from.root, to: to.size, toRoot: to.root, proof });
}

function whoseIs(checkpoint: OpenedCheckpoint | null): Whose | null {
  const [argus, named, word, owner, ...more] = checkpoint?.origin.split('/') ?? [];
  const [instance, tenant] = [parseId('instance', named), parseId('tenant', owner)];
  return argus === 'argus' && word === 'tenant' && more.length === 0 && instance && tenant ? { instance, tenant } : null;
}

export const sameRoot = (a: Signed, b: Signed): boolean => a.size === b.size && sameBytes(a.root, b.root);
