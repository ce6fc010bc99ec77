/** The end of a log as text: at most so many lines, so many bytes, and so many bytes of JSON. The newest stays. */
import { FILE_BYTES_MAX, FILE_JSON_MAX } from '@argus/protocol/commands/file-limits.ts';

const LINE_FEED = 0x0a;
export type LastLines = { readonly text: string; readonly lines: number; readonly truncated: boolean };
/** `isWhole`: the bytes begin where the log does. */
export type End = { readonly bytes: Uint8Array; readonly isWhole: boolean };

export function lastLines({ bytes, isWhole }: End, lines: number): LastLines {
  const start = startOfLast(bytes, lines);
  const from = Math.max(start ?? 0, bytes.length - FILE_BYTES_MAX);
  const kept = bytes.subarray(from > (start ?? 0) ? nextCharacter(bytes, from) : from);
  // Invalid bytes become U+FFFD, three bytes each; so the length counts again as text.
  const all = new TextDecoder('utf-8', { ignoreBOM: true }).decode(kept);
  const text = lastThatFits(all);
  const isMissing = start === null && !isWhole;
  return { text, lines: linesIn(text), truncated: isMissing || text.length < all.length || kept.length < bytes.length - (start ?? 0) };
}

/** Behind what a cut left of a character. */
function nextCharacter(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < from + 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++;
  return at;
}

/** Where the last so many lines begin; null when there are fewer. A line break at the very end ends the last line. */
export function startOfLast(bytes: Uint8Array, lines: number): number | null {
  let at = bytes.length - 1;
  for (let left = lines; left > 0; left--) {
    at = at <= 0 ? -1 : bytes.lastIndexOf(LINE_FEED, at - 1);
    if (at < 0) return null;
  }
  return at + 1;
}

const linesIn = (text: string): number => {
  let lines = text === '' || text.endsWith('\n') ? 0 : 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
};

/** Characters that are measured together: one by one they are slow, where a small agent runs without a compiler. */
const STRETCH = 4_096;

/** The longest end of a text within both limits; half a surrogate pair is never left over. */
function lastThatFits(text: string): string {
  let [bytes, json] = [0, 0];
  const add = (part: string): boolean => {
    bytes += Buffer.byteLength(part);
    json += jsonBytes(part);
    return bytes <= FILE_BYTES_MAX && json <= FILE_JSON_MAX;
  };
  for (let at = text.length; at > 0; ) {
    const from = startOfCharacter(text, Math.max(0, at - STRETCH));
    const before = [bytes, json] as const;
    if (add(text.slice(from, at))) {
      at = from;
      continue;
    }
    [bytes, json] = before;
    while (at > from) {
      const start = startOfCharacter(text, at - 1);
      if (!add(text.slice(start, at))) return text.slice(at);
      at = start;
    }
  }
  return text;
}

/** Not in the middle of a surrogate pair. */
const startOfCharacter = (text: string, at: number): number => (at > 0 && isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1)) ? at - 1 : at);

/** What a text takes up inside of a JSON string, without the quotes around it. */
export const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

const isHigh = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number) => unit >= 0xdc00 && unit < 0xe000;
