/** C2SP checkpoints (c2sp.org/tlog-checkpoint): a tree's name, size and root, as the text of a signed note. */
import { fromBase64, toBase64 } from '@argus/kit/bytes.ts';
import { isHash } from './hash.ts';
import { verifyNote, type NoteToVerify } from './note.ts';

export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Uint8Array };

/** Throws on what `parseCheckpointBody` would not read back: a checkpoint is signed once and checked for years. */
export function checkpointBody({ origin, size, root }: Checkpoint): string {
  const body = `${origin}\n${size}\n${toBase64(root)}\n`;
  const read = parseCheckpointBody(body);
  // An origin with line breaks reads as another tree's checkpoint with extension lines.
  if (read?.origin !== origin) throw new TypeError('not a checkpoint');
  return body;
}

/** Extension lines are allowed, stay under the signature, and mean nothing to us. */
export function parseCheckpointBody(text: string): Checkpoint | null {
  if (!text.endsWith('\n')) return null;
  const lines = text.slice(0, -1).split('\n');
  if (lines.includes('')) return null;
  const [origin, size, base64] = lines;
  if (origin === undefined || size === undefined || base64 === undefined) return null;
  const root = fromBase64(base64);
  if (!/^(0|[1-9][0-9]*)$/.test(size) || !Number.isSafeInteger(Number(size)) || !isHash(root)) return null;
  return { origin, size: Number(size), root };
}

export type CheckpointToOpen = Omit<NoteToVerify, 'name'> & {
  /** The tree we expect. In our notes it is also the name of the key. */
  readonly origin: string;
};

/** The checkpoint, if it is of this tree and signed by this key. */
export function openCheckpoint({ origin, ...note }: CheckpointToOpen): Checkpoint | null {
  const text = verifyNote({ ...note, name: origin });
  const checkpoint = text === null ? null : parseCheckpointBody(text);
  return checkpoint?.origin === origin ? checkpoint : null;
}
