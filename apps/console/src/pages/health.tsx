import * as server from '@argus/client/server.ts';
import { useData } from '../api/use-data.ts';
import { Badge } from '../ui/badge.tsx';
import { Moment } from '../ui/moment.tsx';
import { Page, Shown } from './page.tsx';

export function HealthPage() {
  const seen = useData(server.readiness(), ['health']);
  const failing = seen.data?.parts.filter(({ ok }) => !ok).length ?? 0;
  return (
    <Page title="SYSTEM HEALTH" more={seen.data ? (failing === 0 ? 'Every part the server needs is well.' : `${failing} of ${seen.data.parts.length} parts need somebody.`) : null}>
      <Shown seen={seen}>
        {({ parts }) => (
          <ul className="cards">
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
                  since <Moment at={since} />
                </p>
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </Page>
  );
}
