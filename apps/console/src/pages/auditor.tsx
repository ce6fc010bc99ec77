import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { ReconciliationView } from '@argus/protocol/http/reconciliation.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { whyNot } from '../can.ts';
import { RunAuditModal } from '../modals/run-audit.tsx';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/moment.tsx';
import { exactly } from '../ui/time.ts';
import { Empty, Facts, Page, Shown } from './page.tsx';

export function AuditorPage() {
  const lacking = whyNot(useWho(), 'audit:run');
  const seen = useData(api.listReconciliations(), ['events']);
  const [asked, setAsked] = useState(false);
  const nightly = seen.data?.reconciliations.find(({ kind }) => kind === 'nightly');
  return (
    <Page
      title="AUDITOR"
      more={nightly ? <>The last night ended <Moment at={nightly.finished_at} />: {nightly.outcome === 'reconciled' ? 'everything agreed.' : `${nightly.mismatches} things did not agree.`}</> : 'Every night the audit, the events and the log are compared, row by row.'}
      actions={
        <Button look="main" whyNot={lacking} onPress={() => setAsked(true)}>
          Audit now
        </Button>
      }
    >
      <Shown seen={seen}>
        {({ reconciliations }) =>
          reconciliations.length === 0 ? (
            <Empty title="No audit yet">The first one runs after the first whole day; or start one now.</Empty>
          ) : (
            <ul className="cards cards-wide">
              {reconciliations.map((one) => (
                <Result key={one.id} result={one} />
              ))}
            </ul>
          )
        }
      </Shown>
      {asked ? <RunAuditModal onClose={() => setAsked(false)} /> : null}
    </Page>
  );
}

function Result({ result: { kind, from, to, finished_at, by, outcome, audit_rows, events, leaves, trees, mismatches, findings } }: { readonly result: ReconciliationView }) {
  return (
    <li className="card">
      <div className="card-head">
        <strong>{kind === 'nightly' ? 'Nightly' : 'On demand'}</strong>
        <Badge tone={outcome === 'reconciled' ? 'good' : 'bad'} dot>
          {outcome === 'reconciled' ? 'Everything agrees' : `${mismatches} do not agree`}
        </Badge>
      </div>
      <Facts
        rows={[
          ['Of', `${exactly(Date.parse(from))} to ${exactly(Date.parse(to))}`],
          ['Finished', <span key="at"><Moment at={finished_at} />, <bdi>{by}</bdi></span>],
          ['Compared', `${audit_rows.toLocaleString('en')} rows of the audit, ${events.toLocaleString('en')} events, ${leaves.toLocaleString('en')} entries of ${trees} logs`],
        ]}
      />
      {findings.length === 0 ? null : (
        <ul className="found">
          {findings.map(({ what, says, tree, index, id, fields }) => (
            <li key={`${what} ${tree ?? ''} ${index ?? ''} ${id ?? ''}`} className="found-bad">
              <div>
                <p className="wrap-anywhere">
                  <bdi>{says}</bdi>
                  {tree !== null && index !== null && tree !== 'operator' ? <> <a href={href(paths.entry(tree, index))}>Entry {index} of {tree}</a></> : null}
                </p>
                <p className="muted mono wrap-anywhere">{[what, tree === 'operator' ? `operator ${index ?? ''}` : null, id, fields.join(', ')].filter(Boolean).join(' · ')}</p>
              </div>
            </li>
          ))}
        </ul>
      )}
      {mismatches > findings.length ? <p className="muted">and {mismatches - findings.length} more</p> : null}
    </li>
  );
}
