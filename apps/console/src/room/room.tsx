import { useEffect, useRef } from 'react';
import * as api from '@argus/client/requests.ts';
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import { useData } from '../api/use-data.ts';
import { useWho } from '../api/who.tsx';
import { whyNot } from '../can.ts';
import { useAct } from '../modals/use-act.tsx';
import { Panel } from '../pages/page.tsx';
import { YourOwnSwitch } from '../pages/your-own-switch.tsx';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { CountdownRing } from '../ui/countdown-ring.tsx';
import { Icon } from '../ui/icon.tsx';
import { Moment, useNow } from '../ui/moment.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { afterWords, agentState, endWords, sessionState } from '../words.ts';
import { CommandPanel } from './command-panel.tsx';
import { LiveTimeline } from './live-timeline.tsx';
import { actBlock, consentBlock } from './may.ts';

/** What a consent allows may change with the hour; nothing needs it to the second. */
const LOOK_MS = 10_000;

/** Where somebody acts in a session that is open, and others watch. It stays as it is when the session ends, until one leaves. */
export function Room({ session }: { readonly session: SessionView }) {
  const who = useWho();
  const exact = useNow();
  const now = exact - (exact % LOOK_MS);
  const tenant = useData(who.scopes.includes('tenants:read') ? api.showTenant(session.tenant_id) : null, ['tenants']);
  const machine = useData(who.scopes.includes('tenants:read') ? api.capabilities(session.agent_id) : null, ['agents']);
  const scope = tenant.data?.consent_scope ?? null;
  const block = actBlock({ session, who, now: exact });
  return (
    <section className="page room">
      <Head session={session} />
      {session.state === 'ended' ? <Over session={session} /> : <YourOwnSwitch tenant={session.tenant_id} />}
      {session.state !== 'ended' && block !== null ? (
        <p className="note" role="status">
          {block} What happens appears here by itself.
        </p>
      ) : null}
      <div className="room-columns">
        <Panel title="Commands">
          <Tabs
            name="Commands"
            tabs={COMMANDS.map((contract) => ({
              key: contract.name,
              says: contract.name,
              isClosed: consentBlock(scope, contract, { session, now, args: {} }) !== null,
              panel: (isShown: boolean) => <CommandPanel session={session} contract={contract} block={block} scope={scope} now={now} manifest={machine.data?.manifest ?? null} isShown={isShown} />,
            }))}
          />
        </Panel>
        <Panel title="What happened">
          <LiveTimeline session={session} />
        </Panel>
      </div>
    </section>
  );
}

function Head({ session }: { readonly session: SessionView }) {
  const { tone, says } = sessionState(session);
  const sees = useWho().scopes.includes('tenants:read');
  const machine = useData(sees ? api.showAgent(session.agent_id) : null, ['agents']).data;
  const line = machine && agentState(machine.state);
  const lacking = whyNot(useWho(), 'remote_support');
  const { act, busy, problem, stepUp } = useAct(['sessions', 'agents'], () => {});
  const isOver = session.state === 'ended';
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== '.' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      place.current?.querySelector('button')?.focus();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
  return (
    <header className="room-head">
      {isOver ? null : <CountdownRing from={session.created_at} until={session.expires_at} />}
      <div className="room-title">
        <h1>{session.reason}</h1>
        <p className="room-facts">
          <Badge tone={tone} dot={session.state === 'active'}>
            {says}
          </Badge>
          <span className="wrap-anywhere">{session.operator}</span>
          <span className="cell-row wrap">
            on <a className="mono wrap-anywhere" href={href(paths.agent(session.agent_id))}>{session.agent_id}</a>
            {line ? <Badge tone={line.tone}>{line.says}</Badge> : null}
          </span>
          <span>
            of <a className="mono wrap-anywhere" href={href(paths.tenant(session.tenant_id))}>{session.tenant_id}</a>
          </span>
        </p>
      </div>
      <div className="room-end" ref={place}>
        <Button look="danger" busy={busy} whyNot={isOver ? 'The session is over.' : lacking} onPress={() => void act(api.deactivate(session.session_id, {}))}>
          END SESSION
        </Button>
      </div>
      {problem ? <ProblemNote problem={problem} /> : null}
      {stepUp}
    </header>
  );
}

/** Wherever in the room somebody looks when it ends, they are brought to why. */
function Over({ session }: { readonly session: SessionView }) {
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => {
    note.current?.scrollIntoView({ block: 'center' }); // newer browsers answer with a promise, which is no way to clean up
  }, []);
  return (
    <div ref={note} className="note note-over" role="alert">
      <Icon shape="alerts" />
      <div>
        <p>
          <strong>The session is over: {endWords(session.ended_by)}</strong>
          {session.ended_operator ? ` (${session.ended_operator})` : ''}, <Moment at={session.ended_at} />.
        </p>
        <p>
          {afterWords(session.ended_by)} What you read stays here until you leave this page. Whoever wants to see it again <a href={href(paths.replay(session.session_id))}>replays it</a> from the log.
        </p>
      </div>
    </div>
  );
}
