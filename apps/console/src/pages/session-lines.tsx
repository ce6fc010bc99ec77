import * as api from '@argus/client/requests.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { useData } from '../api/use-data.ts';
import { href, paths } from '../paths.ts';
import { Badge } from '../ui/badge.tsx';
import { Moment } from '../ui/moment.tsx';
import { endWords, sessionState } from '../words.ts';
import { Shown } from './page.tsx';

const SHOWN_MAX = 6;
/** The newest ones of a tenant, or of one machine of it. */
export function SessionLines({ agent, tenant }: { readonly agent?: string; readonly tenant: TenantId }) {
  const seen = useData(api.listSessions(tenant), ['sessions']);
  return (
    <Shown seen={seen}>
      {({ sessions }) => {
        const mine = sessions.filter(({ agent_id: id }) => agent === undefined || id === agent).slice(0, SHOWN_MAX);
        if (mine.length === 0) return <p className="muted">There has been none.</p>;
        return (
          <ul className="lines">
            {mine.map((session) => {
              const { tone, says } = sessionState(session);
              return (
                <li key={session.session_id}>
                  <Badge tone={tone} dot={session.state === 'active'}>
                    {says}
                  </Badge>
                  <a href={href(paths.session(session.session_id))} className="clip">
                    {session.reason}
                  </a>
                  <span className="muted">
                    <bdi>{session.operator}</bdi>, <Moment at={session.created_at} />
                    {session.ended_by ? `, ${endWords(session.ended_by)}` : ''}
                  </span>
                </li>
              );
            })}
          </ul>
        );
      }}
    </Shown>
  );
}
