import type { ReactNode } from 'react';
import type { ClientProblem } from '@argus/client/problem.ts';
import type { Seen } from '../api/store.ts';
import { ProblemNote } from '../ui/problem.tsx';

export function Page({ title, more, actions, children }: { readonly title: ReactNode; readonly more?: ReactNode; readonly actions?: ReactNode; readonly children: ReactNode }) {
  return (
    <section className="page">
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {more ? <p className="muted">{more}</p> : null}
        </div>
        {actions ? <div className="page-actions">{actions}</div> : null}
      </header>
      {children}
    </section>
  );
}

/** The last good answer, also when the newest try failed; before the first one, its shape in grey. */
export function Shown<T>({ seen, children }: { readonly seen: Seen<T>; readonly children: (data: T) => ReactNode }) {
  return (
    <>
      {seen.problem ? <Stale problem={seen.problem} hasData={seen.data !== null} /> : null}
      {seen.data === null ? seen.problem ? null : <div className="bones" role="status" aria-label="Loading" /> : children(seen.data)}
    </>
  );
}

const Stale = ({ problem, hasData }: { readonly problem: ClientProblem; readonly hasData: boolean }) => (
  <>
    <ProblemNote problem={problem} />
    {hasData ? <p className="muted">Below is what was last known.</p> : null}
  </>
);

export function Facts({ rows }: { readonly rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Panel({ title, children, actions, wide = false }: { readonly title: string; readonly children: ReactNode; readonly actions?: ReactNode; readonly wide?: boolean }) {
  return (
    <section className={`panel${wide ? ' panel-wide' : ''}`}>
      <header className="panel-head">
        <h2>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  );
}

export const Empty = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <div className="empty">
    <h2>{title}</h2>
    <p className="muted">{children}</p>
  </div>
);
