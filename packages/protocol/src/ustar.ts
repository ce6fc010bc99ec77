/**
 * A tar file with one spelling: plain files in a given order, mode 0644, nobody's, at time zero. Two bundles of the same
 * content have the same bytes, and a reader has nothing to decide: what is not written like this is refused. Pure.
 */
import { concatBytes, fromUtf8, sameBytes, utf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';

export const TAR_BLOCK = 512;
/** Eleven octal digits: what the header has room for. */
export const TAR_FILE_BYTES_MAX = 8 ** 11 - 1;
const NAME_BYTES_MAX = 100;
const ZERO = new Uint8Array(TAR_BLOCK);
/** Two empty blocks end the file. No more padding than that. */
export const TAR_END: Uint8Array = new Uint8Array(2 * TAR_BLOCK);

/** The block before a file of so many bytes. Throws on a name or size that does not fit: ours are constants and counted. */
export function tarHeader(name: string, size: number): Uint8Array {
  if (!/^[a-zA-Z0-9._-]+$/.test(name) || name.length > NAME_BYTES_MAX) throw new TypeError(`${name} is no name of a file in a bundle`);
  if (!Number.isSafeInteger(size) || size < 0 || size > TAR_FILE_BYTES_MAX) throw new RangeError(`a file of ${size} bytes does not fit`);
  const block = new Uint8Array(TAR_BLOCK);
  const put = (at: number, text: string) => block.set(utf8(text), at);
  put(0, name);
  put(100, '0000644\0');
  put(108, '0000000\0'); // uid
  put(116, '0000000\0'); // gid
  put(124, `${octal(size, 11)}\0`);
  put(136, '00000000000\0'); // mtime
  put(148, '        '); // the checksum is taken over spaces in its own place
  put(156, '0'); // a plain file
  put(257, 'ustar\0' + '00');
  put(148, `${octal(block.reduce((sum, byte) => sum + byte, 0), 6)}\0 `);
  return block;
}

/** Zeros up to the next whole block. */
export const tarPadding = (size: number): Uint8Array => ZERO.slice(0, paddingOf(size));
const paddingOf = (size: number): number => (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;

/** For files that are small enough to be held at once. */
export const tarOf = (files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Uint8Array =>
  concatBytes(...files.flatMap(({ name, bytes }) => [tarHeader(name, bytes.length), bytes, tarPadding(bytes.length)]), TAR_END);

const octal = (n: number, digits: number): string => n.toString(8).padStart(digits, '0');

/** What a reader hands on, in the order of the file. `bytes` are a view: use them before the next push. */
export type TarPiece =
  | { readonly kind: 'file'; readonly name: string; readonly size: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end_of_file'; readonly name: string };

export type TarReader = {
  push(chunk: Uint8Array): Result<readonly TarPiece[], string>;
  /** Was that all of it? */
  end(): Result<null, string>;
};

/** Exactly these files in exactly this order; one that is optional may be missing. Holds one block at most, whatever the size of the files. */
export function createTarReader(expected: readonly { readonly name: string; readonly bytesMax: number; readonly isOptional?: boolean }[]): TarReader {
  let at: 'header' | 'content' | 'padding' | 'end' = 'header';
  let nth = 0;
  let left = 0; // of the content, of the padding or of the end, by `at`
  let size = 0;
  let held: Uint8Array = new Uint8Array(0);
  let problem: string | null = null;

  function header(block: Uint8Array): Result<TarPiece | null, string> {
    const next = expected[nth];
    if (!next) {
      if (!sameBytes(block, ZERO)) return err('it goes on after its last file');
      [at, left] = ['end', TAR_BLOCK];
      return ok(null);
    }
    const declared = sizeIn(block);
    if (next.isOptional && (declared === null || !sameBytes(block, tarHeader(next.name, declared)))) {
      nth++;
      return header(block);
    }
    if (declared === null || !sameBytes(block, tarHeader(next.name, declared))) return err(`${next.name} is not where it has to be, or not a plain file as a bundle has them`);
    if (declared > next.bytesMax) return err(`${next.name} is larger than ${next.bytesMax} bytes`);
    [at, left, size] = ['content', declared, declared];
    return ok({ kind: 'file', name: next.name, size: declared });
  }

  function take(chunk: Uint8Array): Result<readonly TarPiece[], string> {
    const pieces: TarPiece[] = [];
    let from = 0;
    const endFileIfDone = () => {
      if (at === 'content' && left === 0) [at, left] = ['padding', paddingOf(size)];
      if (at === 'padding' && left === 0) {
        pieces.push({ kind: 'end_of_file', name: expected[nth]?.name ?? '' });
        nth++;
        at = 'header';
      }
    };
    while (from < chunk.length) {
      if (at === 'header') {
        const wanted = TAR_BLOCK - held.length;
        held = concatBytes(held, chunk.subarray(from, from + wanted));
        from += wanted;
        if (held.length < TAR_BLOCK) break;
        const read = header(held);
        held = new Uint8Array(0);
        if (!read.ok) return read;
        if (read.value) pieces.push(read.value);
      } else {
        const part = chunk.subarray(from, from + left);
        if (part.length === 0) return err('it goes on after its end');
        if (at === 'content') pieces.push({ kind: 'bytes', bytes: part });
        else if (part.some((byte) => byte !== 0)) return err('something stands between its files');
        left -= part.length;
        from += part.length;
      }
      endFileIfDone();
    }
    return ok(pieces);
  }

  return {
    push(chunk) {
      if (problem !== null) return err(problem);
      const taken = take(chunk);
      if (!taken.ok) problem = taken.error;
      return taken;
    },
    end: () => (problem !== null ? err(problem) : at === 'end' && left === 0 ? ok(null) : err('it is cut short')),
  };
}

function sizeIn(block: Uint8Array): number | null {
  try {
    const text = fromUtf8(block.subarray(124, 136));
    return /^[0-7]{11}\0$/.test(text) ? Number.parseInt(text, 8) : null;
  } catch {
    return null;
  }
}
