import type { Random } from './random.ts';

/** RFC 9562 version 7: ordered by time, so that an index of millions is written at its end and not all over. */
export function uuidV7(epochMs: number, random: Random): string {
  const bytes = Buffer.from(random(16));
  bytes.writeUIntBE(epochMs, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
