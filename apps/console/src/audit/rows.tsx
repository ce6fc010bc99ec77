import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Table, type Column } from '../ui/table.tsx';
import { Empty, Shown } from '../pages/page.tsx';
import type { useRows } from './use-rows.ts';

type RowsProps<R extends { readonly id: string }> = { readonly name: string; readonly columns: readonly Column<R>[]; readonly record: ReturnType<typeof useRows<R>>; readonly children?: (rows: readonly R[]) => ReactNode };

/** A record as a table, with how much of it that is and the way further back. */
export function Rows<R extends { readonly id: string }>({ name, columns, record: { seen, older, busy, problem }, children }: RowsProps<R>) {
  return (
    <Shown seen={seen}>
      {({ rows, next }) => (
        <>
          <Table name={name} columns={columns} rows={rows} idOf={(row) => row.id} empty={<Empty title="Nothing fits">{next === null ? 'Ask for less, or for a longer period.' : 'Not among the newest rows. Look further back.'}</Empty>} />
          <p className="table-foot">
            <span className="muted numbers" role="status">
              {rows.length.toLocaleString('en')} {rows.length === 1 ? 'row' : 'rows'}{next === null ? ', all there are' : ''}
            </span>
            {next === null ? null : (
              <Button small busy={busy} onPress={() => void older()}>
                Older
              </Button>
            )}
          </p>
          {problem ? <ProblemNote problem={problem} /> : null}
          {children?.(rows)}
        </>
      )}
    </Shown>
  );
}
