/** Counts answers and how long they took, in a room that does not grow with their number. */
const BASE = 1.05; // a bucket is 5 % wide

export function latencies() {
  const buckets = new Map<number, number>();
  let total = 0;
  return {
    add(ms: number): void {
      const at = Math.ceil(Math.log(Math.max(ms, 0.01)) / Math.log(BASE));
      buckets.set(at, (buckets.get(at) ?? 0) + 1);
      total++;
    },
    count: () => total,
    at(share: number): number {
      let seen = 0;
      for (const [bucket, count] of [...buckets].toSorted(([a], [b]) => a - b)) if ((seen += count) >= total * share) return BASE ** bucket;
      return Number.NaN;
    },
  };
}
export type Latencies = ReturnType<typeof latencies>;

export type Unexpected = { readonly what: string; readonly status: number; readonly code: string; count: number };

/** What was asked, and whether the answer is one that this question is designed to get. */
export function createTally() {
  const codes = new Map<string, number>();
  const unexpected = new Map<string, Unexpected>();
  const all = latencies();
  let window = latencies();
  return {
    codes,
    all,
    unexpected,
    note(what: string, { status, code, ms, isDesigned }: { status: number; code: string; ms: number; isDesigned: boolean }): void {
      codes.set(code, (codes.get(code) ?? 0) + 1);
      all.add(ms);
      window.add(ms);
      if (isDesigned) return;
      const name = `${what} ${status} ${code}`;
      const known = unexpected.get(name);
      if (known) known.count++;
      else unexpected.set(name, { what, status, code, count: 1 });
    },
    /** Since the last time somebody asked. */
    takeWindow(): Latencies {
      const taken = window;
      window = latencies();
      return taken;
    },
  };
}
export type Tally = ReturnType<typeof createTally>;
