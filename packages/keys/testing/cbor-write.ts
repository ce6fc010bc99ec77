/** CBOR as an authenticator writes it, for tests: whatever is asked for, also what no reader takes. */
import { concatBytes, utf8 } from '@argus/kit/bytes.ts';

export type Writable = number | boolean | null | string | Uint8Array | readonly Writable[] | ReadonlyMap<number | string, Writable>;

export function head(major: number, argument: number): Uint8Array {
  if (argument < 24) return Uint8Array.of((major << 5) | argument);
  const size = argument < 256 ? 1 : argument < 65_536 ? 2 : argument < 2 ** 32 ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = (major << 5) | (24 + Math.log2(size));
  for (let i = size, left = argument; i > 0; i--, left = Math.floor(left / 256)) bytes[i] = left % 256;
  return bytes;
}

export function writeCbor(value: Writable): Uint8Array {
  if (value === null) return Uint8Array.of(0xf6);
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return concatBytes(head(3, utf8(value).length), utf8(value));
  if (value instanceof Uint8Array) return concatBytes(head(2, value.length), value);
  if (value instanceof Map) return concatBytes(head(5, value.size), ...[...value].flatMap(([key, one]) => [writeCbor(key), writeCbor(one)]));
  const items = value as readonly Writable[]; // what is no Map here is a list
  return concatBytes(head(4, items.length), ...items.map(writeCbor));
}
