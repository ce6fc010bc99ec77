import * as api from '@argus/client/requests.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { useData } from '../api/use-data.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { exactly } from '../ui/time.ts';
import { refusalWords } from '../words.ts';
import { activityOf, type ActivityLine } from './activity-words.ts';
import { Empty, Page, Panel, Shown } from './page.tsx';
import { YourOwnSwitch } from './your-own-switch.tsx';

const ENTRIES = 300;

/** For the tenant: everything that was done here, newest first, from the tenant's own log. */
export function ActivityPage({ named, query }: PageProps) {
  const tenant = named['tenant'] as TenantId; // the server answers to what is none that there is none
  const cursor = query.get('before');
  const shown = useData(api.showTenant(tenant), ['tenants']);
  const seen = useData(api.events({ tenant, limit: ENTRIES, ...(cursor !== null && { cursor }) }), ['events']);
  return (
    <Page
      title={`What was done at ${shown.data?.name ?? tenant}`}
      more={
        <>
          Every line is an entry of the log of <a className="mono" href={href(paths.tenant(tenant))}>{tenant}</a>, and cannot be changed or left out unnoticed.
        </>
      }
    >
      <YourOwnSwitch tenant={tenant} />
      <Shown seen={seen}>
        {({ rows, next_cursor: next }) => (
          <>
            <Days lines={activityOf(rows)} />
            {next ? (
              <p>
                <a href={href(`${paths.activity(tenant)}?before=${encodeURIComponent(next)}`)}>Older entries</a>
              </p>
            ) : null}
          </>
        )}
      </Shown>
    </Page>
  );
}

const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

function Days({ lines }: { readonly lines: readonly ActivityLine[] }) {
  if (lines.length === 0) return <Empty title="Nothing yet">Whatever is done here will stand here, within a second.</Empty>;
  const days = new Map<string, ActivityLine[]>();
  for (const line of lines) {
    const day = DAY.format(Date.parse(line.at));
    const same = days.get(day);
    if (same) same.push(line);
    else days.set(day, [line]);
  }
  return [...days].map(([day, same]) => (
    <Panel key={day} title={day}>
      <ol className="timeline timeline-short">
        {same.map((line) => (
          <Line key={line.index} line={line} />
        ))}
      </ol>
    </Panel>
  ));
}

function Line({ line: { index, at, who, says, why, outcome, code, took, session } }: { readonly line: ActivityLine }) {
  return (
    <li>
      <time dateTime={at} title={exactly(Date.parse(at))} className="timeline-time numbers">
        {TIME.format(Date.parse(at))}
      </time>
      <div className="timeline-what">
        <p className="wrap-anywhere">
          {who === null ? null : <strong><bdi>{who}</bdi> </strong>}
          <bdi>{says}</bdi>
          {took ? <span className="muted">; it took {took}</span> : null}
        </p>
        {why ? <p className="muted wrap-anywhere">“<bdi>{why}</bdi>”</p> : null}
        {outcome === 'refused' ? (
          <p>
            <Badge tone="bad">{refusalWords(code)}</Badge> <span className="mono muted">{code}</span>
          </p>
        ) : null}
        {outcome === 'unknown' ? <Badge tone="warn">Nobody knows what came of it</Badge> : null}
        {outcome === 'open' ? <Badge tone="accent">Not answered yet</Badge> : null}
      </div>
      <p className="muted cell-row">
        {session ? <a href={href(paths.session(session))}>session</a> : null}
        <span className="mono">entry {index}</span>
      </p>
    </li>
  );
}
