import type { Clock } from '@argus/kit/clock.ts';
import type { AgentDeps } from './ports.ts';

/**
 * A server can have an agent refuse as often as it sends frames. The first note of a kind is written at once; what comes
 * within a minute of it is counted, and told in one note with the last of them when the minute is over. So it goes on
 * until a minute brings none.
 */
export const EVERY_MS = 60_000;
const SPARED: readonly string[] = ['command_refused', 'command_failed', 'activation_refused', 'frame_failed'];
/** Codes are words of our own table, so there are not many. */
const KINDS_MAX = 64;

type Facts = Readonly<Record<string, string | number>>;
type Kind = { more: number; last: Facts };

export function noteSparingly(note: AgentDeps['note'], clock: Pick<Clock, 'after'>): AgentDeps['note'] {
  const kinds = new Map<string, Kind>();

  function minute(name: string, what: string, kind: Kind): void {
    clock.after(EVERY_MS, () => {
      if (kind.more === 0) return void kinds.delete(name);
      const { more, last } = kind;
      kind.more = 0;
      kind.last = {};
      minute(name, what, kind);
      note(what, { ...last, count: more });
    });
  }

  return (what, facts = {}) => {
    if (!SPARED.includes(what)) return note(what, facts);
    const code = String(facts['code'] ?? '');
    const name = kinds.size < KINDS_MAX || kinds.has(`${what} ${code}`) ? `${what} ${code}` : what;
    const known = kinds.get(name);
    if (known) {
      known.more++;
      known.last = facts;
      return;
    }
    const kind: Kind = { more: 0, last: {} };
    kinds.set(name, kind);
    minute(name, what, kind);
    note(what, facts);
  };
}
