import type { AgentId, SessionId } from '@argus/protocol/ids.ts';
import type { Context, Problem } from './command.ts';

const isSession = (target: AgentId | SessionId): target is SessionId => target.startsWith('rss_');

/** The session that was named, or the open one of the agent that was. The list takes no scope that looking does not take. */
export async function openSessionOf({ api, ask }: Pick<Context, 'api' | 'ask'>, target: AgentId | SessionId): Promise<SessionId | Problem> {
  if (isSession(target)) return target;
  const found = await ask(api.listSessions());
  if (!found.ok) return found.error;
  const open = found.value.sessions.find((session) => session.agent_id === target && session.state !== 'ended');
  return open?.session_id ?? { kind: 'local', code: 'session_not_found', says: `${target} has no open session`, hint: 'argusctl session ls shows how sessions ended.' };
}
