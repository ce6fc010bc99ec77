/** A bundle as it lies there: a file that can be read twice. The first time all of it but the entries, the second the entries. */
import { fromUtf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { BUNDLE_FILES, BUNDLE_LINE_BYTES_MAX, type BundleFileName } from '@argus/protocol/bundle.ts';
import { createTarReader, TAR_BLOCK } from '@argus/protocol/ustar.ts';
import type { Digest } from './sha256.ts';

/** A file, a Blob, bytes in memory. */
export type Source = { readonly size: number; read(from: number, to: number): AsyncIterable<Uint8Array> };

const STREAMED: readonly BundleFileName[] = ['leaves.ndjson', 'proofs.ndjson', 'kept.ndjson'];
export type Stretch = { readonly from: number; readonly to: number };
export type OpenedBundle = {
  /** Of every file but the streamed ones. */
  readonly text: (name: BundleFileName) => string;
  readonly stretch: (name: BundleFileName) => Stretch;
  readonly digests: ReadonlyMap<BundleFileName, string>;
};

/** Not a bundle, or cut short: why. */
export async function openBundle(source: Source, newDigest: () => Digest): Promise<Result<OpenedBundle, string>> {
  const reader = createTarReader(BUNDLE_FILES);
  const texts = new Map<string, string>();
  const stretches = new Map<string, Stretch>();
  const digests = new Map<BundleFileName, string>();
  let at = 0;
  let name: BundleFileName = 'README.txt';
  let parts: Uint8Array[] = [];
  let digest = newDigest();

  for await (const chunk of source.read(0, source.size)) {
    const pieces = reader.push(chunk);
    if (!pieces.ok) return err(`It is no bundle as Argus makes them: ${pieces.error}.`);
    for (const piece of pieces.value) {
      if (piece.kind === 'file') {
        name = piece.name as BundleFileName; // the reader takes no other names
        at += TAR_BLOCK;
        stretches.set(name, { from: at, to: at + piece.size });
        at += Math.ceil(piece.size / TAR_BLOCK) * TAR_BLOCK;
        [parts, digest] = [[], newDigest()];
      } else if (piece.kind === 'bytes') {
        digest.update(piece.bytes);
        if (!STREAMED.includes(name)) parts.push(piece.bytes.slice());
      } else {
        digests.set(name, digest.hex());
        const text = textOf(parts);
        if (text === null) return err(`Its ${name} is not text.`);
        texts.set(name, text);
      }
    }
  }
  const end = reader.end();
  if (!end.ok) return err(`It is no bundle as Argus makes them: ${end.error}.`);
  return ok({ text: (file) => texts.get(file) ?? '', stretch: (file) => stretches.get(file) ?? { from: 0, to: 0 }, digests });
}

function textOf(parts: readonly Uint8Array[]): string | null {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return readable(bytes);
}

/** Whole lines without their line feed; null for one that is too long, is not text, or is cut short by the end of the file. */
export async function* linesIn(source: Source, { from, to }: Stretch): AsyncGenerator<string | null> {
  let held = new Uint8Array(0);
  let isSkipping = false; // the rest of one that is too long
  for await (const chunk of source.read(from, to)) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      if (!isSkipping) yield readable(joined(held, chunk.subarray(start, end)));
      [held, isSkipping, start] = [new Uint8Array(0), false, end + 1];
    }
    if (isSkipping) continue;
    held = joined(held, chunk.subarray(start));
    if (held.length > BUNDLE_LINE_BYTES_MAX) {
      yield null;
      [held, isSkipping] = [new Uint8Array(0), true];
    }
  }
  if (held.length > 0) yield null;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

function readable(bytes: Uint8Array): string | null {
  try {
    return fromUtf8(bytes);
  } catch {
    return null;
  }
}

export const bytesSource = (bytes: Uint8Array, chunk = 65_536): Source => ({
  size: bytes.length,
  async *read(from, to) {
    for (let at = from; at < to; at += chunk) yield bytes.subarray(at, Math.min(at + chunk, to));
  },
});
