/**
 * Who looks at a page hears that it has changed. A beat names topics and whose they are: it is told only to those who may see that
 * tenant, so nobody learns from the rhythm of somebody else's. What was beaten lately is kept, for those whose line broke.
 */
import type { TenantId } from '@argus/protocol/ids.ts';
import type { Topic } from './topics.ts';

export type Beat = { readonly topics: readonly Topic[]; readonly tenant: TenantId | null }; // null: what no tenant owns
export type Sees = (tenant: TenantId | null) => boolean;

/** Enough for a minute of much; whoever was away longer asks for everything again. */
const KEPT = 2_000;

/** `life` differs for every start of every node: a place in one means nothing in another. */
export function createPulse(life: string) {
  const kept: { readonly place: number; readonly beat: Beat }[] = [];
  const listeners = new Set<(beat: Beat) => void>();
  let place = 0;
  return {
    beat(beat: Beat): void {
      kept.push({ place: ++place, beat });
      if (kept.length > KEPT) kept.shift();
      for (const listener of listeners) listener(beat);
    },
    here: (): string => `${life}.${place}`,
    /** The topics of what came after this place; null: nobody knows any more. */
    since(where: string, sees: Sees): readonly Topic[] | null {
      const [theirs, at = ''] = where.split('.', 2);
      const from = /^\d{1,15}$/.test(at) ? Number(at) : null;
      if (theirs !== life || from === null || from > place || from < place - kept.length) return null;
      return unionOf(kept.filter((one) => one.place > from && sees(one.beat.tenant)).map((one) => one.beat));
    },
    listen(listener: (beat: Beat) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    listeners: () => listeners.size,
  };
}
export type Pulse = ReturnType<typeof createPulse>;

const unionOf = (beats: readonly Beat[]): readonly Topic[] => [...new Set(beats.flatMap(({ topics }) => topics))];
