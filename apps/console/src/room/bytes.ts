/** Bytes a machine sent, and whether they are the ones it named. Pure. */
import { fromBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/evidence/sha256.ts';

type Named = { readonly size: number; readonly sha256: string };
/** `isWhole`: size and digest are those that came with them. */
export type Bytes = { readonly bytes: Uint8Array; readonly isWhole: boolean };

const checked = (bytes: Uint8Array, named: Named): Bytes => ({ bytes, isWhole: bytes.length === named.size && toHex(sha256(bytes)) === named.sha256 });

export const bytesOf = ({ text, base64, ...named }: Named & { readonly text?: string; readonly base64?: string }): Bytes =>
  checked(text === undefined ? (fromBase64(base64 ?? '') ?? new Uint8Array()) : utf8(text), named);

/** Sixteen of them in a line, with their place and the letters among them. */
const A_LINE = 16;
export function hexLines(bytes: Uint8Array, most: number): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, most); at += A_LINE) {
    const part = bytes.subarray(at, at + A_LINE);
    const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(A_LINE * 3 - 1)}  ${letters}`);
  }
  return lines;
}
