import type { TripwireFacts } from '../../alerts/look.ts';
import type { LogRow } from '../../ports.ts';
import type { Session } from '../../sessions/session.ts';

export function memoryTripwireFacts(state: () => { readonly sessions: readonly Session[]; readonly rows: readonly LogRow[] }): TripwireFacts {
  return {
    heldLonger: async ({ ms, now, openedSince }, limit) =>
      state()
        .sessions.filter((s) => s.minutes > 60 && s.createdAt >= openedSince && (s.state === 'ended' ? s.endedAt : Math.min(now, s.expiresAt)) - s.createdAt > ms)
        .toSorted((a, b) => a.createdAt - b.createdAt)
        .slice(0, limit)
        .map(({ id, tenant, agent, operator, createdAt }) => ({ id, tenant, agent, operator, createdAt })),
    async busyOperators({ activations, since }, limit) {
      const counts = new Map<string, number>();
      for (const { audit } of state().rows) {
        const isOpened = audit.action === 'remote_support_activation' && audit.phase === 'outcome' && audit.outcome === 'ok' && Date.parse(audit.at) >= since;
        if (isOpened) counts.set(audit.operator, (counts.get(audit.operator) ?? 0) + 1);
      }
      return [...counts]
        .filter(([, count]) => count > activations)
        .map(([operator, count]) => ({ operator, activations: count }))
        .toSorted((a, b) => (a.operator < b.operator ? -1 : 1))
        .slice(0, limit);
    },
  };
}
