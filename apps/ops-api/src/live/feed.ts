import type { Clock } from '@argus/kit/clock.ts';
import type { Pulse, Sees } from './pulse.ts';
import type { Topic } from './topics.ts';

/** Beats that come together are said together: a page draws at most this often. */
export const SAY_EVERY_MS = 500;
/** A line on which nothing happens says so, and its reader is looked at again. */
export const STILL_THERE_MS = 15_000;

export type FeedDeps = { readonly clock: Clock; readonly pulse: Pulse };
export type Listener = {
  readonly sees: Sees;
  /** Where a line that broke had been; null: this is the first one. */
  readonly lastSeen: string | null;
  /** Is whoever reads this somebody still? */
  readonly isStill: () => Promise<boolean>;
  readonly say: (text: string) => void;
  readonly end: () => void;
};

/** Says what changes until it is stopped. In the words of text/event-stream. */
export function feed({ clock, pulse }: FeedDeps, { sees, lastSeen, isStill, say, end }: Listener): { readonly stop: () => void } {
  let waiting = new Set<Topic>();
  let cancelSaying: (() => void) | null = null;
  let isOver = false;
  const line = (event: string, data: string) => say(`id: ${pulse.here()}\nevent: ${event}\ndata: ${data}\n\n`);

  const sayWaiting = () => {
    cancelSaying = null;
    if (waiting.size === 0) return;
    line('changed', [...waiting].join(' '));
    waiting = new Set();
    cancelSaying = clock.after(SAY_EVERY_MS, sayWaiting);
  };
  const leave = pulse.listen(({ topics, tenant }) => {
    if (!sees(tenant)) return;
    for (const topic of topics) waiting.add(topic);
    cancelSaying ??= clock.after(0, sayWaiting);
  });
  const stop = () => {
    isOver = true;
    leave();
    cancelSaying?.();
    cancelStillThere();
  };
  const stillThere = async () => {
    const is = await isStill().catch(() => false); // nobody can be looked up: whoever may listen asks again
    if (isOver) return;
    if (!is) return end();
    say(': still there\n\n');
    cancelStillThere = clock.after(STILL_THERE_MS, () => void stillThere());
  };
  let cancelStillThere = clock.after(STILL_THERE_MS, () => void stillThere());

  say('retry: 2000\n\n');
  const missed = lastSeen === null ? [] : pulse.since(lastSeen, sees);
  if (missed === null) line('missed', 'everything');
  else if (missed.length > 0) line('changed', missed.join(' '));
  else line('here', 'now');
  return { stop };
}
