/**
 * The part of Markdown our pages are written in: headings, paragraphs, fenced code, lists, tables, quotes, rules. What it does not
 * know is a paragraph, never HTML.
 */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'code'; readonly info: string; readonly text: string }
  | { readonly kind: 'list'; readonly first: number | null; readonly items: readonly (readonly Block[])[]; readonly isTight: boolean }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'quote'; readonly inside: readonly Block[] }
  | { readonly kind: 'rule' };
type Lines = readonly string[];
/** A block and how many lines it took; null: none of this kind begins here. */
type Taken = { readonly block: Block | null; readonly lines: number } | null;

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const HEADING = /^(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}(?:-{3,}|\*{3,})\s*$/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4})(?=\S)/;
const DELIMITER = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const DEEPEST = 8;

export function readBlocks(lines: Lines, depth = 0): readonly Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const rest = lines.slice(at);
    if (rest[0]?.trim() === '') {
      at++;
      continue;
    }
    const taken = comment(rest) ?? fenced(rest) ?? heading(rest) ?? rule(rest) ?? (depth < DEEPEST ? (quote(rest, depth) ?? list(rest, depth)) : null) ?? table(rest) ?? paragraph(rest);
    if (taken.block) blocks.push(taken.block);
    at += taken.lines;
  }
  return blocks;
}

/** For whoever edits the file; readers never see it. */
function comment(lines: Lines): Taken {
  if (!lines[0]?.startsWith('<!--')) return null;
  const end = lines.findIndex((line) => line.includes('-->'));
  return { block: null, lines: end < 0 ? lines.length : end + 1 };
}

function fenced(lines: Lines): Taken {
  const [, fence = '', info = ''] = FENCE.exec(lines[0] ?? '') ?? [];
  if (fence === '') return null;
  const indent = (lines[0] ?? '').search(/\S/);
  const end = lines.findIndex((line, n) => n > 0 && line.trim().length >= fence.length && line.trim() === fence.charAt(0).repeat(line.trim().length));
  const inside = lines.slice(1, end < 0 ? undefined : end).map((line) => line.slice(Math.min(indent, Math.max(0, line.search(/\S|$/)))));
  return { block: { kind: 'code', info: info.trim(), text: inside.join('\n') }, lines: end < 0 ? lines.length : end + 1 };
}

function heading(lines: Lines): Taken {
  const [whole, marks = '', text = ''] = HEADING.exec(lines[0] ?? '') ?? [];
  return whole === undefined ? null : { block: { kind: 'heading', level: marks.length, text }, lines: 1 };
}

const rule = (lines: Lines): Taken => (RULE.test(lines[0] ?? '') ? { block: { kind: 'rule' }, lines: 1 } : null);

function quote(lines: Lines, depth: number): Taken {
  const count = countWhile(lines, (line) => line.startsWith('>'));
  return count === 0 ? null : { block: { kind: 'quote', inside: readBlocks(lines.slice(0, count).map((line) => line.replace(/^> ?/, '')), depth + 1) }, lines: count };
}

function list(lines: Lines, depth: number): Taken {
  const first = ITEM.exec(lines[0] ?? '');
  if (!first) return null;
  const kind = kindOf(first[2] ?? '');
  const items: Lines[] = [];
  let at = 0;
  for (let item = ITEM.exec(lines[at] ?? ''); item && kindOf(item[2] ?? '') === kind; item = ITEM.exec(lines[at] ?? '')) {
    const indent = item[0].length;
    const taken = countWhile(lines.slice(at + 1), (line, n, rest) => line.trim() === '' || line.search(/\S/) >= indent || (rest[n - 1]?.trim() !== '' && n > 0 && !begins(line)) || (n === 0 && !begins(line)));
    const body = lines.slice(at, at + 1 + taken).map((line, n) => (n === 0 ? line.slice(indent) : line.slice(Math.min(indent, Math.max(0, line.search(/\S|$/))))));
    items.push(body);
    at += 1 + taken;
  }
  const isTight = items.every((body, n) => !body.slice(0, n === items.length - 1 ? lastText(body) : undefined).some((line, l) => line.trim() === '' && !isWithinFence(body, l)));
  const number = Number.parseInt(first[2] ?? '', 10);
  return { block: { kind: 'list', first: Number.isNaN(number) ? null : number, items: items.map((body) => readBlocks(body, depth + 1)), isTight }, lines: at };
}
const kindOf = (mark: string): string => mark.replace(/^\d+/, '1');
const lastText = (body: Lines): number => body.findLastIndex((line) => line.trim() !== '') + 1;
const isWithinFence = (body: Lines, at: number): boolean => body.slice(0, at).filter((line) => FENCE.test(line)).length % 2 === 1;
/** What ends a paragraph without an empty line. */
const begins = (line: string): boolean => line.trim() === '' || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || line.startsWith('>') || line.startsWith('<!--') || ITEM.test(line);

function table(lines: Lines): Taken {
  const [head = '', delimiter = ''] = lines;
  if (!head.includes('|') || !delimiter.includes('-') || !DELIMITER.test(delimiter)) return null;
  const names = cells(head);
  if (cells(delimiter).length !== names.length) return null;
  const count = countWhile(lines.slice(2), (line) => line.includes('|') && line.trim() !== '');
  const rows = lines.slice(2, 2 + count).map((line) => names.map((_, n) => cells(line)[n] ?? ''));
  return { block: { kind: 'table', head: names, rows }, lines: 2 + count };
}
/** A pipe in a cell is written `\|`, in code as elsewhere. */
const cells = (line: string): readonly string[] =>
  line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

function paragraph(lines: Lines): NonNullable<Taken> {
  const count = 1 + countWhile(lines.slice(1), (line) => !begins(line));
  return { block: { kind: 'paragraph', text: lines.slice(0, count).map((line) => line.trim()).join('\n') }, lines: count };
}

function countWhile(lines: Lines, isIn: (line: string, n: number, lines: Lines) => boolean): number {
  const end = lines.findIndex((line, n) => !isIn(line, n, lines));
  return end < 0 ? lines.length : end;
}
