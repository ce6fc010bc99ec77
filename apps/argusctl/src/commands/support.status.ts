import { defineCommand } from '../command.ts';
import { openSessionOf } from '../open-session.ts';
import { countdown } from '../moments.ts';
import { sessionFields } from '../render/session.ts';
import { fields } from '../render/view.ts';

export const supportStatus = defineCommand({
  name: 'support status',
  summary: 'How a session stands: its state, and how long it is still open',
  positionals: { target: { value: 'agentOrSession', show: 'AGENT|RSS', about: 'the session (rss_…), or the agent whose open one is meant' } },
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl support status agent_macpro_lobby_01',
  async run(ctx, { target }) {
    const session = await openSessionOf(ctx, target);
    if (typeof session !== 'string') return ctx.refuse(session);
    return ctx.answer(ctx.api.showSession(session), (shown) => [
      sessionFields(shown),
      ...(shown.ended_at === null ? [fields({ 'time left': countdown(Date.parse(shown.expires_at) - ctx.clock.now()) })] : []),
    ]);
  },
});
