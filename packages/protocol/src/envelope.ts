import { concatBytes, utf8 } from '@argus/kit/bytes.ts';
import { z } from 'zod';
import { parseJson } from './handshake.ts';
import { base64Of32 } from './text.ts';

/**
 * After the handshake every frame travels sealed: numbered and authenticated, per direction. A proxy in the
 * middle can cut the line, but not inject, reorder or replay. `frame` is the exact text under the MAC.
 */
export const Envelope = z.object({
  seq: z.int().min(0),
  mac: base64Of32(),
  // Half a surrogate pair has no UTF-8: many texts would stand for the same bytes under one MAC.
  frame: z.string().refine((text) => text.isWellFormed(), { error: 'has no UTF-8' }),
});
export type Envelope = z.infer<typeof Envelope>;

export type Direction = 'up' | 'down';
/** HKDF info: a different key each way, so a frame cannot be reflected. */
export const envelopeKeyInfo = (direction: Direction): string => `argus/envelope/v1/${direction}`;

/** seq as eight big-endian bytes, then the frame's UTF-8. */
export function envelopeMacInput(seq: number, frame: string): Uint8Array {
  const head = new Uint8Array(8);
  new DataView(head.buffer).setBigUint64(0, BigInt(seq));
  return concatBytes(head, utf8(frame));
}

export const encodeEnvelope = (e: Envelope): string =>
  `{"seq":${e.seq},"mac":"${e.mac}","frame":${JSON.stringify(e.frame)}}`;

export function parseEnvelope(text: string): Envelope | null {
  const parsed = Envelope.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}
