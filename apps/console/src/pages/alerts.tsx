import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { AlertView } from '@argus/protocol/http/alerts.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { whyNot } from '../can.ts';
import { href } from '../paths.ts';
import { AcknowledgeModal } from '../modals/acknowledge.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/moment.tsx';
import { aboutOf, recordOf } from './alert-about.ts';
import { Empty, Facts, Page, Shown } from './page.tsx';
import { Tripwires } from './tripwires.tsx';

export function AlertsPage() {
  const lacking = whyNot(useWho(), 'alerts:write');
  const seen = useData(api.listAlerts(), ['alerts']);
  const [asked, setAsked] = useState<AlertView | null>(null);
  return (
    <Page title={`ALERTS (${seen.data?.alerts.length ?? 0} open)`} more="What fired, and waits for somebody to look.">
      <Shown seen={seen}>
        {({ alerts }) =>
          alerts.length === 0 ? (
            <Empty title="Nothing waits">No tripwire has fired that nobody has looked at, and the nightly audit agrees.</Empty>
          ) : (
            <ul className="cards">
              {alerts.map((alert) => (
                <li key={alert.id} className="card">
                  <div className="card-head">
                    <Badge tone={alert.severity === 'high' ? 'bad' : 'warn'}>{alert.kind}</Badge>
                    <span className="muted">
                      {alert.times > 1 ? `${alert.times} times, last ` : ''}
                      <Moment at={alert.last_at} />
                    </span>
                  </div>
                  <p className="wrap-anywhere">
                    <strong>{alert.says}</strong>
                  </p>
                  <About alert={alert} />
                  <ul className="details">
                    {alert.details.map((line) => (
                      <li key={line} className="muted wrap-anywhere">
                        {line}
                      </li>
                    ))}
                  </ul>
                  <Button small whyNot={lacking} onPress={() => setAsked(alert)} name={`Acknowledge ${alert.kind}`}>
                    Acknowledge
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      <Tripwires firing={new Set(seen.data?.alerts.map(({ kind }) => kind))} />
      {asked ? <AcknowledgeModal alert={asked} onClose={() => setAsked(null)} /> : null}
    </Page>
  );
}

function About({ alert }: { readonly alert: AlertView }) {
  const about = aboutOf(alert);
  const record = recordOf(alert);
  return (
    <>
      {about.length === 0 ? null : <Facts rows={about.map(({ name, text, at }) => [name, at === null ? <bdi key={name}>{text}</bdi> : <a key={name} href={href(at)}><bdi>{text}</bdi></a>])} />}
      {record === null ? null : (
        <p>
          <a href={href(record.at)}>{record.says}</a>
        </p>
      )}
    </>
  );
}
