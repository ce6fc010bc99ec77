/**
 * A whole ladder looked at, also behind a gate that would refuse: every gate answers by itself what it can, and nothing is
 * asked whose facts hang on a gate that refused. A gate nobody wrote down here hangs on every gate before it, so that what
 * is new tells nothing until somebody has said what it may tell.
 */
import type { Gate } from '@argus/kit/gate.ts';
import type { Denial } from '@argus/protocol/errors.ts';

export type Seen =
  | { readonly gate: string; readonly state: 'passed' }
  | { readonly gate: string; readonly state: 'not_passed'; readonly denial: Denial }
  | { readonly gate: string; readonly state: 'not_looked_at'; readonly behind: string };
/** Gate → the gates that have to be passed before it is asked. */
export type Needs = Readonly<Record<string, readonly string[]>>;

export async function survey<F>(ladder: readonly Gate<F, Denial>[], facts: F, { needs, passed }: { needs: Needs; passed: readonly string[] }): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  const open = new Set(passed);
  for (const [i, { name, check }] of ladder.entries()) {
    const before = Object.hasOwn(needs, name) ? (needs[name] ?? []) : [...passed, ...ladder.slice(0, i).map((gate) => gate.name)];
    const behind = before.find((needed) => !open.has(needed));
    if (behind !== undefined) {
      seen.push({ gate: name, state: 'not_looked_at', behind });
      continue;
    }
    const denial = await check(facts);
    if (denial) seen.push({ gate: name, state: 'not_passed', denial });
    else seen.push({ gate: name, state: 'passed' });
    if (!denial) open.add(name);
  }
  return seen;
}

/**
 * Behind `agent` everything is about one tenant: whoever may not see it is told what everybody is told of an agent that
 * does not exist, and nothing after it.
 */
export const ACTIVATION_NEEDS: Needs = {
  enabled: [],
  request: [],
  fresh: ['request'],
  step_up: [],
  agent: ['request'],
  consent: ['agent'],
  operator_proof: ['agent', 'consent'],
  armed: ['agent'],
  online: ['agent'],
  free: ['agent'],
  nonce: ['agent'],
};

/** Behind `operator` everything is about one session: whoever it is not for is told nothing of its tenant. */
export const COMMAND_NEEDS: Needs = {
  enabled: [],
  session: [],
  operator: ['session'],
  request: [],
  bound: ['operator', 'request'],
  consent: ['operator'],
  armed: ['operator'],
  known: ['request'],
  covered: ['bound', 'consent', 'known'],
  args: ['known'],
};
