import type { Json } from '@argus/kit/canonical-json.ts';
import { body, fields, line, table, type Block, type Cell, type View } from './view.ts';

type Fields = Readonly<Record<string, Json>>;
const isRecord = (value: Json): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCell = (value: Json): value is Cell => typeof value !== 'object' || value === null;

/** Any result for a person: a text in its own lines first, then what is flat as fields, lists of records as tables below them. */
export function resultView(result: Json): View {
  if (!isRecord(result)) return [line(isCell(result) ? String(result) : JSON.stringify(result))];
  if (typeof result['jpeg'] === 'string') return [...resultView(withoutPicture(result)), line(''), line('The picture itself is not printed: view-camera writes it to a file.')];
  const tables = Object.entries(result).flatMap(([key, value]) => tableOf(key, value));
  const { text, base64, ...rest } = result;
  const isText = typeof text === 'string';
  const others = { ...rest, ...(text !== undefined && !isText && { text }), ...(base64 !== undefined && { content: 'not text; --json prints it in base64' }) };
  return [...(isText ? [body(text), line('')] : []), fields(Object.fromEntries(flat(others))), ...tables];
}

const withoutPicture = ({ jpeg: _, ...rest }: Fields): Fields => rest;

const isTable = (value: Json): value is readonly Fields[] =>
  Array.isArray(value) && value.length > 0 && value.every(isRecord);

function tableOf(key: string, value: Json): readonly Block[] {
  if (!isTable(value)) return [];
  const head = Object.keys(value[0] ?? {});
  const rows = value.map((row) => head.map((column) => cellOf(row[column] ?? null)));
  return [line(''), line(`${key}:`), table(head, rows, '')];
}

const flat = (record: Fields, before = ''): readonly (readonly [string, Cell])[] =>
  Object.entries(record).flatMap(([key, value]): readonly (readonly [string, Cell])[] => {
    if (isTable(value)) return [];
    return isRecord(value) && before === '' ? flat(value, `${key}.`) : [[`${before}${key}`, cellOf(value)]];
  });

function cellOf(value: Json): Cell {
  if (isCell(value)) return value;
  return Array.isArray(value) && value.every(isCell) ? value.join(', ') : JSON.stringify(value);
}
