/** Checkpoints and cosignatures, where asking about a signature may take its time. The reading is the ledger's own. */
import { fromBase64, sameBytes, toBase64, utf8 } from '@argus/kit/bytes.ts';
import { openCheckpoint, parseCheckpointBody, type Checkpoint } from '@argus/ledger/checkpoint.ts';
import { keyId, parseNote } from '@argus/ledger/note.ts';
import { originOf } from '@argus/protocol/origin.ts';
import type { Crypto, Whose } from './entry.ts';

export type OpenedCheckpoint = Checkpoint & { readonly note: string; readonly text: string };

/** Under one of these keys; null when none of them signed it, or it is of another tree. */
export async function openCheckpointOf({ sha256, verify }: Crypto, note: string, { whose, keys }: { readonly whose: Whose; readonly keys: readonly string[] }): Promise<OpenedCheckpoint | null> {
  for (const key of keys) {
    const publicKey = fromBase64(key);
    if (!publicKey) continue;
    // What it wants verified is only written down the first time; it counts if all of that holds.
    const asked: Promise<boolean>[] = [];
    const ask = (...claim: Parameters<typeof verify>) => asked.push(Promise.resolve(verify(...claim))) > 0;
    const checkpoint = openCheckpoint({ sha256, verify: ask, note, origin: originOf(whose.instance, whose.tenant), publicKey });
    if (checkpoint && asked.length > 0 && (await Promise.all(asked)).every((isGood) => isGood)) return { ...checkpoint, note, text: parseNote(note)?.text ?? '' };
  }
  return null;
}

/** What it says, by nobody's word. */
export function readCheckpoint(note: string): OpenedCheckpoint | null {
  const text = parseNote(note)?.text;
  const checkpoint = text === undefined ? null : parseCheckpointBody(text);
  return checkpoint && text !== undefined ? { ...checkpoint, note, text } : null;
}

/** Of a checkpoint without extension lines, as ours are: its text follows from its root. */
export const checkpointText = (origin: string, size: number, root: Uint8Array): string => `${origin}\n${size}\n${toBase64(root)}\n`;

/** The type byte of a timestamped Ed25519 cosignature (c2sp.org/tlog-cosignature), and the bytes of its time. */
const COSIGNATURE = 0x04;
const TIME_BYTES = 8;

export type Cosigned = { readonly line: string; readonly name: string; readonly publicKey: Uint8Array; readonly text: string };

/** Did this key under this name cosign this very text? */
export async function isCosigned({ sha256, verify }: Crypto, { line, name, publicKey, text }: Cosigned): Promise<boolean> {
  const read = parseNote(`${text}\n${line.endsWith('\n') ? line : `${line}\n`}`);
  const only = read?.text === text && read.signatures.length === 1 ? read.signatures[0] : undefined;
  if (!only || only.name !== name || publicKey.length !== 32 || only.signature.length !== TIME_BYTES + 64) return false;
  if (!sameBytes(only.id, keyId(sha256, name, COSIGNATURE, publicKey))) return false;
  const seconds = new DataView(only.signature.buffer, only.signature.byteOffset).getBigUint64(0);
  if (seconds > BigInt(Number.MAX_SAFE_INTEGER)) return false;
  return verify(publicKey, utf8(`cosignature/v1\ntime ${seconds}\n${text}`), only.signature.slice(TIME_BYTES));
}
