/** What was seen of a ladder, in words. Decides nothing and looks at nothing that no gate has looked at. */
import { isoTime } from '@argus/kit/clock.ts';
import { ERRORS, type Denial } from '@argus/protocol/errors.ts';
import type { Explained, GateExplained } from '@argus/protocol/http/explain.ts';
import type { Seen } from '../gates/survey.ts';

/** What a gate looks at, what it found there, and what is said when it refuses and neither it nor the refusal says more. */
export type GateWords<F> = { readonly looksAt: string; readonly found?: (facts: F, isPassed: boolean) => Promise<readonly string[]> | readonly string[]; readonly missed?: string };
export type LadderWords<F> = Readonly<Record<string, GateWords<F>>>;

export const firstRefusal = (seen: readonly Seen[]): Denial | null => seen.find((one) => one.state === 'not_passed')?.denial ?? null;

/** As the record has it of an act: the gates before the first that would refuse. */
export function passedInARow(seen: readonly Seen[]): readonly string[] {
  const shut = seen.findIndex(({ state }) => state !== 'passed');
  return (shut < 0 ? seen : seen.slice(0, shut)).map(({ gate }) => gate);
}

export async function inWords<F>(seen: readonly Seen[], facts: F, words: LadderWords<F>): Promise<GateExplained[]> {
  return Promise.all(
    seen.map(async (one) => {
      const { looksAt, found, missed } = words[one.gate] ?? { looksAt: 'It has no description yet.' };
      const base = { gate: one.gate, state: one.state, looks_at: looksAt };
      if (one.state === 'not_looked_at') return { ...base, code: null, found: [`Not looked at: ${one.behind} comes first.`], remedy: null };
      const more = (await found?.(facts, one.state === 'passed')) ?? [];
      if (one.state === 'passed') return { ...base, code: null, found: [...more], remedy: null };
      const { code, facts: said } = one.denial;
      const told = [...(said?.problems ?? []), ...(said?.server_time === undefined ? [] : [`the server's clock says ${said.server_time}`])];
      const all = [...told, ...more];
      return { ...base, code, found: all.length === 0 && missed !== undefined ? [missed] : all, remedy: ERRORS[code].hint };
    }),
  );
}

type About = Pick<Explained, 'tenant_id' | 'agent_id' | 'beyond'> & { readonly at: number };
export function explainedOf(seen: readonly Seen[], gates: GateExplained[], { at, ...about }: About): Explained {
  const denial = firstRefusal(seen);
  return { would_pass: denial === null && seen.every(({ state }) => state === 'passed'), code: denial?.code ?? null, ...about, at: isoTime(at), gates };
}
