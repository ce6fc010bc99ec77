import { BadBytes, marshal, unmarshal, type Value } from './marshal.ts';

/** One D-Bus message. What we send and what we take is small: a bus with more to say is not the one of a desktop. */
export const MESSAGE_BYTES_MAX = 262_144;
export const KIND = { call: 1, reply: 2, error: 3, signal: 4 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

export type Message = {
  readonly kind: Kind;
  readonly serial: number;
  readonly noReply?: boolean;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly error?: string;
  readonly answers?: number; // serial of the call
  readonly to?: string;
  readonly from?: string;
  readonly signature?: string;
  readonly body: readonly Value[];
};

/** Header fields by number, with the type of each. */
const FIELDS = [
  [1, 'path', 'o'],
  [2, 'interface', 's'],
  [3, 'member', 's'],
  [4, 'error', 's'],
  [5, 'answers', 'u'],
  [6, 'to', 's'],
  [7, 'from', 's'],
  [8, 'signature', 'g'],
] as const;
const NO_REPLY = 1;
const PREFIX_BYTES = 16; // up to and with the length of the fields

export function encodeMessage(message: Message): Buffer {
  const body = marshal(message.signature ?? '', message.body);
  const fields = FIELDS.flatMap(([number, name, signature]): Value[] => {
    const value = message[name];
    return value === undefined ? [] : [[number, { signature, value }]];
  });
  const header = marshal('yyyyuua(yv)', [0x6c, message.kind, message.noReply ? NO_REPLY : 0, 1, body.length, message.serial, fields]);
  return Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8), body]);
}

/** The first message in the bytes and how many it took; null: there is more to come. */
export function decodeMessage(bytes: Buffer): { readonly message: Message; readonly length: number } | null {
  if (bytes.length < PREFIX_BYTES) return null;
  const isLittle = bytes[0] === 0x6c;
  if (!isLittle && bytes[0] !== 0x42) throw new BadBytes('neither byte order');
  const uint = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const headerLength = PREFIX_BYTES + uint(12);
  const bodyAt = headerLength + ((8 - (headerLength % 8)) % 8);
  const length = bodyAt + uint(4);
  if (length > MESSAGE_BYTES_MAX) throw new BadBytes('a message that is too long');
  if (bytes.length < length) return null;
  const [, kind, flags, version, , serial, fields] = unmarshal('yyyyuua(yv)', bytes.subarray(0, headerLength), { isLittle });
  if (version !== 1 || typeof kind !== 'number' || typeof serial !== 'number') throw new BadBytes('another version');
  const named: Partial<Record<(typeof FIELDS)[number][1], unknown>> = {};
  for (const field of fields as readonly (readonly [number, { signature: string; value: Value }])[]) {
    const known = FIELDS.find(([number, , signature]) => number === field[0] && signature === field[1].signature); // a(yv) was read
    if (known) named[known[1]] = field[1].value;
  }
  const { signature, ...rest } = named as Partial<Message>; // each was found to be of its type
  const body = unmarshal(signature ?? '', bytes.subarray(bodyAt, length), { isLittle });
  // A kind nobody knows is to be ignored, as the protocol has it; whoever reads looks at the ones they know.
  return { message: { ...rest, ...(signature !== undefined && { signature }), kind: kind as Kind, serial, noReply: (Number(flags) & NO_REPLY) !== 0, body }, length };
}
