/**
 * The same refusal over and over is told like this: the first at once, then one summary per minute with how many there
 * were, the first and the last. Pure: moments come in, what is to be written comes out.
 *
 * Bounded, whoever floods: so many sources are told apart at a time, and all others are counted together. A million
 * addresses cost the memory and the disk of a few dozen.
 */
export const SOURCES_MAX = 64;
export const TELL_EVERY_MS = 60_000;

/** What was not written one by one. `isMany`: of several sources that are not told apart. */
export type Held<T> = { readonly sample: T; readonly isMany: boolean; readonly count: number; readonly first: number; readonly last: number };
type Source<T> = { until: number; held: Held<T> | null };

/** `source` is told apart from others, `kind` when there are too many of them; `at` is the wall clock's, for people. */
export type Heard<T> = { readonly source: string; readonly kind: string; readonly sample: T; readonly at: number };

export function createFlood<T>() {
  const sources = new Map<string, Source<T>>();
  let told = 0; // sources among them that are told apart

  const together = <U>(a: Held<U> | null, b: Held<U>): Held<U> =>
    a ? { ...a, count: a.count + b.count, first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) } : b;
  function hold(key: string, held: Held<T>, now: number): void {
    const source = sources.get(key);
    if (source) source.held = together(source.held, held);
    else sources.set(key, { until: now + TELL_EVERY_MS, held });
  }
  const single = (key: string) => `one ${key}`;
  const many = (kind: string) => `many ${kind}`;

  return {
    /** True: write this one now. False: it is counted. `now` never goes back. */
    isTold({ source, kind, sample, at }: Heard<T>, now: number): boolean {
      const key = single(source);
      const isNew = !sources.has(key);
      if (isNew && told < SOURCES_MAX) {
        told++;
        sources.set(key, { until: now + TELL_EVERY_MS, held: null });
        return true;
      }
      hold(isNew ? many(kind) : key, { sample, isMany: isNew, count: 1, first: at, last: at }, now);
      return false;
    },
    /** Sources whose minute is over. Who was quiet for it is forgotten; the others begin the next one. */
    ripe(now: number): readonly Held<T>[] {
      const out: Held<T>[] = [];
      for (const [key, source] of sources) {
        if (now < source.until) continue;
        if (source.held) {
          out.push(source.held);
          sources.set(key, { until: now + TELL_EVERY_MS, held: null });
        } else {
          sources.delete(key);
          if (key.startsWith('one ')) told--;
        }
      }
      return out;
    },
    /** Everything that is counted and not written yet; it counts as written from now on. */
    rest(): readonly Held<T>[] {
      const out = [...sources.values()].flatMap(({ held }) => held ?? []);
      for (const source of sources.values()) source.held = null;
      return out;
    },
    /** It could not be written: it is counted, and told with the next ones. */
    giveBack({ source, kind }: Pick<Heard<T>, 'source' | 'kind'>, held: Held<T>, now: number): void {
      const isApart = !held.isMany && sources.has(single(source));
      hold(isApart ? single(source) : many(kind), { ...held, isMany: !isApart }, now);
    },
    /** When `ripe` has something to look at next; null: never, as it stands. */
    nextAt: (): number | null => (sources.size === 0 ? null : Math.min(...[...sources.values()].map(({ until }) => until))),
    size: (): number => sources.size,
  };
}
export type Flood<T> = ReturnType<typeof createFlood<T>>;
