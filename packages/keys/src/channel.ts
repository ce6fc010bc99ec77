import { concatBytes, fromBase64, toBase64, utf8 } from '@argus/kit/bytes.ts';
import { encodeEnvelope, envelopeKeyInfo, envelopeMacInput, parseEnvelope, type Direction } from '@argus/protocol/envelope.ts';
import { helloMacInput, welcomeMacInput, type Hello, type Welcome } from '@argus/protocol/handshake.ts';
import { deriveKey, hmac, sameSecret, sha256 } from './hash.ts';

/** The keyed half of the agent channel: handshake MACs and sealed envelopes, the same code on both sides. */
const handshakeKey = (passkey: Uint8Array) => deriveKey(passkey, 'argus/handshake/v1');

export const helloMac = (passkey: Uint8Array, hello: Omit<Hello, 'mac' | 'type'>): string =>
  toBase64(hmac(handshakeKey(passkey), helloMacInput(hello)));

export const welcomeMac = (passkey: Uint8Array, welcome: Omit<Welcome, 'mac' | 'type'>, nonceA: string): string =>
  toBase64(hmac(handshakeKey(passkey), welcomeMacInput(welcome, nonceA)));

export const sameMac = (a: string, b: string): boolean => {
  const [left, right] = [fromBase64(a), fromBase64(b)];
  return left !== null && right !== null && sameSecret(left, right);
};

/** Both sides hash the exact texts that crossed, so whoever changed a byte on the way has no common key. */
export function envelopeKeys(passkey: Uint8Array, h1Text: string, h2Text: string): Readonly<Record<Direction, Uint8Array>> {
  const transcript = sha256(concatBytes(sha256(utf8(h1Text)), sha256(utf8(h2Text))));
  const key = (direction: Direction) => deriveKey(handshakeKey(passkey), envelopeKeyInfo(direction), transcript);
  return { up: key('up'), down: key('down') };
}

/** Seals frames of one direction, numbering them. */
export function sealer(key: Uint8Array): (frame: string) => string {
  let seq = 0;
  return (frame) => {
    const mac = toBase64(hmac(key, envelopeMacInput(seq, frame)));
    return encodeEnvelope({ seq: seq++, mac, frame });
  };
}

/** Opens frames of one direction. Null on a gap, a repeat or a wrong MAC: the channel is over, and stays so. */
export function opener(key: Uint8Array): (text: string) => string | null {
  let expected = 0;
  let isOver = false; // what was sent before the socket closed may still arrive
  const open = (text: string): string | null => {
    const envelope = parseEnvelope(text);
    if (!envelope || envelope.seq !== expected) return null;
    const mac = fromBase64(envelope.mac);
    if (!mac || !sameSecret(mac, hmac(key, envelopeMacInput(envelope.seq, envelope.frame)))) return null;
    expected++;
    return envelope.frame;
  };
  return (text) => {
    const frame = isOver ? null : open(text);
    isOver = frame === null;
    return frame;
  };
}
