import { FILE_BYTES_MAX } from '@argus/protocol/commands/file-limits.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { OpenFile } from '../ports.ts';
import type { End } from './last-lines.ts';

const BLOCK_BYTES = 65_536;
/** Ours: well above a copy that is rotated by size, and a second or two of one core at the worst. */
export const UNPACKED_BYTES_MAX = 256 * 1_048_576;

/** The end of what is in a gzip file. It has to be gone through from the start; only the end of it is ever kept. */
export async function unpackedEnd(file: OpenFile, most = UNPACKED_BYTES_MAX): Promise<Result<End, Denial>> {
  if (file.size > most) return err(deny('log_copy_too_large', `${file.size} bytes before they are unpacked`));
  // An agent that nobody asks for this does without them.
  const [{ createGunzip }, { Readable }, { pipeline }] = await Promise.all([import('node:zlib'), import('node:stream'), import('node:stream/promises')]);
  const kept: Uint8Array[] = [];
  let [unpacked, held] = [0, 0];
  try {
    await pipeline(Readable.from(blocksOf(file)), createGunzip({ chunkSize: BLOCK_BYTES }), async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) {
        unpacked += chunk.length;
        if (unpacked > most) break; // ends the pipeline
        kept.push(chunk);
        held += chunk.length;
        while (held - (kept[0]?.length ?? 0) >= FILE_BYTES_MAX) held -= kept.shift()?.length ?? 0;
      }
    });
  } catch (problem) {
    if (unpacked <= most && !isFormat(problem)) throw problem;
    if (unpacked <= most) return err(deny('log_copy_damaged', String(problem)));
  }
  if (unpacked > most) return err(deny('log_copy_too_large', `more than ${most} bytes`));
  return ok({ bytes: Buffer.concat(kept), isWhole: held === unpacked });
}

async function* blocksOf(file: OpenFile): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += BLOCK_BYTES) {
    const block = await file.read(at, Math.min(BLOCK_BYTES, file.size - at));
    if (block.length === 0) return; // it was cut short meanwhile
    yield block;
  }
}

const isFormat = (problem: unknown): boolean => problem instanceof Error && 'code' in problem && String(problem.code).startsWith('Z_');
