/**
 * Finds one whole JPEG in bytes that a stranger sends, by walking its segments. No length, boundary or type the sender
 * names is relied on. Nothing is decoded here; what is too large to be decoded safely is refused before anybody tries.
 */
import { err, ok, type Result } from '@argus/kit/result.ts';

export const SIDE_MAX = 8_192;
export const PIXELS_MAX = 40_000_000;
/** A progressive picture has about ten; thousands of them are a way to keep a decoder busy. */
const SCANS_MAX = 64;

export type Jpeg = { readonly bytes: Uint8Array; readonly width: number; readonly height: number };
export type JpegLimits = {
  readonly bytesMax: number;
  /** What may come before the picture: the head of a multipart. */
  readonly leadMax: number;
};
type Size = { readonly width: number; readonly height: number };
type Walk = { at: number; isInScan: boolean; size: Size | null; scans: number };
/** A sentence says why this is no picture we pass on. */
type Step = 'more' | 'whole' | { readonly wrong: string };

/** Give it pieces as they come. Null: more is needed. Once it answered it is done. */
export function createJpegReader({ bytesMax, leadMax }: JpegLimits) {
  let buffer = new Uint8Array(65_536);
  let length = 0;
  let start = -1;
  const walk: Walk = { at: 2, isInScan: false, size: null, scans: 0 };

  function take(piece: Uint8Array): void {
    if (length + piece.length > buffer.length) {
      const larger = new Uint8Array(Math.min(bytesMax + leadMax + 65_536 + piece.length, (length + piece.length) * 2));
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(piece, length);
    length += piece.length;
  }

  return {
    push(piece: Uint8Array): Result<Jpeg, string> | null {
      take(piece);
      if (start < 0) start = beginningIn(buffer.subarray(0, Math.min(length, leadMax + 3)));
      if (start < 0) return length >= leadMax + 3 ? err('What it sent is no JPEG picture') : null;
      const picture = buffer.subarray(start, Math.min(length, start + bytesMax));
      const step = advance(walk, picture);
      if (typeof step === 'object') return err(step.wrong);
      if (step === 'whole' && walk.size) return ok({ bytes: picture.slice(0, walk.at), ...walk.size });
      return length - start >= bytesMax ? err(`The picture has more than ${bytesMax} bytes`) : null;
    },
  };
}

/** All of it is there already. */
export function readJpeg(bytes: Uint8Array, bytesMax: number): Result<Jpeg, string> {
  const reader = createJpegReader({ bytesMax, leadMax: 0 });
  return reader.push(bytes) ?? err('The picture ends in the middle');
}

function beginningIn(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) if (bytes[at + 1] === 0xd8 && bytes[at + 2] === 0xff) return at;
  return -1;
}

const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
/** Start of a frame, of any kind there is. C4, C8 and CC are other things. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function advance(walk: Walk, bytes: Uint8Array): Step {
  for (;;) {
    if (walk.isInScan && !leaveScan(walk, bytes)) return 'more';
    if (walk.at + 2 > bytes.length) return 'more';
    const marker = bytes[walk.at + 1] ?? 0;
    if (bytes[walk.at] !== 0xff) return { wrong: 'The picture is damaged' };
    if (marker === 0xff) {
      walk.at++; // a fill byte
      continue;
    }
    if (marker === 0xd9) {
      walk.at += 2;
      return walk.scans > 0 ? 'whole' : { wrong: 'The picture is empty' };
    }
    if (marker < 0xc0 || isRestart(marker) || marker === 0xd8) return { wrong: 'The picture is damaged' };
    if (walk.at + 4 > bytes.length) return 'more';
    const end = walk.at + 2 + uint16(bytes, walk.at + 2);
    if (end < walk.at + 4) return { wrong: 'The picture is damaged' };
    if (end > bytes.length) return 'more';
    const wrong = isFrame(marker) ? frameStarts(walk, bytes) : marker === 0xda ? scanStarts(walk) : null;
    if (wrong !== null) return { wrong };
    walk.at = end;
  }
}

/** Past the compressed data, to the next marker. False: it is not there yet. */
function leaveScan(walk: Walk, bytes: Uint8Array): boolean {
  for (;;) {
    const at = bytes.indexOf(0xff, walk.at);
    walk.at = at < 0 ? bytes.length : at;
    const marker = bytes[walk.at + 1];
    if (marker === undefined) return false;
    if (marker !== 0 && !isRestart(marker)) {
      walk.isInScan = false;
      return true;
    }
    walk.at += 2;
  }
}

function frameStarts(walk: Walk, bytes: Uint8Array): string | null {
  const marker = bytes[walk.at + 1] ?? 0;
  const length = uint16(bytes, walk.at + 2);
  if (marker > 0xc2 || bytes[walk.at + 4] !== 8) return 'The picture is a kind of JPEG that cameras do not make';
  const size = { height: uint16(bytes, walk.at + 5), width: uint16(bytes, walk.at + 7) };
  const components = bytes[walk.at + 9] ?? 0;
  if (walk.size || components < 1 || components > 4 || length !== 8 + 3 * components) return 'The picture is damaged';
  if (size.width === 0 || size.height === 0) return 'The picture does not say how large it is';
  if (size.width > SIDE_MAX || size.height > SIDE_MAX || size.width * size.height > PIXELS_MAX)
    return `The picture says it has ${size.width} x ${size.height} pixels; that is more than ${SIDE_MAX} on a side or 40 million in all`;
  walk.size = size;
  return null;
}

function scanStarts(walk: Walk): string | null {
  if (!walk.size) return 'The picture does not say how large it is';
  walk.isInScan = true;
  return ++walk.scans > SCANS_MAX ? 'The picture has more layers than any camera makes' : null;
}

const uint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
