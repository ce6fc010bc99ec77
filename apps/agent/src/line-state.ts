import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { z } from 'zod';
import { plainly } from './plainly.ts';

/** What `argus-agent status` says of the line: kept in a file, and written only when it changes, also over days without a server. */
export const LineStateShape = z.object({
  line: z.enum(['connected', 'waiting', 'stopped']),
  why: z.string().optional(),
  means: z.string().optional(),
  since: z.string(),
  /** Who wrote it: what it says of a line holds only while that process runs. */
  daemon: z.object({ pid: z.int().min(1), boot: z.string() }).optional(),
});
export type LineState = Readonly<z.infer<typeof LineStateShape>>;

export function watchLine({ clock, daemon, keep }: { readonly clock: Clock; readonly daemon: NonNullable<LineState['daemon']>; readonly keep: (state: LineState) => void }) {
  let last = '';
  let isStopped = false;
  /** A refusal ends the line a moment later: the reason is the refusal. */
  let refusedWith: string | null = null;
  const tell = (state: Omit<LineState, 'since' | 'daemon'>) => {
    const text = JSON.stringify(state);
    if (text === last || isStopped) return;
    isStopped = state.line === 'stopped';
    last = text;
    keep({ ...state, since: isoTime(clock.now()), daemon });
  };
  return (what: string, facts: Readonly<Record<string, string | number>>): void => {
    if (what === 'stopped') tell({ line: 'stopped' });
    if (what === 'connected') tell({ line: 'connected' });
    if (what === 'refused') refusedWith = String(facts['code']);
    if (what === 'server_not_proved') refusedWith = what;
    if (what !== 'disconnected') return;
    const why = refusedWith ?? String(facts['why']);
    refusedWith = null;
    tell({ line: 'waiting', why, means: plainly(why) });
  };
}
