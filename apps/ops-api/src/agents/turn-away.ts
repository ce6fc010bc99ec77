import type { Clock } from '@argus/kit/clock.ts';
import type { AgentId } from '@argus/protocol/ids.ts';
import type { Switchboard } from './switchboard.ts';

/** What a revoked agent has to say of its session can be said on this line or never: it may not dial in again. */
export const LAST_LINE_MS = 300;

/** Puts a revoked agent off its line here, if it has one. Together with the look of nodes/watch.ts: within a second. */
export const makeTurnAway =
  ({ clock, lines }: { readonly clock: Clock; readonly lines: Pick<Switchboard, 'line'> }) =>
  (agent: AgentId): void => {
    const line = lines.line(agent);
    if (line) clock.after(LAST_LINE_MS, () => line.drop('agent_revoked'));
  };
export type TurnAway = ReturnType<typeof makeTurnAway>;
