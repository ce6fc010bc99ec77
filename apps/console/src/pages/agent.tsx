import * as api from '@argus/client/requests.ts';
import type { AgentView } from '@argus/protocol/http/shapes.ts';
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
import { LineHistory } from './line-history.tsx';
import { SessionLines } from './session-lines.tsx';
import { YourOwnSwitch } from './your-own-switch.tsx';

const LINES = { here: 'to this node of the server', another_node: 'to another node of the server', none: 'none' } as const;
const whyNoLine = (line: AgentView['line']): string | null =>
  line === 'here' ? null : line === 'another_node' ? 'Its line ends at another node of this server. Open the console there.' : 'The agent is not on the line. It cannot be started from here.';

export function AgentPage({ named }: PageProps) {
  const agent = named['agent'] as AgentId; // the server answers to what is none that there is none
  const who = useWho();
  const seen = useData(api.showAgent(agent), ['agents']);
  const capabilities = useData(api.capabilities(agent), ['agents']);
  const [asked, setAsked] = useState<'tunnel' | 'revoke' | null>(null);
  const unknown = seen.data ? null : 'The server has not said what this machine is.';
  const lacking = whyNot(who, 'remote_support') ?? unknown ?? whyNoLine(seen.data?.line ?? null);
  return (
    <Page
      title={<span className="mono wrap-anywhere">{agent}</span>}
      actions={
        <>
          <Button look="danger" whyNot={whyNot(who, 'remote_support') ?? unknown ?? (seen.data?.state === 'revoked' ? 'It is revoked already, for good.' : null)} onPress={() => setAsked('revoke')}>
            Revoke
          </Button>
          <Button look="main" whyNot={lacking} onPress={() => setAsked('tunnel')}>
            Tunnel in
          </Button>
        </>
      }
    >
      {seen.data ? <YourOwnSwitch tenant={seen.data.tenant_id} /> : null}
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
                    ['Line', LINES[shown.line ?? 'none']],
                    ['Last seen', shown.line !== null ? 'now' : <Moment key="seen" at={shown.last_seen} />],
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
                            ['As of', <span key="taken" className="chips"><Moment at={taken} />{stale ? <Badge tone="calm">May be out of date</Badge> : null}</span>],
                            ['Version', manifest.agent_version],
                            ['Commands', <Chips key="commands" of={manifest.commands} />],
                            ['Cameras', manifest.cameras.length === 0 ? 'none' : <Cameras key="cameras" of={manifest.cameras} />],
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
              <Panel title="Last sessions">
                <SessionLines agent={agent} tenant={shown.tenant_id} />
              </Panel>
              <LineHistory agent={agent} />
            </div>
          );
        }}
      </Shown>
      {asked === 'tunnel' && seen.data ? <TunnelInModal agent={seen.data} onClose={() => setAsked(null)} /> : null}
      {asked === 'revoke' && seen.data ? <RevokeAgentModal agent={seen.data} onClose={() => setAsked(null)} /> : null}
    </Page>
  );
}

const Chips = ({ of }: { readonly of: readonly string[] }) => (
  <span className="chips">
    {of.map((one) => (
      <code key={one} className="chip">
        {one}
      </code>
    ))}
  </span>
);
const Cameras = ({ of }: { readonly of: readonly { readonly id: string; readonly name: string }[] }) => (
  <ul className="plain-list">
    {of.map(({ id, name }) => (
      <li key={id}>
        <bdi>{name}</bdi> <span className="muted mono">{id}</span>
      </li>
    ))}
  </ul>
);
