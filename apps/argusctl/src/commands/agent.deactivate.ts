import type { Request } from '@argus/client/requests.ts';
import type { AgentId, SessionId } from '@argus/protocol/ids.ts';
import { defineCommand } from '../command.ts';
import { sessionFields } from '../render/session.ts';

const isSession = (target: AgentId | SessionId): target is SessionId => target.startsWith('rss_');

/** For a dry run only: a path that says what would stand in it. */
const unknownSession = <T>(end: (session: SessionId) => Request<T>, agent: AgentId): Request<T> => {
  const request = end('SESSION' as SessionId);
  return { ...request, path: request.path.replace('SESSION', `{the open session of ${agent}}`) };
};

export const agentDeactivate = defineCommand({
  name: 'agent deactivate',
  summary: 'End a session; ending what has ended changes nothing',
  positionals: {
    target: { value: 'agentOrSession', show: 'AGENT|RSS', about: 'the session (rss_…), or the agent whose open one is meant' },
  },
  flags: { reason: { value: 'reason', show: 'TEXT', about: 'why it ends before its time' } },
  secrets: [],
  writes: true,
  example: 'argusctl agent deactivate agent_macpro_lobby_01',
  async run({ api, answer, ask, refuse, isDryRun }, { target, reason }) {
    const end = (session: SessionId) => api.deactivate(session, reason === undefined ? {} : { reason });
    if (isSession(target)) return answer(end(target), (session) => [sessionFields(session)]);
    // A dry run asks nothing either, so it cannot know the session.
    if (isDryRun) return answer(unknownSession(end, target), () => []);
    // The list, not the agent's own page: it takes no scope that ending does not take.
    const found = await ask(api.listSessions());
    if (!found.ok) return refuse(found.error);
    const theirs = found.value.sessions.filter((session) => session.agent_id === target);
    // The newest that has ended answers as it stands: what was wanted is so.
    const meant = theirs.find((session) => session.state !== 'ended') ?? theirs[0];
    if (!meant)
      return refuse({
        kind: 'local',
        code: 'session_not_found',
        says: `${target} never had a session`,
        hint: 'Nothing is left to end. argusctl agent ls shows which agents there are.',
      });
    return answer(end(meant.session_id), (session) => [sessionFields(session)]);
  },
});
