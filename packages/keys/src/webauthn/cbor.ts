import { fromUtf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';

/**
 * CBOR (RFC 8949) as far as an authenticator writes it, and nothing else: one spelling per number, lengths that are said,
 * no tags, no floats, no key twice. Bounded in depth and in items, so what a stranger sends costs what it weighs.
 */
export type CborKey = number | string;
export type Cbor = number | boolean | null | string | Uint8Array | readonly Cbor[] | ReadonlyMap<CborKey, Cbor>;
/** `end`: where the next thing begins. */
export type CborRead = Result<{ readonly value: Cbor; readonly end: number }, string>;

/** CTAP2 nests no deeper than four. */
export const CBOR_DEPTH_MAX = 4;
export const CBOR_ITEMS_MAX = 256;

export const isCborMap = (value: Cbor | undefined): value is ReadonlyMap<CborKey, Cbor> => value instanceof Map;

export const readCbor = (bytes: Uint8Array, from = 0): CborRead => readItem({ bytes, itemsLeft: CBOR_ITEMS_MAX }, from, 0);

/** The same where nothing may follow. */
export function readWholeCbor(bytes: Uint8Array): Result<Cbor, string> {
  const read = readCbor(bytes);
  if (!read.ok) return read;
  return read.value.end === bytes.length ? ok(read.value.value) : err('has something behind its end');
}

type Source = { readonly bytes: Uint8Array; itemsLeft: number };
const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, simple: 7 } as const;

function readItem(source: Source, at: number, depth: number): CborRead {
  source.itemsLeft -= 1;
  if (source.itemsLeft < 0) return err('has too many items');
  const head = readHead(source.bytes, at);
  if (!head.ok) return head;
  const { major, argument, end } = head.value;
  switch (major) {
    case MAJOR.unsigned:
      return ok({ value: argument, end });
    case MAJOR.negative:
      return argument < Number.MAX_SAFE_INTEGER ? ok({ value: -1 - argument, end }) : err('has a number beyond what can be counted');
    case MAJOR.bytes:
    case MAJOR.text:
      return readString(source.bytes, { from: end, to: end + argument, isText: major === MAJOR.text });
    case MAJOR.array:
    case MAJOR.map:
      if (depth >= CBOR_DEPTH_MAX) return err('is nested too deep');
      return major === MAJOR.array ? readArray(source, { count: argument, at: end, depth }) : readMap(source, { count: argument, at: end, depth });
    case MAJOR.simple:
      return readSimple(argument, end);
    default:
      return err('has a tag');
  }
}

type Head = { readonly major: number; readonly argument: number; readonly end: number };

/** The shortest form that holds the number, or none. */
function readHead(bytes: Uint8Array, at: number): Result<Head, string> {
  const first = bytes[at];
  if (first === undefined) return err('is cut off');
  const [major, info] = [first >> 5, first & 0x1f];
  if (info < 24) return ok({ major, argument: info, end: at + 1 });
  if (major === MAJOR.simple) return err('has a float or a simple value that is not read');
  if (info > 27) return err('has a length that is not said');
  const size = 2 ** (info - 24);
  if (at + 1 + size > bytes.length) return err('is cut off');
  let argument = 0;
  for (const byte of bytes.subarray(at + 1, at + 1 + size)) argument = argument * 256 + byte;
  if (argument > Number.MAX_SAFE_INTEGER) return err('has a number beyond what can be counted');
  const isShortest = size === 1 ? argument >= 24 : argument >= 256 ** (size / 2);
  return isShortest ? ok({ major, argument, end: at + 1 + size }) : err('has a number in another than its shortest form');
}

function readString(bytes: Uint8Array, { from, to, isText }: { readonly from: number; readonly to: number; readonly isText: boolean }): CborRead {
  if (to > bytes.length) return err('is cut off');
  const value = bytes.slice(from, to);
  if (!isText) return ok({ value, end: to });
  try {
    return ok({ value: fromUtf8(value), end: to });
  } catch {
    return err('has text that is not UTF-8');
  }
}

type Inside = { readonly count: number; readonly at: number; readonly depth: number };

function readArray(source: Source, { count, at, depth }: Inside): CborRead {
  const items: Cbor[] = [];
  let end = at;
  for (let i = 0; i < count; i++) {
    const item = readItem(source, end, depth + 1);
    if (!item.ok) return item;
    items.push(item.value.value);
    end = item.value.end;
  }
  return ok({ value: items, end });
}

function readMap(source: Source, { count, at, depth }: Inside): CborRead {
  const entries = new Map<CborKey, Cbor>();
  let end = at;
  for (let i = 0; i < count; i++) {
    const key = readItem(source, end, depth + 1);
    if (!key.ok) return key;
    const name = key.value.value;
    if (typeof name !== 'number' && typeof name !== 'string') return err('has a key that is neither a number nor text');
    if (entries.has(name)) return err('has a key twice');
    const value = readItem(source, key.value.end, depth + 1);
    if (!value.ok) return value;
    entries.set(name, value.value.value);
    end = value.value.end;
  }
  return ok({ value: entries, end });
}

const SIMPLE: ReadonlyMap<number, boolean | null> = new Map<number, boolean | null>([[20, false], [21, true], [22, null]]);

function readSimple(argument: number, end: number): CborRead {
  const value = SIMPLE.get(argument);
  return value === undefined ? err('has a float or a simple value that is not read') : ok({ value, end });
}
