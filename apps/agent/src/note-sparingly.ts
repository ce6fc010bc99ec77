import type { Clock } from '@argus/kit/clock.ts';
import type { AgentDeps } from './ports.ts';

/**
 * A server can have an agent refuse as often as it sends frames, and can open and end sessions all day. The first notes of a
 * kind are written at once; what comes within a minute of them is counted, and told in one note with the last of them when
 * the minute is over. So it goes on until a minute brings none: no server writes the log of a machine full.
 */
export const EVERY_MS = 60_000;
/** Of these the first one is news, and the others are not. */
const SPARED: readonly string[] = ['command_refused', 'command_failed', 'activation_refused', 'frame_failed'];
/** Of all others so many in a minute are: more than anybody's work brings. */
const FREELY = 30;
/** Codes are words of our own table, so there are not many. */
const KINDS_MAX = 64;

type Facts = Readonly<Record<string, string | number>>;
type Kind = { written: number; more: number; last: Facts };

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

  const nameOf = (what: string, facts: Facts): string => {
    const name = `${what} ${String(facts['code'] ?? '')}`;
    return SPARED.includes(what) && (kinds.size < KINDS_MAX || kinds.has(name)) ? name : what;
  };

  return (what, facts = {}) => {
    const name = nameOf(what, facts);
    const kind = kinds.get(name) ?? { written: 0, more: 0, last: {} };
    if (kind.written >= (SPARED.includes(what) ? 1 : FREELY)) {
      kind.more++;
      kind.last = facts;
      return;
    }
    if (kind.written++ === 0) {
      kinds.set(name, kind);
      minute(name, what, kind);
    }
    note(what, facts);
  };
}
