/**
 * Lists in the form PostgreSQL itself sends them in (array_recv), which it reads without parsing a text: a batch of a
 * thousand entries is twenty of these. The driver sends a Buffer as it is, and the server checks every length in it.
 */
const UNIX_TO_POSTGRES_MS = 946_684_800_000; // it counts microseconds from the year 2000
const HEAD_BYTES = 20;
const EMPTY_BYTES = 12; // without elements there is no first one, and no number of them
const LENGTH_BYTES = 4;
const NOTHING = -1; // the length of a null

type Kind<T> = { readonly oid: number; readonly room: (value: T) => number; readonly write: (out: Buffer, value: T, at: number) => number };
const kind = <T>(oid: number, room: Kind<T>['room'], write: Kind<T>['write']): Kind<T> => ({ oid, room, write });

/** How much room a value may take, and how much it took. */
const KINDS = {
  text: kind<string>(25, (text) => text.length * 3, (out, text, at) => out.write(text, at)),
  uuid: kind<string>(2_950, () => 16, (out, id, at) => out.write(id.replaceAll('-', ''), at, 'hex')),
  bytea: kind<Uint8Array>(17, (bytes) => bytes.length, (out, bytes, at) => (out.set(bytes, at), bytes.length)),
  bigint: kind<number>(20, () => 8, (out, n, at) => writeBigint(out, n, at)),
  smallint: kind<number>(21, () => 2, (out, n, at) => out.writeInt16BE(n, at) - at),
  timestamptz: kind<string>(1_184, () => 8, (out, iso, at) => writeBigint(out, (Date.parse(iso) - UNIX_TO_POSTGRES_MS) * 1_000, at)),
} as const;
export type ArrayKind = keyof typeof KINDS;
type ValueOf<K extends ArrayKind> = Parameters<(typeof KINDS)[K]['room']>[0];

export function postgresArray<K extends ArrayKind>(name: K, values: readonly (ValueOf<K> | null)[]): Buffer {
  const { oid, room, write } = KINDS[name] as unknown as Kind<ValueOf<K>>; // the table is keyed by the name of the kind
  const [first] = values;
  if (first === undefined) return headOf(oid, 0, Buffer.allocUnsafe(HEAD_BYTES)).subarray(0, EMPTY_BYTES);
  const put = (out: Buffer, value: ValueOf<K> | null, at: number): number => {
    if (value === null) return out.writeInt32BE(NOTHING, at);
    const length = write(out, value, at + LENGTH_BYTES);
    out.writeInt32BE(length, at);
    return at + LENGTH_BYTES + length;
  };
  const roomFor = (value: ValueOf<K> | null) => LENGTH_BYTES + (value === null ? 0 : room(value));
  // Most columns of a batch say the same in every row: such a one is written once, and the rest of it is copies.
  if (values.every((value) => value === first)) {
    const one = Buffer.allocUnsafe(roomFor(first));
    const length = put(one, first, 0);
    return headOf(oid, values.length, Buffer.allocUnsafe(HEAD_BYTES + length * values.length).fill(one.subarray(0, length), HEAD_BYTES));
  }
  const out = Buffer.allocUnsafe(values.reduce<number>((sum, value) => sum + roomFor(value), HEAD_BYTES));
  return headOf(oid, values.length, out.subarray(0, values.reduce<number>((at, value) => put(out, value, at), HEAD_BYTES)));
}

function headOf(oid: number, count: number, out: Buffer): Buffer {
  out.writeInt32BE(count === 0 ? 0 : 1, 0); // dimensions
  out.writeInt32BE(1, 4); // there may be nulls
  out.writeInt32BE(oid, 8);
  out.writeInt32BE(count, 12);
  out.writeInt32BE(1, 16); // the number of the first
  return out;
}

function writeBigint(out: Buffer, n: number, at: number): number {
  if (!Number.isSafeInteger(n)) throw new RangeError(`${n} is not a whole number that PostgreSQL would get as it is`);
  out.writeBigInt64BE(BigInt(n), at);
  return 8;
}
