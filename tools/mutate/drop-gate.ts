/** Runs before a test file: the gate this project is about is still there, and lets everybody through. */
import { inject } from 'vitest';

declare module 'vitest' {
  // The place vitest looks at for the types of inject(); it has to be an interface.
  interface ProvidedContext {
    readonly dropped: { readonly file: string; readonly ladder: string; readonly index: number };
  }
}

const { file, ladder, index } = inject('dropped');
const gates = ((await import(file)) as Record<string, { name: string; check: () => unknown }[]>)[ladder];
const gate = gates?.[index];
// Another object in its place: a gate may stand in several ladders, and keeps watch in the others.
if (!gates || !gate) throw new Error(`there is no gate ${index} in ${ladder}`);
gates[index] = { name: gate.name, check: () => null };
