/**
 * One entry of a YAML file in block style: where its key stands, where its value begins and where it ends. Null for
 * everything that is not plain enough to be sure of it: tabs as indentation, `? ` keys, directives, an open quote.
 */
export type Entry = {
  readonly start: number; //          of its first line
  readonly end: number; //            of its last line, with the line break
  readonly indent: number; //         column of the first letter
  readonly dash: number | null; //    column of its first dash
  readonly column: number; //         column of its key, or of its value
  readonly key: string | null; //     as written, with its quotes
  readonly valueAt: number; //        behind `key:` or the dash, and behind spaces
};
export type Line = { readonly text: string; readonly end: number; readonly next: number };

const BREAK = /\r\n|[\r\n]/g;
export function lineAt(text: string, at: number): Line {
  BREAK.lastIndex = at;
  const found = BREAK.exec(text);
  const end = found?.index ?? text.length;
  return { text: text.slice(at, end), end, next: end + (found?.[0].length ?? 0) };
}
export const isBlankOrComment = (line: string): boolean => /^[ \t]*(?:#|$)/.test(line);

const isSpace = (letter: string | undefined): boolean => letter === ' ' || letter === '\t';
/** What ends a word: space, line break, the end of the file. */
const isGap = (letter: string | undefined): boolean => letter === undefined || isSpace(letter) || letter === '\n' || letter === '\r';
/** Behind spaces, and behind tabs where YAML allows them. */
function afterSpaces(text: string, at: number): number {
  let to = at;
  while (isSpace(text[to])) to++;
  return to;
}
/** Behind anchors and tags. */
function afterProperties(text: string, at: number): number {
  let to = at;
  while (text[to] === '&' || text[to] === '!') {
    while (!isGap(text[to])) to++;
    to = afterSpaces(text, to);
  }
  return to;
}

export function readEntry(text: string, start: number): Entry | null {
  let at = start;
  while (text[at] === ' ') at++;
  const indent = at - start;
  let dash: number | null = null;
  while (text[at] === '-' && isGap(text[at + 1])) {
    dash ??= at - start;
    at++;
    while (text[at] === ' ') at++;
  }
  if (text[at] === '\t' || /^(?:---|\.\.\.)/.test(text.slice(start, start + 3))) return null;
  const column = Math.max(at - start, indent);
  const line = lineAt(text, at);
  if (isBlankOrComment(line.text)) return { start, end: line.next, indent, dash, column: dash ?? indent, key: null, valueAt: line.end };

  const keyAt = afterProperties(text, at);
  const keyEnd = endOfKey(text, keyAt, line.end);
  if (keyEnd === 'unsure') return null;
  if (keyEnd === null) {
    // A value by itself. What goes on deeper belongs to an item; other lines are looked at one by one.
    const end = endOfValue(text, keyAt, dash ?? null);
    return end === null ? null : { start, end, indent, dash, column, key: null, valueAt: keyAt };
  }
  const colon = afterSpaces(text, keyEnd);
  const spaced = afterSpaces(text, colon + 1);
  const end = endOfValue(text, afterProperties(text, spaced), column);
  return end === null ? null : { start, end, indent, dash, column, key: text.slice(keyAt, keyEnd), valueAt: Math.min(spaced, line.end) };
}

/** Null: what stands there is no key. */
function endOfKey(text: string, at: number, lineEnd: number): number | 'unsure' | null {
  const first = text[at] ?? '';
  const isKeyUpTo = (to: number) => text[afterSpaces(text, to)] === ':' && isGap(text[afterSpaces(text, to) + 1]);
  if (first === '"' || first === "'") {
    const to = afterQuoted(text, at);
    if (to === null) return 'unsure';
    if (!isKeyUpTo(to)) return null;
    return to > lineEnd ? 'unsure' : to;
  }
  if (first === '{' || first === '[') {
    const to = afterFlow(text, at);
    return to === null || text[afterSpaces(text, to)] === ':' ? 'unsure' : null;
  }
  if ('%@`,]}'.includes(first) || ('?:'.includes(first) && isGap(text[at + 1]))) return 'unsure';
  if (first === '|' || first === '>') return null;
  for (let colon = text.indexOf(':', at); colon >= 0 && colon < lineEnd; colon = text.indexOf(':', colon + 1)) {
    if (!isGap(text[colon + 1])) continue;
    return / #/.test(text.slice(at, colon)) ? null : trimmedEnd(text, at, colon);
  }
  return null;
}

function trimmedEnd(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && isSpace(text[end - 1])) end--;
  return end;
}

/** The start of the line after the value. Lines deeper than `column` go on with it, where its style lets them; null: none do. */
function endOfValue(text: string, at: number, column: number | null): number | null {
  const line = lineAt(text, at);
  if (isBlankOrComment(line.text)) return line.next;
  const first = text[at] ?? '';
  if (first === '"' || first === "'" || first === '{' || first === '[') {
    const to = first === '"' || first === "'" ? afterQuoted(text, at) : afterFlow(text, at);
    if (to === null) return null;
    const rest = lineAt(text, to);
    return /^[ \t]*(?:$|[ \t]#)/.test(rest.text) ? rest.next : null;
  }
  if (first === '|' || first === '>') {
    const isHeader = /^[|>][-+1-9]{0,2}[ \t]*(?:$|[ \t]#)/.test(line.text);
    return isHeader && column !== null ? afterDeeper(text, line.next, column) : null;
  }
  if (first === '*') return /^\*\S+[ \t]*(?:$|[ \t]#)/.test(line.text) ? line.next : null;
  if ('%@`,]}'.includes(first) || ('-?:'.includes(first) && isGap(text[at + 1]))) return null;
  return column === null ? line.next : afterDeeper(text, line.next, column);
}

/** Behind the lines that are deeper than a column; blank ones among them count, blank ones after them do not. */
function afterDeeper(text: string, from: number, column: number): number {
  let end = from;
  for (let at = from; at < text.length; ) {
    const line = lineAt(text, at);
    const isBlank = /^[ \t]*$/.test(line.text);
    if (!isBlank && line.text.search(/[^ ]/) <= column) break;
    at = line.next;
    if (!isBlank) end = at;
  }
  return end;
}

function afterQuoted(text: string, at: number): number | null {
  const quote = text[at] ?? '';
  for (let to = at + 1; to < text.length; to++) {
    if (quote === '"' && text[to] === '\\') to++;
    else if (text[to] === quote) {
      if (quote === '"' || text[to + 1] !== "'") return to + 1;
      to++; // '' is an apostrophe
    }
  }
  return null;
}

const CLOSES: Readonly<Record<string, string>> = { '[': ']', '{': '}' };
/** Behind the bracket that closes the one at `at`. */
function afterFlow(text: string, at: number): number | null {
  const open: string[] = [];
  let isFresh = true; // a quote here begins a quoted text; elsewhere it is a letter
  for (let to = at; to < text.length; to++) {
    const letter = text[to] ?? '';
    if (isGap(letter)) continue;
    if (letter === '#' && isGap(text[to - 1])) {
      to = lineAt(text, to).end - 1;
      continue;
    }
    const closes = CLOSES[letter];
    if (closes !== undefined) open.push(closes);
    else if (letter === ']' || letter === '}') {
      if (open.pop() !== letter) return null;
      if (open.length === 0) return to + 1;
    } else if (letter === '"' || letter === "'") {
      if (!isFresh && text[to - 1] === ':') return null; // readers differ on a:"b"
      if (isFresh) {
        const end = afterQuoted(text, to);
        if (end === null) return null;
        to = end - 1;
        if (text[end] === ':') to = end; // "a":"b"
        isFresh = text[end] === ':';
        continue;
      }
    } else if (isFresh && (letter === '&' || letter === '!')) {
      while (!isGap(text[to + 1])) to++;
      continue;
    }
    isFresh = closes !== undefined || letter === ',' || ((letter === ':' || letter === '?') && isGap(text[to + 1]));
  }
  return null;
}
