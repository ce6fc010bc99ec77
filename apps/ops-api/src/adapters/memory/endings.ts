import type { EndingStore } from '../../ports.ts';
import type { Session } from '../../sessions/session.ts';

type Ended = Extract<Session, { readonly state: 'ended' }>;

export const memoryEndings = (sessions: () => Iterable<Session>): EndingStore => ({
  overdue: async (before, limit) =>
    [...sessions()]
      .filter((s) => s.state !== 'ended' && s.expiresAt <= before)
      .toSorted((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1))
      .slice(0, limit),
  withoutLastWord: async (now, limit) =>
    [...sessions()]
      .filter((s): s is Ended => s.state === 'ended' && dueAt(s) <= now)
      .toSorted((a, b) => dueAt(a) - dueAt(b) || (a.id < b.id ? -1 : 1))
      .slice(0, limit),
});

const dueAt = ({ lastWord }: Ended): number => (lastWord.is === 'awaited' && lastWord.failedAt === null ? lastWord.dueAt : Number.POSITIVE_INFINITY);
