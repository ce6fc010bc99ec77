import * as api from '@argus/client/requests.ts';
import type { AgentId } from '@argus/protocol/ids.ts';
import { useState } from 'react';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { whyNot } from '../can.ts';
import { RevokeAgentModal } from '../modals/revoke-agent.tsx';
import { TunnelInModal } from '../modals/tunnel-in.tsx';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Moment } from '../ui/moment.tsx';
import { agentState } from '../words.ts';
import { Facts, Page, Panel, Shown } from './page.tsx';
import { SessionLines } from './session-lines.tsx';

export function AgentPage({ named }: PageProps) {
  const agent = named['agent'] as AgentId; // the server answers to what is none that there is none
  const who = useWho();
  const seen = useData(api.showAgent(agent), ['agents']);
  const capabilities = useData(api.capabilities(agent), ['agents']);
  const [asked, setAsked] = useState<'tunnel' | 'revoke' | null>(null);
  const lacking = whyNot(who, 'remote_support') ?? (seen.data && seen.data.state !== 'online' ? 'The agent is not on the line. It cannot be started from here.' : null);
  return (
    <Page
      title={<span className="mono wrap-anywhere">{agent}</span>}
      actions={
        <>
          <Button look="danger" whyNot={whyNot(who, 'remote_support') ?? (seen.data?.state === 'revoked' ? 'It is revoked already, for good.' : null)} onPress={() => setAsked('revoke')}>
            Revoke
          </Button>
          <Button look="main" whyNot={lacking} onPress={() => setAsked('tunnel')}>
            Tunnel in
          </Button>
        </>
      }
    >
      <Shown seen={seen}>
        {(shown) => {
          const { tone, says } = agentState(shown.state);
          return (
            <div className="columns">
              <Panel title="Machine">
                <Facts
                  rows={[
                    ['State', <Badge key="state" tone={tone} dot={shown.state === 'online'}>{says}</Badge>],
                    ['Tenant', <a key="tenant" className="mono" href={href(paths.tenant(shown.tenant_id))}>{shown.tenant_id}</a>],
                    ['Version', shown.version ?? '–'],
                    ['Platform', <span key="platform" className="wrap-anywhere">{shown.platform ?? '–'}</span>],
                    ['Last seen', shown.state === 'online' ? 'now' : <Moment key="seen" at={shown.last_seen} />],
                    ['Session', shown.session ? <a key="session" className="mono" href={href(paths.session(shown.session))}>{shown.session}</a> : 'none'],
                  ]}
                />
              </Panel>
              <Panel title="Says it can">
                <Shown seen={capabilities}>
                  {({ manifest, taken_at: taken, stale }) =>
                    manifest ? (
                      <>
                        <Facts
                          rows={[
                            ['As of', <span key="taken" className="cell-row"><Moment at={taken} />{stale ? <Badge tone="warn">Stale</Badge> : null}</span>],
                            ['Commands', <span key="commands" className="mono wrap-anywhere">{manifest.commands.join(', ')}</span>],
                            ['Cameras', manifest.cameras.length === 0 ? 'none' : manifest.cameras.map(({ id, name }) => `${name} (${id})`).join(', ')],
                          ]}
                        />
                        <p className="muted">A description by the machine itself. It opens nothing.</p>
                      </>
                    ) : (
                      <p className="muted">It has not said anything yet.</p>
                    )
                  }
                </Shown>
              </Panel>
              {who.scopes.includes('remote_support') ? (
                <Panel title="Last sessions">
                  <SessionLines agent={agent} tenant={shown.tenant_id} />
                </Panel>
              ) : null}
            </div>
          );
        }}
      </Shown>
      {asked === 'tunnel' && seen.data ? <TunnelInModal agent={seen.data} onClose={() => setAsked(null)} /> : null}
      {asked === 'revoke' && seen.data ? <RevokeAgentModal agent={seen.data} onClose={() => setAsked(null)} /> : null}
    </Page>
  );
}
