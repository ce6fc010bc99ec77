import { useState } from 'react';
import type { ClientProblem } from '@argus/client/problem.ts';
import * as api from '@argus/client/requests.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import { useData } from '../api/use-data.ts';
import type { PageProps } from '../pages.ts';
import { href, paths } from '../paths.ts';
import { Room } from '../room/room.tsx';
import { Badge } from '../ui/badge.tsx';
import { Countdown } from '../ui/countdown.tsx';
import { Moment } from '../ui/moment.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { endWords, sessionState } from '../words.ts';
import { Facts, Page, Panel, Shown } from './page.tsx';
import { Timeline } from './timeline.tsx';

export function SessionPage({ named }: PageProps) {
  const session = named['session'] as SessionId; // the server answers to what is none that there is none
  const seen = useData(api.showSession(session), ['sessions']);
  if (seen.data === null) return <Page title="Session" more={<span className="mono">{session}</span>}><Shown seen={seen}>{() => null}</Shown></Page>;
  return <Story key={session} shown={seen.data} problem={seen.problem} />;
}

/** Whoever comes while it is open is in the room, and stays there when it ends; whoever comes later reads what happened. */
function Story({ shown, problem }: { readonly shown: SessionView; readonly problem: ClientProblem | null }) {
  const [isRoom] = useState(shown.state !== 'ended');
  if (isRoom) return <Room session={shown} />;
  return (
    <Page title={shown.reason} more={<span className="mono">{shown.session_id}</span>}>
      {problem ? <ProblemNote problem={problem} /> : null}
      <div className="columns columns-story">
        <Standing shown={shown} />
        <Panel title="What happened" actions={<a className="button button-small" href={href(paths.replay(shown.session_id))}>Replay</a>}>
          <Timeline session={shown} />
        </Panel>
      </div>
    </Page>
  );
}

const LAST_WORD = {
  awaited: 'awaited',
  signed: 'the machine signed that it is over',
  failed_to_close: 'the machine never said that it is over',
  not_expected: 'none to be expected',
} as const;

function Standing({ shown }: { readonly shown: SessionView }) {
  const { tone, says } = sessionState(shown);
  return (
    <Panel title="Session">
      <Facts
        rows={[
          ['State', <Badge key="state" tone={tone} dot={shown.state === 'active'}>{says}</Badge>],
          ...(shown.state === 'ended' ? ([['Ended', <span key="ended"><Moment at={shown.ended_at} />, {endWords(shown.ended_by)}{shown.ended_operator ? <> (<bdi>{shown.ended_operator}</bdi>)</> : null}</span>]] as const) : ([['Time', <Countdown key="left" until={shown.expires_at} />]] as const)),
          ['Operator', <span key="operator" className="wrap-anywhere">{shown.operator}</span>],
          ['Agent', <a key="agent" className="mono" href={href(paths.agent(shown.agent_id))}>{shown.agent_id}</a>],
          ['Tenant', <a key="tenant" className="mono" href={href(paths.tenant(shown.tenant_id))}>{shown.tenant_id}</a>],
          ['Began', <Moment key="began" at={shown.created_at} />],
          ['Time box', `${shown.minutes} min`],
          ...(shown.last_word ? ([['Last word', LAST_WORD[shown.last_word.state]]] as const) : []),
        ]}
      />
    </Panel>
  );
}
