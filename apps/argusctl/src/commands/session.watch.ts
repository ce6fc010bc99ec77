import type { ReplayStep } from '@argus/protocol/replay.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import { defineCommand } from '../command.ts';
import { openSessionOf } from '../open-session.ts';
import { countdown } from '../moments.ts';
import { sessionFields } from '../render/session.ts';
import { patiently } from '../patient.ts';
import { outcomeOf, whatOf } from '../render/step.ts';
import { aside, idsOf, line, timeOf, type View } from '../render/view.ts';

/** The countdown runs by itself; the server is asked this often, and no more. */
const ASK_EVERY_MS = 2_000;
const TICK_MS = 1_000;

export const sessionWatch = defineCommand({
  name: 'session watch',
  summary: 'Follow a live session: its time, each step, and how it ends',
  positionals: { target: { value: 'agentOrSession', show: 'AGENT|RSS', about: 'the session (rss_…), or the agent whose open one is meant' } },
  flags: {},
  secrets: [],
  writes: false,
  example: 'argusctl session watch agent_macpro_lobby_01',
  details: async () => ['Ctrl-C stops watching; the session goes on. With --json each step and the end are a line of JSON.'],
  async run(ctx, { target }) {
    const ask = patiently(ctx);
    const { api, logApi, tell, refuse, progress, pause, clock, isJson } = ctx;
    const id = await openSessionOf(ctx, target);
    if (typeof id !== 'string') return refuse(id);
    const shown = new Map<number, string>();
    let begun = false;
    for (;;) {
      const [session, replayed] = [await ask(api.showSession(id)), await ask(logApi.replaySession(id, { from: firstOpen(shown) }))];
      if (!session.ok) return refuse(session.error);
      if (!replayed.ok) return refuse(replayed.error);
      if (!begun && !isJson) tell(null, [sessionFields(session.value), line('')]);
      begun = true;
      for (const { proofs: _, ...step } of replayed.value.steps) {
        const state = outcomeOf(step);
        if (shown.get(step.index) === state) continue;
        shown.set(step.index, state);
        tell({ event: 'step', step }, stepView(step));
      }
      const isMore = replayed.value.next !== null;
      if (session.value.state === 'ended' && !isMore) {
        tell({ event: 'ended', session: session.value }, endView(session.value));
        return 0;
      }
      if (isMore) {
        await pause(TICK_MS); // whatever a server says of more pages, it is not asked without a break
        continue;
      }
      for (let waited = 0; waited < ASK_EVERY_MS; waited += TICK_MS) {
        progress(`${countdown(Date.parse(session.value.expires_at) - clock.now())} left   ${session.value.operator} on ${session.value.agent_id}`);
        await pause(TICK_MS);
      }
    }
  },
});

/** From the oldest step that may still change: one without an answer. */
function firstOpen(shown: ReadonlyMap<number, string>): number {
  const waiting = [...shown].filter(([, state]) => state.startsWith('no answer')).map(([index]) => index);
  return waiting.length > 0 ? Math.min(...waiting) : Math.max(-1, ...shown.keys()) + 1;
}

const stepView = (step: ReplayStep): View => [idsOf(String(step.index)), line(`${timeOf(step.at) ?? ''}  #${step.index}  ${whatOf(step)}: ${outcomeOf(step)}`)];
const endView = (session: SessionView): View => [
  idsOf(session.session_id),
  line(''),
  line(`Over at ${timeOf(session.ended_at) ?? '-'}: ${session.ended_by ?? 'ended'}${session.ended_operator === null ? '' : `, by ${session.ended_operator}`}.`),
  ...(session.last_word?.state === 'failed_to_close' ? [aside('The machine never said that it is over there: see argusctl audit alerts.')] : []),
];
