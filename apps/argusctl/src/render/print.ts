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
  online: 'good', active: 'good', signed: 'good', offline: 'warn', missing: 'warn', expired: 'warn', revoked: 'bad',
};

export const print = (view: View, paint: Paint): string => view.map((block) => printBlock(block, paint)).join('');

function printBlock(block: Block, paint: Paint): string {
  switch (block.kind) {
    case 'table':
      if (block.rows.length === 0) return `${block.empty}\n`;
      return printTable([block.head, ...block.rows.map((row) => row.map(textOf))], paint);
    case 'fields':
      return printFields(block.fields.map(([label, cell]) => [clean(label), textOf(cell)]), paint);
    case 'line':
      return `${block.isAside ? paint.faint(clean(block.text)) : clean(block.text)}\n`;
    case 'body':
      return bodyText(block.text);
    case 'secret':
      return printFields([[block.label, block.secret]], paint);
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

function printTable(rows: readonly (readonly string[])[], paint: Paint): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  const lines = rows.map((row, i) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)))
      .map((cell) => (i === 0 ? paint.head(cell) : toned(cell, paint)))
      .join('  '),
  );
  return `${lines.join('\n')}\n`;
}

/** Wide enough that the fields of one answer stand under each other, whatever block they are in. */
const LABEL_WIDTH = 13;
function printFields(fields: readonly (readonly [string, string])[], paint: Paint): string {
  const width = Math.max(LABEL_WIDTH, ...fields.map(([label]) => widthOf(label)));
  return fields.map(([label, text]) => `${paint.faint(pad(label, width))}  ${toned(text, paint)}\n`).join('');
}
