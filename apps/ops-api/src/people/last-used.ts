import type { Clock } from '@argus/kit/clock.ts';
import type { TokenId } from '@argus/protocol/ids.ts';
import type { Log, PatStore } from '../ports.ts';

/** How far behind the last use of a token may be: it is no reason to write for every request. */
export const USED_EVERY_MS = 60_000;

/** When each token was last used. Noting costs the request nothing; what was noted is written by the sweep. */
export function createLastUsed({ pats, clock, log }: { pats: Pick<PatStore, 'used'>; clock: Clock; log: Log }) {
  const written = new Map<TokenId, number>(); // on the clock that cannot jump
  let noted = new Map<TokenId, number>();
  return {
    note(id: TokenId): void {
      if (clock.elapsed() - (written.get(id) ?? Number.NEGATIVE_INFINITY) >= USED_EVERY_MS) noted.set(id, clock.now());
    },
    async write(): Promise<void> {
      if (noted.size === 0) return;
      const uses = [...noted].map(([id, at]) => ({ id, at }));
      noted = new Map();
      for (const { id } of uses) written.set(id, clock.elapsed());
      await pats.used(uses).catch((problem: unknown) => log('warn', 'last_use_not_written', { problem: String(problem) }));
    },
  };
}
export type LastUsed = ReturnType<typeof createLastUsed>;
