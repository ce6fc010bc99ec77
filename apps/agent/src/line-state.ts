import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { z } from 'zod';
import { plainly } from './plainly.ts';

/** What `argus-agent status` says of the line: kept in a file, and written only when it changes, also over days without a server. */
export const LineStateShape = z.object({ line: z.enum(['connected', 'waiting']), why: z.string().optional(), means: z.string().optional(), since: z.string() });
export type LineState = Readonly<z.infer<typeof LineStateShape>>;

export function watchLine({ clock, keep }: { readonly clock: Clock; readonly keep: (state: LineState) => void }) {
  let last = '';
  /** A refusal ends the line a moment later: the reason is the refusal. */
  let refusedWith: string | null = null;
  const tell = (state: Omit<LineState, 'since'>) => {
    const text = JSON.stringify(state);
    if (text === last) return;
    last = text;
    keep({ ...state, since: isoTime(clock.now()) });
  };
  return (what: string, facts: Readonly<Record<string, string | number>>): void => {
    if (what === 'connected') tell({ line: 'connected' });
    if (what === 'refused') refusedWith = String(facts['code']);
    if (what === 'server_not_proved') refusedWith = what;
    if (what !== 'disconnected') return;
    const why = refusedWith ?? String(facts['why']);
    refusedWith = null;
    tell({ line: 'waiting', why, means: plainly(why) });
  };
}
