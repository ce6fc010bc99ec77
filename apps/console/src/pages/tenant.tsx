import * as api from '@argus/client/requests.ts';
import type { TenantShown } from '@argus/protocol/http/shapes.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { useArming } from '../modals/arming.tsx';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Moment } from '../ui/moment.tsx';
import { agentState, CONSENT_KINDS, tenantState } from '../words.ts';
import { Machines } from './consent.tsx';
import { Facts, Page, Panel, Shown } from './page.tsx';
import { SessionLines } from './session-lines.tsx';
import { YourOwnSwitch } from './your-own-switch.tsx';

const AGENTS_SHOWN = 6;

export function TenantPage({ named }: PageProps) {
  const tenant = named['tenant'] as TenantId; // the server answers to what is none that there is none
  const who = useWho();
  const arming = useArming();
  const seen = useData(api.showTenant(tenant), ['tenants']);
  return (
    <Page title={seen.data?.name ?? tenant} more={<span className="mono">{tenant}</span>} actions={seen.data ? arming.button(seen.data) : null}>
      <YourOwnSwitch tenant={tenant} />
      <Shown seen={seen}>
        {(shown) => (
          <div className="columns columns-even">
            <Standing shown={shown} />
            <Consent shown={shown} />
            <Agents tenant={tenant} />
            {who.scopes.includes('remote_support') ? (
              <Panel title="Last sessions" actions={<a href={href(paths.sessions(tenant))}>All of them</a>}>
                <SessionLines tenant={tenant} />
              </Panel>
            ) : null}
            {shown.consent_keys.some(({ pinned }) => pinned !== 'none') ? <Machines shown={shown} /> : null}
          </div>
        )}
      </Shown>
      {arming.dialog}
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

/** Those on the line first: with many, the list has the rest. */
function Agents({ tenant }: { readonly tenant: TenantId }) {
  const seen = useData(api.listAgents(tenant, { limit: AGENTS_SHOWN, sort: 'state' }), ['agents']);
  return (
    <Panel title="Agents" actions={<a href={href(paths.agents(tenant))}>All of them</a>}>
      <Shown seen={seen}>
        {({ agents, total }) =>
          agents.length === 0 ? (
            <p className="muted">None yet. An agent is enrolled on the machine itself.</p>
          ) : (
            <>
              <ul className="lines">
                {agents.map(({ id: agent, state }) => {
                  const { tone, says } = agentState(state);
                  return (
                    <li key={agent}>
                      <a href={href(paths.agent(agent))} className="mono wrap-anywhere">
                        {agent}
                      </a>
                      <Badge tone={tone} dot={state === 'online'}>
                        {says}
                      </Badge>
                    </li>
                  );
                })}
              </ul>
              {total > agents.length ? <p className="muted">And {(total - agents.length).toLocaleString('en')} more.</p> : null}
            </>
          )
        }
      </Shown>
    </Panel>
  );
}
