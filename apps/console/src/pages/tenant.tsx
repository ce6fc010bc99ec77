import * as api from '@argus/client/requests.ts';
import type { TenantShown } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { useData } from '../api/use-data.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Moment } from '../ui/moment.tsx';
import { CONSENT_KINDS, tenantState } from '../words.ts';
import { Machines } from './consent.tsx';
import { Facts, Page, Panel, Shown } from './page.tsx';

export function TenantPage({ named }: PageProps) {
  const tenant = named['tenant'] as TenantId; // the server answers to what is none that there is none
  const seen = useData(api.showTenant(tenant), ['tenants']);
  return (
    <Page title={seen.data?.name ?? tenant} more={<span className="mono">{tenant}</span>}>
      <Shown seen={seen}>
        {(shown) => (
          <div className="columns">
            <Standing shown={shown} />
            <Consent shown={shown} />
            <Machines shown={shown} />
          </div>
        )}
      </Shown>
    </Page>
  );
}

function Standing({ shown }: { readonly shown: TenantShown }) {
  const { tone, says } = tenantState(shown);
  return (
    <Panel title="Remote support">
      <Facts
        rows={[
          ['State', <Badge key="state" tone={tone} dot={shown.armed}>{says}</Badge>],
          ['Disarms itself', <Moment key="until" at={shown.armed_until} absent="not armed" />],
          ['Here since', <Moment key="since" at={shown.created_at} />],
          ['Agents', <a key="agents" href={href(paths.agents(shown.id))}>Agents of this tenant</a>],
          ['Sessions', <a key="sessions" href={href(paths.sessions(shown.id))}>Sessions of this tenant</a>],
          ['Activity', <a key="activity" href={href(paths.activity(shown.id))}>What was done here, in plain words</a>],
        ]}
      />
    </Panel>
  );
}

function Consent({ shown }: { readonly shown: TenantShown }) {
  const kind = shown.consent_kind === null ? null : CONSENT_KINDS[shown.consent_kind];
  return (
    <Panel title="Consent" actions={<a href={href(paths.consent(shown.id))}>{kind ? 'The whole record' : 'Record a consent'}</a>}>
      {kind ? (
        <>
          <Facts
            rows={[
              ['Kind', <Badge key="kind" tone={kind.tone}>{kind.says}</Badge>],
              ['Document', <span key="document" className="mono wrap-anywhere">{shown.consent_document_id}</span>],
              ...(shown.receipt
                ? ([
                    ['Serial', <span key="serial" className="numbers">{shown.receipt.serial}</span>],
                    ['Valid until', <Moment key="after" at={shown.receipt.not_after} />],
                    ['Key', <span key="key" className="mono wrap-anywhere">{shown.receipt.key_fingerprint}</span>],
                    ['Proof of the operator', shown.receipt.needs_operator_proof ? 'asked for' : 'not asked for'],
                  ] as const)
                : []),
            ]}
          />
          <p className="muted">{kind.more}</p>
        </>
      ) : (
        <p className="muted">The tenant has not signed. No session can be opened, and there is no override.</p>
      )}
    </Panel>
  );
}
