/** One entry as it is judged: what it says, and the hash that everything else names it by. */
import { toHex, utf8 } from '@argus/kit/bytes.ts';
import { leafHash, type Sha256 } from '@argus/ledger/hash.ts';
import type { InstanceId, TenantId } from '@argus/protocol/ids.ts';
import { parseLeaf, type Leaf } from '@argus/protocol/leaf.ts';
import type { PasskeyOperatorKey } from '@argus/protocol/operator-proof.ts';
import type { Note } from './findings.ts';

export type Entry = { readonly index: number; readonly leaf: Leaf; readonly sha256: string; readonly at: number };

/** What comes from a server or a bundle. */
export type RawEntry = { readonly index: number; readonly leaf: string };

/** A signature is asked about, and the answer may take its time: a browser has no other way. */
export type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;
/** Did this passkey sign this? ES256 in DER, EdDSA raw, RS256 as PKCS#1. */
export type VerifyPasskey = (key: Pick<PasskeyOperatorKey, 'alg' | 'public_key'>, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;
/** `passkey`: absent where a passkey's signature cannot be checked, and then that is said. */
export type Crypto = { readonly sha256: Sha256; readonly verify: Verify; readonly passkey?: VerifyPasskey };

/** Which log it is meant to be. */
export type Whose = { readonly instance: InstanceId; readonly tenant: TenantId };

export const hashOf = (sha256: Sha256, raw: RawEntry): Uint8Array => leafHash(sha256, utf8(raw.leaf));

/** Null: it cannot be read, and is no part of the story. Its bytes are in the tree all the same. */
export function readEntry(raw: RawEntry, hash: Uint8Array, { whose, note }: { readonly whose: Whose; readonly note: Note }): Entry | null {
  const { index } = raw;
  const read = parseLeaf(raw.leaf);
  if (!read.ok) {
    note('entry_unreadable', { index, detail: read.error });
    return null;
  }
  const { value: leaf } = read;
  if (leaf.instance !== whose.instance || leaf.tenant !== whose.tenant) note('entry_of_another_log', { index, detail: `it is of ${leaf.tenant ?? 'no tenant'} at ${leaf.instance}` });
  if (leaf.seq !== index) note('entry_out_of_place', { index, detail: `it says it is entry ${leaf.seq}` });
  return { index, leaf, sha256: toHex(hash), at: Date.parse(leaf.at) };
}

export const isOk = ({ leaf }: Entry): boolean => leaf.outcome === 'ok';

/** The digest under which an entry names the receipt it stands on. */
export function digestIn({ leaf }: Entry): string | null {
  const receipt = leaf.args_commit?.['receipt'];
  return typeof receipt === 'object' && 'sha256' in receipt && typeof receipt.sha256 === 'string' ? receipt.sha256 : null;
}
