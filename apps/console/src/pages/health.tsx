import * as server from '@argus/client/server.ts';
import type { ServerStatus } from '@argus/protocol/http/server.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { Badge } from '../ui/badge.tsx';
import { For, Moment } from '../ui/moment.tsx';
import { Facts, Page, Panel, Shown } from './page.tsx';

export function HealthPage() {
  const who = useWho();
  const seen = useData(server.readiness(), ['health']);
  const mayMore = who.scopes.includes('logs:read') && who.user.tenants === 'all';
  const status = useData(mayMore ? server.serverStatus() : null, ['health', 'sessions', 'agents']);
  const failing = seen.data?.parts.filter(({ ok }) => !ok).length ?? 0;
  return (
    <Page title="SYSTEM HEALTH" more={seen.data ? (failing === 0 ? 'Every part the server needs is well.' : `${failing} of ${seen.data.parts.length} parts need somebody.`) : null}>
      <Shown seen={seen}>
        {({ parts }) => (
          <ul className="cards cards-even">
            {parts.map(({ part, ok, says, since }) => (
              <li key={part} className="card">
                <div className="card-head">
                  <strong className="mono">{part}</strong>
                  <Badge tone={ok ? 'good' : 'bad'} dot>
                    {ok ? 'Well' : 'Fails'}
                  </Badge>
                </div>
                <p className="wrap-anywhere">{says}</p>
                <p className="muted">
                  <For since={since} />
                </p>
              </li>
            ))}
          </ul>
        )}
      </Shown>
      <p>
        <a href="/docs/guides/run-a-server">What to do when a part fails</a>
      </p>
      {mayMore ? <Shown seen={status}>{(shown) => <Status shown={shown} />}</Shown> : <p className="muted">More is shown to those who may read the logs of all tenants.</p>}
    </Page>
  );
}

const mib = (bytes: number): string => `${Math.round(bytes / 1_048_576).toLocaleString('en')} MiB`;
const number = (count: number): string => count.toLocaleString('en');
const counted = (count: number, what: string): string => `${number(count)} ${what}${count === 1 ? '' : 's'}`;

/** Of the process that answered: another node says its own. */
function Status({ shown }: { readonly shown: ServerStatus }) {
  const { queue, database, witnesses } = shown;
  return (
    <div className="columns">
      <Panel title="Server">
        <Facts
          rows={[
            ['Version', <span key="version" className="mono">{shown.version}</span>],
            ['Node.js', <span key="node" className="mono">{shown.node}</span>],
            ['Protocol', `${shown.protocol}, with agents`],
            ['Up', <For key="up" since={shown.started_at} />],
            ['Memory', `${mib(shown.memory_bytes)}, heap ${mib(shown.heap_bytes)}`],
          ]}
        />
      </Panel>
      <Panel title="Under way">
        <Facts
          rows={[
            ['For the log', `${number(queue.appends)} entries waiting`],
            ['Activations', `${number(queue.activations)} waiting for their machine`],
            ['Commands', `${number(queue.commands)} waiting for their machine`],
            ['Database', database ? `${database.open} connections, ${database.idle} idle, ${database.waiting} requests waiting` : 'in memory'],
            ['Lines', `${counted(shown.agents_online, 'agent')}, ${counted(shown.pages_listening, 'page')}`],
            ['Sessions', `${number(shown.sessions_live)} live`],
          ]}
        />
      </Panel>
      <Panel title="Log">
        <Facts
          rows={[
            ['Followed by', `${number(witnesses.current + witnesses.behind + witnesses.unknown)} machines that are online`],
            ['Up to its end', number(witnesses.current)],
            ['Behind', witnesses.behind > 0 ? <span key="behind" className="says-bad">{number(witnesses.behind)}</span> : '0'],
            ['Not said yet', number(witnesses.unknown)],
          ]}
        />
      </Panel>
      <Panel title="Jobs" wide>
        <ul className="lines">
          {shown.jobs.map(({ job, does, due_at: due, is_running: isRunning, failing_since: failing }) => (
            <li key={job}>
              <span className="lines-text">
                <strong className="mono">{job}</strong>
                <span className="muted">{does}</span>
              </span>
              {failing !== null ? (
                <Badge tone="bad" dot>
                  fails <For since={failing} />
                </Badge>
              ) : isRunning ? (
                <Badge tone="accent">runs</Badge>
              ) : (
                <span className="muted">
                  next <Moment at={due} />
                </span>
              )}
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
