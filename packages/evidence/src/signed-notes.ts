/** Checkpoints and cosignatures, where asking about a signature may take its time. The reading is the ledger's own. */
import { fromBase64, toBase64 } from '@argus/kit/bytes.ts';
import { openCheckpoint, parseCheckpointBody, type Checkpoint } from '@argus/ledger/checkpoint.ts';
import { openCosignature } from '@argus/ledger/cosignature.ts';
import { parseNote } from '@argus/ledger/note.ts';
import { keysFor, type LogKeys } from '@argus/protocol/log-keys.ts';
import { originOf } from '@argus/protocol/origin.ts';
import { askedLater } from './asked-later.ts';
import type { Crypto, Whose } from './entry.ts';

export type OpenedCheckpoint = Checkpoint & { readonly note: string; readonly text: string };

/** Under the key of its size; null when that did not sign it, or it is of another tree. */
export async function openCheckpointOf({ sha256, verify }: Crypto, note: string, { whose, keys }: { readonly whose: Whose; readonly keys: LogKeys }): Promise<OpenedCheckpoint | null> {
  const size = readCheckpoint(note)?.size;
  if (size === undefined) return null;
  for (const key of keysFor(keys, size)) {
    const publicKey = fromBase64(key);
    if (!publicKey) continue;
    const { ask, allGood } = askedLater(verify);
    const checkpoint = openCheckpoint({ sha256, verify: ask, note, origin: originOf(whose.instance, whose.tenant), publicKey });
    if (checkpoint && (await allGood())) return { ...checkpoint, note, text: parseNote(note)?.text ?? '' };
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

export type Cosigned = { readonly line: string; readonly name: string; readonly publicKey: Uint8Array; readonly text: string };

/** Did this key under this name cosign this very text? */
export async function isCosigned({ sha256, verify }: Crypto, { line, name, publicKey, text }: Cosigned): Promise<boolean> {
  const { ask, allGood } = askedLater(verify);
  const whole = line.endsWith('\n') ? line : `${line}\n`;
  return openCosignature({ sha256, verify: ask, body: text, line: whole, name, publicKey }) !== null && allGood();
}
