import type { EndingStore } from '../../ports.ts';
import type { Session } from '../../sessions/session.ts';

/** `sessionsOf` reads sessions where something holds, as every other store of sessions does. */
export const postgresEndings = (sessionsOf: (where: string, values: readonly unknown[]) => Promise<readonly Session[]>): EndingStore => ({
  overdue: (before, limit) => sessionsOf(`WHERE s.state <> 'ended' AND s.expires_at <= $1 ORDER BY s.expires_at, s.id LIMIT $2`, [new Date(before), limit]),
  withoutLastWord: (now, limit) =>
    sessionsOf(
      `WHERE s.last_word_due_at <= $1 AND s.last_word_due_at IS NOT NULL AND s.last_word_at IS NULL AND s.last_word_failed_at IS NULL
       ORDER BY s.last_word_due_at, s.id LIMIT $2`,
      [new Date(now), limit],
    ),
});
