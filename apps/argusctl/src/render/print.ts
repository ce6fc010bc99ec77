/**
 * A view as text. Every word that came from elsewhere passes cleanText: no control characters for the terminal, nothing
 * with the shape of a secret. The text of a file passes bodyText, which spells them out instead.
 */
import { bodyText } from './body.ts';
import { cleanText } from '@argus/protocol/text.ts';
import type { Paint } from './paint.ts';
import type { Block, Cell, View } from './view.ts';

const CELL_MAX = 600;

/** Words of ours that deserve a colour. */
const TONES: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = {
  online: 'good', active: 'good', signed: 'good', offline: 'warn', missing: 'warn', expired: 'warn', revoked: 'bad', ok: 'good', ready: 'good', refused: 'bad', unknown: 'warn', attention: 'warn', 'in the way': 'bad', high: 'bad',
};

/** `columns` is how wide the terminal is; undefined for what is no terminal, and then nothing is shortened. */
export const print = (view: View, paint: Paint, columns?: number): string => view.map((block) => printBlock(block, paint, columns)).join('');

/** For a script: what a secret is, else the ids that were named, else what stands first. */
export function printIds(view: View): string {
  const secrets = view.flatMap((block) => (block.kind === 'secret' ? [block.secret] : []));
  const bodies = view.flatMap((block) => (block.kind === 'body' ? [bodyText(block.text)] : []));
  if (bodies.length > 0) return bodies.join('');
  const named = view.flatMap((block) => (block.kind === 'ids' ? block.ids.map(clean) : []));
  const first = view.find((block) => block.kind === 'table' || block.kind === 'fields');
  const ids = secrets.length > 0 ? secrets : view.some((block) => block.kind === 'ids') || !first ? named : firstOf(first);
  return ids.map((one) => `${one}\n`).join('');
}

function firstOf(block: Extract<Block, { kind: 'table' | 'fields' }>): readonly string[] {
  if (block.kind === 'table') return block.rows.map((row) => textOf(row[0] ?? null));
  return block.fields.slice(0, 1).map(([, cell]) => textOf(cell));
}

function printBlock(block: Block, paint: Paint, columns: number | undefined): string {
  switch (block.kind) {
    case 'table':
      if (block.rows.length === 0) return `${block.empty}\n`;
      return printTable([block.head, ...block.rows.map((row) => row.map(textOf))], paint, columns);
    case 'fields':
      return printFields(block.fields.map(([label, cell]) => [clean(label), textOf(cell)]), paint);
    case 'line':
      return `${block.isAside ? paint.faint(clean(block.text)) : clean(block.text)}\n`;
    case 'body':
      return bodyText(block.text);
    case 'secret':
      return printFields([[block.label, block.secret]], paint);
    case 'ids':
      return '';
    default:
      return block satisfies never;
  }
}

const clean = (text: string): string => cleanText(text, CELL_MAX);
const textOf = (cell: Cell): string => {
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return cell === null || cell === '' ? '-' : clean(String(cell));
};

const widthOf = (text: string): number => [...text].length;
const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));
function toned(text: string, paint: Paint): string {
  const tone = Object.hasOwn(TONES, text.trim()) ? TONES[text.trim()] : undefined;
  return tone === undefined ? text : paint[tone](text);
}

const GAP = 2;
/** Less of a last column says nothing. */
const LAST_MIN = 12;

/** Ids are copied, so no column but the last is ever cut; what does not fit then stands below each other. */
function printTable(rows: readonly (readonly string[])[], paint: Paint, columns: number | undefined): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP, 0);
  const room = columns === undefined ? Infinity : columns - before;
  if (room < Math.min(LAST_MIN, widths.at(-1) ?? 0)) return printRecords(rows, paint);
  const lines = rows.map((row, i) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cut(cell, room) : pad(cell, widths[column] ?? 0)))
      .map((cell) => (i === 0 ? paint.head(cell) : toned(cell, paint)))
      .join(' '.repeat(GAP)),
  );
  return `${lines.join('\n')}\n`;
}

const cut = (text: string, width: number): string => (widthOf(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`);

function printRecords([head = [], ...rows]: readonly (readonly string[])[], paint: Paint): string {
  return rows.map((row) => printFields(head.map((name, column) => [name.toLowerCase(), row[column] ?? '']), paint)).join('\n');
}

/** Wide enough that the fields of one answer stand under each other, whatever block they are in. */
const LABEL_WIDTH = 13;
function printFields(fields: readonly (readonly [string, string])[], paint: Paint): string {
  const width = Math.max(LABEL_WIDTH, ...fields.map(([label]) => widthOf(label)));
  return fields.map(([label, text]) => `${paint.faint(pad(label, width))}  ${toned(text, paint)}\n`).join('');
}
