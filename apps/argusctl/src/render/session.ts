import type { SessionView } from '@argus/protocol/http/shapes.ts';
import { fields, table, timeOf, type Block } from './view.ts';

const stateOf = ({ state, ended_by, last_word }: SessionView): string => {
  const how = ended_by === null ? state : `${state}: ${ended_by}`;
  return last_word?.state === 'failed_to_close' ? `${how}, failed_to_close` : how; // an alarm: the machine never said that it is over there
};
const untilOf = (session: SessionView): string | null => timeOf(session.ended_at ?? session.expires_at);

export const sessionsTable = (sessions: readonly SessionView[]): Block =>
  table(
    ['SESSION', 'AGENT', 'OPERATOR', 'STATE', 'OPENED', 'UNTIL', 'REASON'],
    sessions.map((s) => [s.session_id, s.agent_id, s.operator, stateOf(s), timeOf(s.created_at), untilOf(s), s.reason]),
    'No sessions yet.',
  );

export const sessionFields = (session: SessionView): Block =>
  fields({
    session: session.session_id,
    tenant: session.tenant_id,
    agent: session.agent_id,
    operator: session.operator,
    reason: session.reason,
    state: stateOf(session),
    opened: timeOf(session.created_at),
    [session.ended_at === null ? 'open until' : 'ended']: untilOf(session),
  });
