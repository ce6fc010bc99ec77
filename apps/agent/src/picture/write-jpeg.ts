/**
 * A baseline JPEG from red, green and blue: small and plain rather than tight. Every code of a table has the same length
 * but the one that is used most, so the tables need no statistics and no list of lengths.
 */
import { concatBytes } from '@argus/kit/bytes.ts';
import { atOnce, type Steps } from '../in-steps.ts';

export type Picture = { readonly width: number; readonly height: number; readonly rgb: Uint8Array };

const N = 8;
/** Places of a block in the order they are written: along the diagonals, up and down in turn. */
const ZIGZAG: readonly number[] = Array.from({ length: 15 }, (_, sum) => {
  const diagonal = Array.from({ length: N }, (_, row) => row).flatMap((row) => (sum - row >= 0 && sum - row < N ? [row * N + sum - row] : []));
  return sum % 2 === 0 ? diagonal.toReversed() : diagonal;
}).flat();
/** How coarse each frequency is kept: the higher, the coarser. */
const STEPS: readonly number[] = Array.from({ length: 64 }, (_, at) => 4 + 3 * ((at >> 3) + (at & 7)));
const COS = Float64Array.from({ length: 64 }, (_, at) => Math.cos(((2 * (at & 7) + 1) * (at >> 3) * Math.PI) / 16) * (at < N ? Math.SQRT1_2 : 1) * 0.5);

/** Sizes 0 to 11 of a difference; 0 is the short one. */
const DC_VALUES: readonly number[] = Array.from({ length: 12 }, (_, size) => size);
/** End of block is the short one; then sixteen zeros, and every run of zeros with the size of what follows. */
const AC_VALUES: readonly number[] = [0x00, 0xf0, ...Array.from({ length: 160 }, (_, at) => (Math.floor(at / 10) << 4) | ((at % 10) + 1))];
type Code = { readonly bits: number; readonly length: number };
const codesFor = (values: readonly number[], length: number): ReadonlyMap<number, Code> =>
  new Map(values.map((value, i) => [value, i === 0 ? { bits: 0, length: 1 } : { bits: (1 << (length - 1)) + i - 1, length }]));
const [DC_LENGTH, AC_LENGTH] = [5, 9];
const DC = codesFor(DC_VALUES, DC_LENGTH);
const AC = codesFor(AC_VALUES, AC_LENGTH);

const segment = (marker: number, body: readonly number[]): readonly number[] => [0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body];
const huffman = (kind: number, values: readonly number[], length: number): readonly number[] =>
  segment(0xc4, [kind, ...Array.from({ length: 16 }, (_, i) => (i === 0 ? 1 : i === length - 1 ? values.length - 1 : 0)), ...values]);

export const writeJpeg = (picture: Picture): Uint8Array => atOnce(jpegSteps(picture));

/** One row of blocks at a time. */
export function* jpegSteps({ width, height, rgb }: Picture): Steps<Uint8Array> {
  const bits = bitWriter(width * height);
  const before = [0, 0, 0];
  const blocks = [0, 1, 2].map(() => new Float64Array(64));
  for (let top = 0; top < height; top += N) {
    for (let left = 0; left < width; left += N) {
      // At the edges the last row and column are repeated.
      for (let at = 0; at < 64; at++) toPlanes(blocks, { at, rgb, from: (Math.min(height - 1, top + (at >> 3)) * width + Math.min(width - 1, left + (at & 7))) * 3 });
      blocks.forEach((block, component) => (before[component] = writeBlock(bits, transformed(block), before[component] ?? 0)));
    }
    yield;
  }
  const head = [
    0xff,
    0xd8,
    ...segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    ...segment(0xdb, [0, ...ZIGZAG.map((at) => STEPS[at] ?? 1)]),
    ...segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, 3, ...[1, 2, 3].flatMap((id) => [id, 0x11, 0])]),
    ...huffman(0x00, DC_VALUES, DC_LENGTH),
    ...huffman(0x10, AC_VALUES, AC_LENGTH),
    ...segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
  ];
  return concatBytes(Uint8Array.from(head), bits.end(), Uint8Array.of(0xff, 0xd9));
}

/** Brightness and two colours of one dot, around zero. */
function toPlanes([light, blue, red]: readonly Float64Array[], dot: { readonly at: number; readonly rgb: Uint8Array; readonly from: number }): void {
  const { at, rgb, from } = dot;
  const [r, g, b] = [rgb[from] ?? 0, rgb[from + 1] ?? 0, rgb[from + 2] ?? 0];
  const y = 0.299 * r + 0.587 * g + 0.114 * b;
  if (light) light[at] = y - 128;
  if (blue) blue[at] = 0.564 * (b - y);
  if (red) red[at] = 0.713 * (r - y);
}

/** Frequencies of a block, in steps. One colour has only one. */
function transformed(block: Float64Array): Int16Array {
  const out = new Int16Array(64);
  const first = block[0] ?? 0;
  if (block.every((one) => one === first)) {
    out[0] = Math.round((first * 8) / (STEPS[0] ?? 1));
    return out;
  }
  const rows = new Float64Array(64);
  for (let y = 0; y < N; y++)
    for (let u = 0; u < N; u++) {
      let sum = 0;
      for (let x = 0; x < N; x++) sum += (block[y * N + x] ?? 0) * (COS[u * N + x] ?? 0);
      rows[y * N + u] = sum;
    }
  for (let v = 0; v < N; v++)
    for (let u = 0; u < N; u++) {
      let sum = 0;
      for (let y = 0; y < N; y++) sum += (rows[y * N + u] ?? 0) * (COS[v * N + y] ?? 0);
      out[v * N + u] = Math.round(sum / (STEPS[v * N + u] ?? 1));
    }
  return out;
}

type Bits = ReturnType<typeof bitWriter>;
const sizeOf = (value: number): number => 32 - Math.clz32(Math.abs(value));

function writeBlock(bits: Bits, steps: Int16Array, before: number): number {
  const dc = steps[0] ?? 0;
  writeValue(bits, DC, { run: 0, value: dc - before });
  let run = 0;
  for (const at of ZIGZAG.slice(1)) {
    const value = steps[at] ?? 0;
    if (value === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) bits.code(AC, 0xf0);
    writeValue(bits, AC, { run, value });
    run = 0;
  }
  if (run > 0) bits.code(AC, 0x00);
  return dc;
}

function writeValue(bits: Bits, codes: ReadonlyMap<number, Code>, { run, value }: { run: number; value: number }): void {
  const size = sizeOf(value);
  bits.code(codes, (run << 4) | size);
  if (size > 0) bits.put(value > 0 ? value : value + (1 << size) - 1, size);
}

function bitWriter(guess: number) {
  let bytes = new Uint8Array(guess + 64);
  let length = 0;
  let held = 0;
  let count = 0;
  function put(bits: number, size: number): void {
    held = (held << size) | bits;
    count += size;
    if (length + 16 > bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    for (; count >= 8; count -= 8) {
      const byte = (held >> (count - 8)) & 255;
      bytes[length++] = byte;
      if (byte === 255) bytes[length++] = 0; // or it would read as a marker
    }
    held &= (1 << count) - 1;
  }
  return {
    put,
    code(codes: ReadonlyMap<number, Code>, value: number): void {
      const code = codes.get(value);
      if (!code) throw new RangeError(`no code for ${value}`);
      put(code.bits, code.length);
    },
    end(): Uint8Array {
      if (count > 0) put((1 << (8 - count)) - 1, 8 - count);
      return bytes.subarray(0, length);
    },
  };
}
