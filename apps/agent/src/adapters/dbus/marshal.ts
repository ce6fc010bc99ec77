/**
 * D-Bus values as bytes and back. Structs are arrays, dictionaries arrays of pairs, a variant is its signature and value.
 * Written little-endian; both orders are read. What does not fit is a `BadBytes`, never a wrong value.
 */
export type Variant = { readonly signature: string; readonly value: Value };
export type Value = number | bigint | boolean | string | Variant | readonly Value[];
export class BadBytes extends Error {}

const DEPTH_MAX = 32;
const ALIGN: Readonly<Record<string, number>> = { y: 1, g: 1, v: 1, n: 2, q: 2, b: 4, i: 4, u: 4, s: 4, o: 4, a: 4, h: 4, x: 8, t: 8, d: 8, '(': 8, '{': 8 };
const alignOf = (type: string): number => ALIGN[type.charAt(0)] ?? bad(`no type ${type}`);
const bad = (why: string): never => {
  throw new BadBytes(why);
};

/** The complete types of a signature: `a{sv}u` has two. */
export function typesOf(signature: string): readonly string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at, 0);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

function endOfType(signature: string, at: number, depth: number): number {
  if (depth > DEPTH_MAX) bad('nested too deep');
  const type = signature.charAt(at);
  if (type === 'a') return endOfType(signature, at + 1, depth + 1);
  if (type === '(' || type === '{') {
    const closing = type === '(' ? ')' : '}';
    let [next, members] = [at + 1, 0];
    for (; signature.charAt(next) !== closing; members++) next = endOfType(signature, next, depth + 1);
    const isWhole = type === '(' ? members > 0 : members === 2 && signature.charAt(at - 1) === 'a';
    return isWhole ? next + 1 : bad(`no type at ${at} of ${signature}`);
  }
  return Object.hasOwn(ALIGN, type) ? at + 1 : bad(`no type at ${at} of ${signature}`);
}

export function marshal(signature: string, values: readonly Value[]): Buffer {
  const types = typesOf(signature);
  if (types.length !== values.length) bad(`${values.length} values for ${signature}`);
  const out: number[] = [];
  types.forEach((type, i) => put(out, type, values[i] as Value)); // as many as there are types
  return Buffer.from(out);
}

const pad = (out: number[], to: number): void => {
  while (out.length % to !== 0) out.push(0);
};
const putInt = (out: number[], bytes: number, value: bigint): void => {
  for (let i = 0; i < bytes; i++) out.push(Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 0xffn));
};

function put(out: number[], type: string, value: Value): void {
  pad(out, alignOf(type));
  switch (type.charAt(0)) {
    case 'y':
      return putInt(out, 1, whole(value));
    case 'n':
    case 'q':
      return putInt(out, 2, whole(value));
    case 'i':
    case 'u':
      return putInt(out, 4, whole(value));
    case 'x':
    case 't':
      return putInt(out, 8, whole(value));
    case 'b':
      return putInt(out, 4, value === true ? 1n : 0n);
    case 'd': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(Number(value));
      return void out.push(...bytes);
    }
    case 's':
    case 'o':
    case 'g': {
      const bytes = Buffer.from(textOf(value));
      putInt(out, type === 'g' ? 1 : 4, BigInt(bytes.length));
      for (const byte of bytes) out.push(byte);
      return void out.push(0);
    }
    case 'v': {
      const { signature, value: inner } = variantOf(value);
      put(out, 'g', signature);
      return put(out, typesOf(signature).length === 1 ? signature : bad('a variant holds one value'), inner);
    }
    case 'a': {
      const element = type.slice(1);
      const at = out.length;
      putInt(out, 4, 0n);
      pad(out, alignOf(element));
      const from = out.length;
      for (const one of listOf(value)) put(out, element, one);
      const length = out.length - from;
      for (let i = 0; i < 4; i++) out[at + i] = (length >>> (8 * i)) & 0xff;
      return;
    }
    case '(':
    case '{': {
      const types = typesIn(type);
      const members = listOf(value);
      if (members.length !== types.length) bad(`${members.length} members for ${type}`);
      return types.forEach((one, i) => put(out, one, members[i] as Value)); // as many as there are types
    }
    default:
      return bad(`no type ${type}`);
  }
}

/** `{sv}` is a type only within an array, so its members are looked at one by one. */
const typesIn = (type: string): readonly string[] => typesOf(type.slice(1, -1));
const whole = (value: Value): bigint => (typeof value === 'bigint' ? value : typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : bad('not a whole number'));
const textOf = (value: Value): string => (typeof value === 'string' && !value.includes('\0') ? value : bad('not a text'));
const listOf = (value: Value): readonly Value[] => (Array.isArray(value) ? (value as readonly Value[]) : bad('not a list')); // isArray forgets what is in it
const variantOf = (value: Value): Variant => (typeof value === 'object' && 'signature' in value ? value : bad('not a variant'));

export function unmarshal(signature: string, bytes: Buffer, { isLittle = true }: { readonly isLittle?: boolean } = {}): readonly Value[] {
  const reader = { bytes, at: 0, isLittle };
  return typesOf(signature).map((type) => take(reader, type, 0));
}

type Reader = { readonly bytes: Buffer; at: number; readonly isLittle: boolean };

function room(reader: Reader, length: number): number {
  const { at, bytes } = reader;
  if (length < 0 || at + length > bytes.length) bad('it ends too early');
  reader.at += length;
  return at;
}
const align = (reader: Reader, to: number): void => void room(reader, (to - (reader.at % to)) % to);

function takeUint(reader: Reader): number {
  align(reader, 4);
  const at = room(reader, 4);
  return reader.isLittle ? reader.bytes.readUInt32LE(at) : reader.bytes.readUInt32BE(at);
}

function take(reader: Reader, type: string, depth: number): Value {
  if (depth > DEPTH_MAX) bad('nested too deep');
  const { bytes, isLittle } = reader;
  align(reader, alignOf(type));
  switch (type.charAt(0)) {
    case 'y':
      return bytes.readUInt8(room(reader, 1));
    case 'n':
      return isLittle ? bytes.readInt16LE(room(reader, 2)) : bytes.readInt16BE(room(reader, 2));
    case 'q':
      return isLittle ? bytes.readUInt16LE(room(reader, 2)) : bytes.readUInt16BE(room(reader, 2));
    case 'i':
      return isLittle ? bytes.readInt32LE(room(reader, 4)) : bytes.readInt32BE(room(reader, 4));
    case 'u':
    case 'h':
      return takeUint(reader);
    case 'x':
      return isLittle ? bytes.readBigInt64LE(room(reader, 8)) : bytes.readBigInt64BE(room(reader, 8));
    case 't':
      return isLittle ? bytes.readBigUInt64LE(room(reader, 8)) : bytes.readBigUInt64BE(room(reader, 8));
    case 'd':
      return isLittle ? bytes.readDoubleLE(room(reader, 8)) : bytes.readDoubleBE(room(reader, 8));
    case 'b':
      return takeUint(reader) === 1;
    case 's':
    case 'o': {
      const length = takeUint(reader);
      const at = room(reader, length + 1);
      return bytes.toString('utf8', at, at + length);
    }
    case 'g': {
      const length = bytes.readUInt8(room(reader, 1));
      const at = room(reader, length + 1);
      return bytes.toString('latin1', at, at + length);
    }
    case 'v': {
      const signature = textOf(take(reader, 'g', depth));
      const [only = bad('an empty variant'), ...more] = typesOf(signature);
      if (more.length > 0) bad('a variant holds one value');
      return { signature, value: take(reader, only, depth + 1) };
    }
    case 'a': {
      const length = takeUint(reader);
      const element = type.slice(1);
      align(reader, alignOf(element));
      const end = reader.at + length;
      if (end > bytes.length) bad('it ends too early');
      const list: Value[] = [];
      while (reader.at < end) list.push(take(reader, element, depth + 1));
      return reader.at === end ? list : bad('an array that does not end where it says');
    }
    case '(':
    case '{':
      return typesIn(type).map((one) => take(reader, one, depth + 1));
    default:
      return bad(`no type ${type}`);
  }
}
