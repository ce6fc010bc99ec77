import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { denyWith, type Denial } from '@argus/protocol/errors.ts';
import { maySee, type Principal } from '../people/principal.ts';
import { feed, type Listener } from './feed.ts';
import type { Pulse } from './pulse.ts';

/** A line each for the tabs of one person, and room for everybody; ours. */
export const LINES_OF_ONE = 20;
export const LINES_AT_ONCE = 2_000;
/** A page that finds no room asks again by itself. */
const COME_BACK_S = 15;

/** An answer that has no end: it is opened by whoever sends it. */
export class LiveLine {
  readonly open: (to: Pick<Listener, 'say' | 'end'>) => { readonly stop: () => void };
  constructor(open: LiveLine['open']) {
    this.open = open;
  }
}

export function createLines({ clock, pulse }: { readonly clock: Clock; readonly pulse: Pulse }) {
  const open = new Map<() => void, Principal['tokenId']>(); // what ends it, and whose it is
  return {
    line(principal: Principal, { lastSeen, isStill, isOnce = false }: Pick<Listener, 'lastSeen' | 'isStill'> & { readonly isOnce?: boolean }): Result<LiveLine, Denial> {
      const own = [...open.values()].filter((id) => id === principal.tokenId).length;
      if (own >= LINES_OF_ONE || open.size >= LINES_AT_ONCE) return err(denyWith('rate_limited', { retry_after_s: COME_BACK_S }));
      return ok(
        new LiveLine(({ say, end }) => {
          const sees = (tenant: Parameters<Listener['sees']>[0]) => (tenant === null ? principal.tenants === null : maySee(principal, tenant));
          const feeding = feed({ clock, pulse }, { sees, lastSeen, isStill, say, end });
          open.set(end, principal.tokenId);
          if (isOnce) end();
          return {
            stop: () => {
              feeding.stop();
              open.delete(end);
            },
          };
        }),
      );
    },
    count: () => open.size,
    /** A server that stops waits for nobody who listens. */
    close: () => [...open.keys()].forEach((end) => end()),
  };
}
export type Lines = ReturnType<typeof createLines>;
