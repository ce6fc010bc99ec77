/** What a command shows a person, as data. How it looks, and that it is harmless, is decided in print.ts. */
export type Cell = string | number | boolean | null;
export type Rows = readonly (readonly Cell[])[];
export type Block =
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: Rows; readonly empty: string }
  | { readonly kind: 'fields'; readonly fields: readonly (readonly [string, Cell])[] }
  | { readonly kind: 'line'; readonly text: string; readonly isAside: boolean }
  /** A text of somebody else's in its own lines, such as a file: all of it, however long. */
  | { readonly kind: 'body'; readonly text: string }
  /** A secret that is shown once, on purpose: nothing else with the shape of a secret is ever printed. */
  | { readonly kind: 'secret'; readonly label: string; readonly secret: string }
  /** Not seen: what `-q` prints, where it is not what stands first. */
  | { readonly kind: 'ids'; readonly ids: readonly string[] };
export type View = readonly Block[];

export const table = (head: readonly string[], rows: Rows, empty: string): Block => ({ kind: 'table', head, rows, empty });
export const fields = (named: Readonly<Record<string, Cell>>): Block => ({
  kind: 'fields',
  fields: Object.entries(named),
});
export const line = (text: string): Block => ({ kind: 'line', text, isAside: false });
/** For what is good to know but not the answer. */
export const aside = (text: string): Block => ({ kind: 'line', text, isAside: true });
export const body = (text: string): Block => ({ kind: 'body', text });
export const idsOf = (...ids: readonly string[]): Block => ({ kind: 'ids', ids });
export const shownOnce = (label: string, secret: string): Block => ({ kind: 'secret', label, secret });

/** For people, to the second: 2026-03-01 12:30:00Z. */
export const timeOf = (iso: string | null): string | null => iso && iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
