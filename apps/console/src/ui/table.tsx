import { useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useChanged } from '../api/use-data.ts';
import { Icon } from './icon.tsx';
import { keysOf, windowOf } from './window.ts';

export type Column<R> = {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: R) => ReactNode;
  /** What it is sorted by; without it, it is not. In a `LongTable` it only says that it can be. */
  readonly by?: (row: R) => string | number;
  /** What pulses when it changes; without it, nothing does. */
  readonly says?: (row: R) => unknown;
  readonly width?: 'narrow' | 'wide';
  /** Left out where the screen is small: 1 goes first. */
  readonly goes?: 1 | 2;
};
export type Sort = { readonly key: string; readonly down: boolean };

type TableProps<R> = {
  readonly name: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly idOf: (row: R) => string;
  readonly empty: ReactNode;
  readonly sort?: Sort;
};

export function sorted<R>(rows: readonly R[], columns: readonly Column<R>[], sort: Sort | null): readonly R[] {
  const by = columns.find(({ key }) => key === sort?.key)?.by;
  if (!by || !sort) return rows;
  const way = sort.down ? -1 : 1;
  return rows
    .map((row) => ({ row, value: by(row) }))
    .toSorted((a, b) => (a.value < b.value ? -way : a.value > b.value ? way : 0))
    .map(({ row }) => row);
}

/** As long as it likes: only the rows in sight are in the page. */
export function Table<R>({ columns, rows, sort: first, ...rest }: TableProps<R>) {
  const [sort, setSort] = useState<Sort | null>(first ?? null);
  const order = useMemo(() => sorted(rows, columns, sort), [rows, columns, sort]);
  return <LongTable {...rest} columns={columns} count={order.length} rowAt={(index) => order[index] ?? null} sort={sort} onSort={setSort} />;
}

type LongTableProps<R> = Omit<TableProps<R>, 'rows' | 'sort'> & {
  readonly count: number;
  /** Null: it is on its way; its place is kept. */
  readonly rowAt: (index: number) => R | null;
  readonly sort: Sort | null;
  readonly onSort: (sort: Sort) => void;
  /** Told which rows are in sight. */
  readonly onSight?: (sight: { readonly first: number; readonly end: number }) => void;
  /** Another list than before: it is shown from its top. */
  readonly list?: string;
};

/** The same where somebody else has the rows and their order. The heading stays; arrows, Page Up and Down, Home and End scroll. */
export function LongTable<R>({ name, columns, count, rowAt, idOf, empty, sort, onSort, onSight, list }: LongTableProps<R>) {
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800, row: 44 });
  useLayoutEffect(() => {
    const box = place.current;
    if (!box) return;
    const look = () => {
      const row = Number.parseInt(getComputedStyle(box).getPropertyValue('--row'), 10) || 44;
      setView((was) => (was.top === box.scrollTop && was.height === box.clientHeight && was.row === row ? was : { top: box.scrollTop, height: box.clientHeight, row }));
    };
    const sizes = new ResizeObserver(look);
    sizes.observe(box);
    box.addEventListener('scroll', look, { passive: true });
    look();
    return () => {
      sizes.disconnect();
      box.removeEventListener('scroll', look);
    };
  }, []);
  useLayoutEffect(() => {
    if (place.current) place.current.scrollTop = 0;
  }, [list]);
  const { first, end, before, after } = windowOf({ count, row: view.row, top: view.top, height: view.height });
  useEffect(() => onSight?.({ first, end }), [onSight, first, end]);
  const shown = Array.from({ length: end - first }, (_, i) => rowAt(first + i));
  const keys = keysOf(first, shown.map((row) => (row === null ? null : idOf(row))));
  return (
    <div className="table-place" ref={place} tabIndex={0} role="region" aria-label={name}>
      <table className="table" aria-rowcount={count + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Heading key={column.key} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap height={before} columns={columns.length} />
          {shown.map((row, i) => (
            <tr key={keys[i]} aria-rowindex={first + i + 2} aria-busy={row === null || undefined}>
              {columns.map((column) => (row === null ? <td key={column.key} className={classOf(column, 'cell-waits')} /> : <Cell key={column.key} column={column} row={row} />))}
            </tr>
          ))}
          <Gap height={after} columns={columns.length} />
        </tbody>
      </table>
      {count === 0 ? <div className="table-empty">{empty}</div> : null}
    </div>
  );
}

function Gap({ height, columns }: { readonly height: number; readonly columns: number }) {
  const ref = useRef<HTMLTableCellElement>(null);
  useLayoutEffect(() => {
    ref.current?.style.setProperty('height', `${height}px`);
  }, [height]);
  return height === 0 ? null : (
    <tr aria-hidden="true">
      <td ref={ref} colSpan={columns} className="table-gap" />
    </tr>
  );
}

function Cell<R>({ column, row }: { readonly column: Column<R>; readonly row: R }) {
  const changed = useChanged(column.says?.(row));
  return <td className={classOf(column, changed ? 'pulse' : '')}>{column.cell(row)}</td>;
}

const classOf = <R,>({ width, goes }: Column<R>, more = ''): string => [width && `cell-${width}`, goes && `goes-${goes}`, more].filter(Boolean).join(' ');

function Heading<R>({ column, sort, onSort }: { readonly column: Column<R>; readonly sort: Sort | null; readonly onSort: (sort: Sort) => void }) {
  const mine = sort?.key === column.key ? sort : null;
  const words = column.title === '' ? <span className="hidden-text">Actions</span> : column.title;
  return (
    <th scope="col" className={classOf(column)} aria-sort={mine ? (mine.down ? 'descending' : 'ascending') : undefined}>
      {column.by ? (
        <button type="button" className="sort" onClick={() => onSort({ key: column.key, down: mine ? !mine.down : false })}>
          {words}
          {mine ? <Icon shape={mine.down ? 'down' : 'up'} size={14} /> : null}
        </button>
      ) : (
        words
      )}
    </th>
  );
}
