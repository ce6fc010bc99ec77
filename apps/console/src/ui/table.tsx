import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { useChanged } from '../api/use-data.ts';
import { Icon } from './icon.tsx';
import { windowOf } from './window.ts';

export type Column<R> = {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: R) => ReactNode;
  /** What it is sorted by; without it, it is not. */
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

/** As long as it likes: only the rows in sight are in the page. The heading stays, and the arrow keys scroll. */
export function Table<R>({ name, columns, rows, idOf, empty, sort: first }: TableProps<R>) {
  const place = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<Sort | null>(first ?? null);
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
  const order = sorted(rows, columns, sort);
  const { first: from, end, before, after } = windowOf({ count: order.length, row: view.row, top: view.top, height: view.height });
  return (
    <div className="table-place" ref={place} tabIndex={0} role="region" aria-label={name}>
      <table className="table" aria-rowcount={order.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Heading key={column.key} column={column} sort={sort} onSort={setSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap height={before} columns={columns.length} />
          {order.slice(from, end).map((row, i) => (
            <tr key={idOf(row)} aria-rowindex={from + i + 2}>
              {columns.map((column) => (
                <Cell key={column.key} column={column} row={row} />
              ))}
            </tr>
          ))}
          <Gap height={after} columns={columns.length} />
        </tbody>
      </table>
      {order.length === 0 ? <div className="table-empty">{empty}</div> : null}
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
