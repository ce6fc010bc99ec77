import { FILE_BYTES_MAX } from '@argus/protocol/commands/file-limits.ts';
import type { OpenFile } from '../ports.ts';
import { startOfLast, type End } from './last-lines.ts';

const BLOCK_BYTES = 65_536;

/**
 * Enough of the end of a file to hold so many lines, in blocks from its end towards its beginning: a log of any size costs
 * what its last lines cost. A log that is cut short meanwhile, by a rotation, answers with what is left of it.
 */
export async function endOf(file: OpenFile, lines: number): Promise<End> {
  let bytes: Uint8Array = new Uint8Array(0);
  let from = file.size;
  while (from > 0 && bytes.length < FILE_BYTES_MAX && startOfLast(bytes, lines) === null) {
    const length = Math.min(from, Math.max(BLOCK_BYTES, bytes.length)); // twice as much each time, so that little is copied twice
    const block = await file.read(from - length, length);
    from -= length;
    // What is missing from a block is missing from the end of the file: everything after it is gone as well.
    bytes = block.length < length ? block : Buffer.concat([block, bytes]);
  }
  return { bytes, isWhole: from === 0 };
}
