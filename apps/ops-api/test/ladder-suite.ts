/** What every ladder promises: it opens to whom nothing is missing, and one thing missing closes it at its own gate. Each ladder runs this suite. */
import { climb, type Gate } from '@argus/kit/gate.ts';
import type { Denial, ErrorCode } from '@argus/protocol/errors.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

type Ladder<F> = {
  readonly ladder: readonly Gate<F, Denial>[];
  /** With these every gate opens. */
  readonly good: F;
  /** For each gate, in its order: what alone closes it, and with which code. */
  readonly broken: Readonly<Record<string, readonly [Partial<F>, ErrorCode]>>;
};

/** Several things broken at once; where two rows break the same fact, the earlier gate's row wins. */
export const breaking =
  <F extends object>({ ladder, good, broken }: Ladder<F>) =>
  (which: readonly string[]): F =>
    Object.assign({}, good, ...ladder.filter(({ name }) => which.includes(name)).toReversed().map(({ name }) => broken[name]?.[0] ?? {})) as F; // the good ones, with some of the same kind over them

export function ladderSuite<F extends object>(told: Ladder<F>): void {
  const { ladder, good, broken } = told;
  const names = ladder.map(({ name }) => name);
  const withBroken = breaking(told);

  test('on a good day every gate opens, and their names are the record', async () => {
    expect(await climb(ladder, good)).toEqual({ passed: names, denial: null });
  });

  test('every gate has a row in the table above, in the same order', () => {
    expect(Object.keys(broken)).toEqual(names);
  });

  test.each(Object.entries(broken))('%s alone closes it, after every gate before it', async (name, [facts, code]) => {
    const { passed, denial } = await climb(ladder, { ...good, ...facts });
    expect(denial?.code).toBe(code);
    expect(passed).toEqual(names.slice(0, names.indexOf(name)));
  });

  test('taking a factor away never turns a denial into a pass: the first broken gate of the ladder decides', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(names), fc.constantFrom(...names), async (some, oneMore) => {
        const which = [...new Set([...some, oneMore])];
        const first = names.find((name) => which.includes(name)) ?? '';
        const { passed, denial } = await climb(ladder, withBroken(which));
        expect(denial?.code).toBe(broken[first]?.[1]);
        expect(passed).toEqual(names.slice(0, names.indexOf(first)));
      }),
      { numRuns: 300 },
    );
  });
}
