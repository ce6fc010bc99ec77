/**
 * A gate looks at facts and either lets the caller through (`null`) or returns a denial.
 * A ladder is gates in order. The first denial wins, and later gates are never consulted.
 */
export type Gate<F, D> = {
  readonly name: string;
  readonly check: (facts: F) => D | null | Promise<D | null>;
};

export type Climb<D> = { readonly passed: readonly string[]; readonly denial: D | null };

/** `before` carries the names of gates an earlier stretch of the same ladder has passed. */
export async function climb<F, D>(
  ladder: readonly Gate<F, D>[],
  facts: F,
  before: readonly string[] = [],
): Promise<Climb<D>> {
  const passed = [...before];
  for (const gate of ladder) {
    const answer = gate.check(facts);
    // Most gates answer at once; a ladder of plain facts should not cost a tick per rung.
    const denial = answer instanceof Promise ? await answer : answer;
    if (denial) return { passed, denial };
    passed.push(gate.name);
  }
  return { passed, denial: null };
}
