export type Row = {
  readonly what: string;
  readonly unit: string;
  readonly argus: number;
  readonly echo: number; //      bare ws over the same hops
  readonly durable?: number; //  the same with two fsynced inserts
  readonly evidence?: number; // the same with what the promises ask of any program: see bare.ts
  readonly higherIsBetter?: true;
};

/** How many times the floor it costs; for rates, how many times slower it is. */
export const ratioOf = (row: Row, floor: number | undefined): number | undefined =>
  floor === undefined ? undefined : row.higherIsBetter ? floor / row.argus : row.argus / floor;

export function printTable(rows: readonly Row[]): string {
  const head = ['', 'unit', 'argus', 'bare ws', 'ratio', 'ws + 2 fsyncs', 'ratio', 'ws + evidence', 'ratio'];
  const number = (n: number | undefined) => (n === undefined ? '' : n >= 100 ? n.toFixed(0) : n.toFixed(2));
  const times = (n: number | undefined) => (n === undefined ? '' : `${n.toFixed(2)}x`);
  const lines = rows.map((row) => [
    row.what, row.unit, number(row.argus), number(row.echo), times(ratioOf(row, row.echo)), number(row.durable), times(ratioOf(row, row.durable)), number(row.evidence), times(ratioOf(row, row.evidence)),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)));
  const print = (cells: readonly string[]) => cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ').trimEnd();
  return [print(head), widths.map((w) => '─'.repeat(w)).join('  '), ...lines.map(print), ''].join('\n');
}
