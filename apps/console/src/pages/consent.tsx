import { useState } from 'react';
import * as api from '@argus/client/requests.ts';
import type { SupportAuditView } from '@argus/protocol/http/audit.ts';
import type { TenantShown } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { whyNot } from '../can.ts';
import { keptWords, scopeRows } from '../consent/written.tsx';
import { go } from '../hash.ts';
import { WithdrawModal } from '../modals/withdraw.tsx';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/moment.tsx';
import { exactly } from '../ui/time.ts';
import { CONSENT_KINDS } from '../words.ts';
import { Empty, Facts, Page, Panel, Shown } from './page.tsx';

export function ConsentPage({ named }: PageProps) {
  const tenant = named['tenant'] as TenantId; // the server answers to what is none that there is none
  const who = useWho();
  const seen = useData(api.showTenant(tenant), ['tenants']);
  const [isAsked, setAsked] = useState(false);
  const lacking = whyNot(who, 'consent:write');
  const hasNone = seen.data?.consent_record === null;
  return (
    <Page
      title={`Consent of ${seen.data?.name ?? tenant}`}
      more={<a className="mono" href={href(paths.tenant(tenant))}>{tenant}</a>}
      actions={
        <>
          <Button look={hasNone ? 'main' : 'plain'} whyNot={lacking} onPress={() => go(paths.recordConsent(tenant))}>
            Record a consent
          </Button>
          <Button look="danger" whyNot={lacking ?? (hasNone ? 'There is no consent to withdraw.' : null)} onPress={() => setAsked(true)}>
            Withdraw
          </Button>
        </>
      }
    >
      <Shown seen={seen}>
        {(shown) => (
          <div className="columns columns-two">
            <Record shown={shown} />
            <div className="stack">
              <HowFar shown={shown} />
              <Machines shown={shown} />
              {who.scopes.includes('logs:read') ? <History tenant={tenant} /> : null}
            </div>
          </div>
        )}
      </Shown>
      {isAsked && seen.data ? <WithdrawModal tenant={seen.data} onClose={() => setAsked(false)} /> : null}
    </Page>
  );
}

function Record({ shown: { id, consent, consent_record: record, consent_kind: kind, receipt } }: { readonly shown: TenantShown }) {
  if (record === null || kind === null) {
    return (
      <Panel title="The record">
        <p className="muted">The tenant has not signed, or has withdrawn. No session can be opened, and there is no override: once the tenant has signed, record it here, or with argusctl tenant consent record.</p>
      </Panel>
    );
  }
  const { tone, says, more } = CONSENT_KINDS[kind];
  return (
    <Panel title="The record">
      <Facts
        rows={[
          ['Kind', <Badge key="kind" tone={tone}>{says}</Badge>],
          ['Stands', consent === 'signed' ? 'yes' : <Badge key="stands" tone="bad">It has expired, or its entry does not agree</Badge>],
          ['Document', <span key="document" className="mono wrap-anywhere">{record.document_id}</span>],
          ['SHA-256', <span key="sha" className="mono wrap-anywhere">{record.document_sha256}</span>],
          ['Signed', <span key="signed">{exactly(Date.parse(record.signed_at))}, by <bdi>{record.signer.name}</bdi> (<bdi>{record.signer.email}</bdi>)</span>],
          ['Recorded by', <span key="by" className="wrap-anywhere">{record.recorded_by}</span>],
          ['Ends', record.expires_at === null ? 'when it is withdrawn' : exactly(Date.parse(record.expires_at))],
          ['In the log', record.leaf_index === null ? <Badge key="leaf" tone="bad">No entry says the same</Badge> : <a key="leaf" href={href(paths.entry(id, record.leaf_index))}>entry {record.leaf_index}</a>],
          ...(receipt
            ? ([
                ['Serial', <span key="serial" className="numbers">{receipt.serial}</span>],
                ['Valid', `${exactly(Date.parse(receipt.not_before))} to ${exactly(Date.parse(receipt.not_after))}`],
                ['Key', <span key="key" className="mono wrap-anywhere">{receipt.key_fingerprint}</span>],
                ['Operators', receipt.needs_operator_proof ? 'only those whose keys it names' : 'any of ours'],
              ] as const)
            : []),
        ]}
      />
      <p className="muted">{more}</p>
    </Panel>
  );
}

function HowFar({ shown: { consent_record: record, consent_scope: scope, keeps_results: keeps } }: { readonly shown: TenantShown }) {
  return (
    <Panel title="How far it goes">
      {record === null ? (
        <p className="muted">Nowhere.</p>
      ) : (
        <>
          <Facts rows={[...scopeRows(scope), ['Results', keptWords(keeps)]]} />
          <p className="muted">The machines keep to it as well. There is no shell, and no consent can open one.</p>
        </>
      )}
    </Panel>
  );
}

/** The key of the tenant that a machine was given by its owner: with it, it checks a consent by itself. */
const PINNED = { none: 'has no key of the tenant, and takes our word', same_key: 'has the same key, and checks this consent itself', another_key: 'has another key: it refuses this consent' } as const;
export function Machines({ shown }: { readonly shown: TenantShown }) {
  return (
    <Panel title="What its machines check">
      {shown.consent_keys.length === 0 ? (
        <p className="muted">No machine has said yet.</p>
      ) : (
        <ul className="lines">
          {shown.consent_keys.map(({ agent_id: agent, pinned }) => (
            <li key={agent}>
              <a href={href(paths.agent(agent))} className="mono">
                {agent}
              </a>
              <span className={pinned === 'another_key' ? 'says-bad' : 'muted'}>{PINNED[pinned]}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** What was recorded and withdrawn, and when; refusals stay in the audit. */
function History({ tenant }: { readonly tenant: TenantId }) {
  const recorded = useData(api.supportAudit({ tenant, action: 'consent_recorded', outcome: 'ok' }), ['tenants']);
  const withdrawn = useData(api.supportAudit({ tenant, action: 'consent_withdrawn', outcome: 'ok' }), ['tenants']);
  return (
    <Panel title="History">
      <Shown seen={recorded}>
        {({ rows }) => {
          const all = [...rows, ...(withdrawn.data?.rows ?? [])].toSorted((a, b) => (a.at < b.at ? 1 : -1));
          return all.length === 0 ? (
            <Empty title="Nothing yet">A consent that is recorded or withdrawn is on record here, for good.</Empty>
          ) : (
            <ul className="lines">
              {all.map((row) => (
                <Past key={row.id} row={row} />
              ))}
            </ul>
          );
        }}
      </Shown>
    </Panel>
  );
}

function Past({ row: { action, at, operator, args, reason } }: { readonly row: SupportAuditView }) {
  const isRecord = action === 'consent_recorded';
  const said = (name: string) => (typeof args?.[name] === 'string' ? args[name] : null);
  return (
    <li>
      <Badge tone={isRecord ? 'good' : 'bad'}>{isRecord ? 'Recorded' : 'Withdrawn'}</Badge>
      <span className="lines-text">
        <span className="wrap-anywhere">{isRecord ? <span className="mono">{said('document_id')}</span> : <>“<bdi>{reason}</bdi>”</>}</span>
        {isRecord ? <span className="muted mono wrap-anywhere">sha256 {said('document_sha256')?.slice(0, 16)}…</span> : null}
        <span className="muted wrap-anywhere">
          <Moment at={at} />, by <bdi>{operator}</bdi>
        </span>
      </span>
    </li>
  );
}
