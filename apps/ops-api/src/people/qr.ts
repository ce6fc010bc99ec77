/**
 * A text as a QR code, ISO/IEC 18004: bytes, error correction M, the smallest version that holds it. Pure: a matrix of
 * modules comes out, true is dark, and whoever shows it leaves four light modules around it.
 */
const EXP: number[] = [];
const LOG: number[] = [];
for (let [i, x] = [0, 1]; i < 255; i++) {
  EXP[i] = x;
  LOG[x] = i;
  x = x << 1 > 255 ? (x << 1) ^ 0x11d : x << 1;
}
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : (EXP[((LOG[a] ?? 0) + (LOG[b] ?? 0)) % 255] ?? 0));

/** The remainder by the generator of this degree: what corrects the data. */
export function correction(data: readonly number[], degree: number): readonly number[] {
  let generator = [1];
  for (let i = 0; i < degree; i++) {
    const root = EXP[i] ?? 0;
    generator = [...generator, 0].map((c, at) => c ^ times(generator[at - 1] ?? 0, root));
  }
  const rest = [...data, ...Array.from({ length: degree }, () => 0)];
  for (let i = 0; i < data.length; i++) {
    const lead = rest[i] ?? 0;
    if (lead !== 0) generator.forEach((c, at) => (rest[i + at] = (rest[i + at] ?? 0) ^ times(c, lead)));
  }
  return rest.slice(data.length);
}

/** Of level M, by version: codewords that correct in each block, blocks, data codewords of a short one, blocks that are one longer; where alignment patterns stand. */
const VERSIONS: readonly { readonly fix: number; readonly short: number; readonly data: number; readonly long: number; readonly align: readonly number[] }[] = [
  { fix: 10, short: 1, data: 16, long: 0, align: [] },
  { fix: 16, short: 1, data: 28, long: 0, align: [6, 18] },
  { fix: 26, short: 1, data: 44, long: 0, align: [6, 22] },
  { fix: 18, short: 2, data: 32, long: 0, align: [6, 26] },
  { fix: 24, short: 2, data: 43, long: 0, align: [6, 30] },
  { fix: 16, short: 4, data: 27, long: 0, align: [6, 34] },
  { fix: 18, short: 4, data: 31, long: 0, align: [6, 22, 38] },
  { fix: 22, short: 2, data: 38, long: 2, align: [6, 24, 42] },
  { fix: 22, short: 3, data: 36, long: 2, align: [6, 26, 46] },
  { fix: 26, short: 4, data: 43, long: 1, align: [6, 28, 50] },
  { fix: 30, short: 1, data: 50, long: 4, align: [6, 30, 54] },
  { fix: 22, short: 6, data: 36, long: 2, align: [6, 32, 58] },
  { fix: 22, short: 8, data: 37, long: 1, align: [6, 34, 62] },
  { fix: 24, short: 4, data: 40, long: 5, align: [6, 26, 46, 66] },
  { fix: 24, short: 5, data: 41, long: 5, align: [6, 26, 48, 70] },
  { fix: 28, short: 7, data: 45, long: 3, align: [6, 26, 50, 74] },
];

/** BCH: the bits and what corrects them. */
function withRest(bits: number, generator: number): number {
  const degree = 31 - Math.clz32(generator);
  let rest = bits << degree;
  for (let at = 31 - Math.clz32(rest); rest !== 0 && at >= degree; at = 31 - Math.clz32(rest)) rest ^= generator << (at - degree);
  return (bits << degree) | rest;
}
/** 15 bits: level M is 00. */
export const formatBits = (mask: number): number => withRest(mask, 0x537) ^ 0x5412;
/** 18 bits, from version 7 on. */
export const versionBits = (version: number): number => withRest(version, 0x1f25);

function codewords(bytes: Uint8Array, version: number): readonly number[] | null {
  const spec = VERSIONS[version - 1];
  if (!spec) return null;
  const room = spec.short * spec.data + spec.long * (spec.data + 1);
  const bits: number[] = [];
  const push = (value: number, width: number) => {
    for (let i = width - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  push(4, 4); // bytes
  push(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) push(byte, 8);
  if (bits.length > room * 8) return null;
  push(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const data: number[] = [];
  for (let i = 0; i < bits.length; i += 8) data.push(bits.slice(i, i + 8).reduce((all, bit) => all * 2 + bit, 0));
  for (let pad = 0xec; data.length < room; pad ^= 0xec ^ 0x11) data.push(pad);

  const blocks: (readonly number[])[] = [];
  for (let [i, at] = [0, 0]; i < spec.short + spec.long; i++) {
    const length = spec.data + (i < spec.short ? 0 : 1);
    blocks.push(data.slice(at, at + length));
    at += length;
  }
  const fixes = blocks.map((block) => correction(block, spec.fix));
  const woven = (lists: readonly (readonly number[])[]) => Array.from({ length: Math.max(...lists.map((l) => l.length)) }, (_, i) => lists.flatMap((l) => l[i] ?? [])).flat();
  return [...woven(blocks), ...woven(fixes)];
}

const MASKS: readonly ((row: number, col: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

type Grid = (boolean | null)[][]; // null: for data

function frame(version: number): Grid {
  const size = 17 + 4 * version;
  const grid: Grid = Array.from({ length: size }, () => Array.from({ length: size }, () => null));
  const put = (row: number, col: number, dark: boolean) => {
    const line = grid[row];
    if (line && col >= 0 && col < size) line[col] = dark;
  };
  const square = (row: number, col: number, reach: number, light: number) => {
    for (let r = -reach; r <= reach; r++) for (let c = -reach; c <= reach; c++) put(row + r, col + c, Math.max(Math.abs(r), Math.abs(c)) !== light && Math.max(Math.abs(r), Math.abs(c)) < 4);
  };
  for (const [row, col] of [[3, 3], [3, size - 4], [size - 4, 3]] as const) square(row, col, 4, 2);
  for (let i = 8; i < size - 8; i++) for (const [r, c] of [[6, i], [i, 6]] as const) put(r, c, i % 2 === 0);
  const align = VERSIONS[version - 1]?.align ?? [];
  for (const row of align) for (const col of align) if (grid[row]?.[col] === null || (row === 6) !== (col === 6)) if (!isCorner(row, col, align)) square(row, col, 2, 1);
  put(size - 8, 8, true);
  for (let i = 0; i < 9; i++) for (const [r, c] of [[8, i], [i, 8], [8, size - 1 - i], [size - 1 - i, 8]] as const) if (grid[r]?.[c] === null && (i < 8 || (r <= 8 && c <= 8))) put(r, c, false); // room for the format
  if (version >= 7)
    for (let i = 0; i < 18; i++) {
      const dark = ((versionBits(version) >> i) & 1) === 1;
      put(Math.floor(i / 3), size - 11 + (i % 3), dark);
      put(size - 11 + (i % 3), Math.floor(i / 3), dark);
    }
  return grid;
}
const isCorner = (row: number, col: number, align: readonly number[]): boolean => {
  const last = align.at(-1);
  return (row === 6 && col === 6) || (row === 6 && col === last) || (row === last && col === 6);
};

function filled(version: number, words: readonly number[], mask: number): boolean[][] {
  const grid = frame(version);
  const size = grid.length;
  let at = 0;
  for (let [right, isUp] = [size - 1, true]; right > 0; right -= 2, isUp = !isUp) {
    if (right === 6) right--; // the upright timing pattern
    for (let i = 0; i < size; i++) {
      const row = isUp ? size - 1 - i : i;
      for (const col of [right, right - 1]) {
        const line = grid[row];
        if (!line || line[col] !== null) continue;
        const bit = ((words[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
        at++;
        line[col] = (bit === 1) !== (MASKS[mask]?.(row, col) ?? false);
      }
    }
  }
  const format = formatBits(mask);
  for (let i = 0; i < 15; i++) {
    const dark = ((format >> i) & 1) === 1;
    const upright = grid[i < 6 ? i : i < 8 ? i + 1 : size - 15 + i];
    if (upright) upright[8] = dark;
    const flat = grid[8];
    if (flat) flat[i < 8 ? size - 1 - i : i === 8 ? 7 : 14 - i] = dark;
  }
  return grid.map((line) => line.map((dark) => dark === true));
}

/** How hard it is to read: the four rules of the standard. */
function penalty(grid: readonly (readonly boolean[])[]): number {
  const size = grid.length;
  const columns = grid.map((_, c) => grid.map((line) => line[c] === true));
  let score = 0;
  for (const line of [...grid, ...columns]) {
    const text = line.map((dark) => (dark ? '1' : '0')).join('');
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) score += run.length - 2;
    for (const look of ['10111010000', '00001011101']) for (let at = text.indexOf(look); at >= 0; at = text.indexOf(look, at + 1)) score += 40;
  }
  for (let r = 0; r < size - 1; r++)
    for (let c = 0; c < size - 1; c++) if (grid[r]?.[c] === grid[r]?.[c + 1] && grid[r]?.[c] === grid[r + 1]?.[c] && grid[r]?.[c] === grid[r + 1]?.[c + 1]) score += 3;
  const dark = grid.flat().filter(Boolean).length;
  return score + Math.floor(Math.abs((dark * 100) / (size * size) - 50) / 5) * 10;
}

/** Rows of modules, true is dark. Throws on a text longer than version 16 takes: 450 bytes. */
export function qrMatrix(text: string): readonly (readonly boolean[])[] {
  const bytes = new TextEncoder().encode(text);
  for (let version = 1; version <= VERSIONS.length; version++) {
    const words = codewords(bytes, version);
    if (!words) continue;
    const tried = MASKS.map((_, mask) => filled(version, words, mask)).map((grid) => ({ grid, score: penalty(grid) }));
    return tried.reduce((best, one) => (one.score < best.score ? one : best)).grid;
  }
  throw new RangeError('too long for a QR code');
}
