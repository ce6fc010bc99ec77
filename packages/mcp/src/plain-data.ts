/**
 * What a tool answers is data: names, reasons and logs were written by machines and people that may not wish us well, and a
 * program reads them. Nothing that does not print leaves, nothing with the shape of a secret, and never more than fits.
 */
import { cleanText } from '@argus/protocol/text.ts';

/** A checkpoint with its signatures and a leaf fit; a program has to page through anything longer. */
const TEXT_MAX = 4_000;
const KEY_MAX = 128;
const DEPTH_MAX = 16;
/** Of all of it, as JSON. */
export const DATA_CHARS_MAX = 48_000;

export type PlainData = { readonly data: unknown; readonly isTruncated: boolean };

/** Goes through it in order until there is no room left. What is left out shows by the mark, and by nothing else. */
export function plainData(value: unknown, charsMax: number = DATA_CHARS_MAX): PlainData {
  let left = charsMax;
  let isTruncated = false;
  const cut = <T>(rest: T): T => {
    isTruncated = true;
    return rest;
  };

  /** Line feeds stay: a signed checkpoint is lines. In JSON they are two letters. */
  function text(from: string, max: number): string {
    const cleaned = from.slice(0, max * 2).split('\n').map((line) => cleanText(line, max)).join('\n');
    const letters = [...cleaned];
    const room = Math.min(max, Math.max(0, left));
    const isWhole = letters.length <= room && from.length <= max * 2;
    const kept = isWhole ? cleaned : cut(`${letters.slice(0, room).join('')}…`);
    left -= JSON.stringify(kept).length;
    return kept;
  }

  function walk(from: unknown, depth: number): unknown {
    if (typeof from === 'string') return text(from, TEXT_MAX);
    if (typeof from !== 'object' || from === null) {
      left -= 8;
      return typeof from === 'number' || typeof from === 'boolean' ? from : null;
    }
    if (depth >= DEPTH_MAX) return cut(null);
    left -= 2;
    if (Array.isArray(from)) {
      const items: unknown[] = [];
      for (const item of from) {
        if (left <= 0) return cut(items);
        items.push(walk(item, depth + 1));
      }
      return items;
    }
    const members: [string, unknown][] = [];
    for (const [name, member] of Object.entries(from)) {
      if (left <= 0) return cut(fromEntries(members));
      members.push([text(name, KEY_MAX), walk(member, depth + 1)]);
    }
    return fromEntries(members);
  }

  const data = walk(value, 0);
  return { data, isTruncated };
}

/** Assigned one by one, a member named __proto__ would be lost. */
const fromEntries = (members: readonly (readonly [string, unknown])[]): Record<string, unknown> => Object.fromEntries(members);
