/**
 * Stands in front of the record for refusals that anybody can cause as often as they like, so that nobody can fill the
 * disk with them. It only decides how they are written down; the answer to the caller is made without it.
 */
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import type { ErrorCode } from '@argus/protocol/errors.ts';
import { addressBlock } from '../http/address-block.ts';
import { NOT_READ, UNAUTHENTICATED, type Attempt } from './attempt.ts';
import { createFlood, type Flood, type Held } from './flood.ts';

type Telling = {
  /** What makes two refusals the same one, again. */
  readonly sourceOf: (attempt: Attempt) => readonly (string | null | undefined)[];
};
/** Not by what is wrong with an assertion: its sender chooses that, and would be somebody else with every flaw. */
const byAddress: Telling = { sourceOf: (a) => [a.type, a.tenant, a.agent, a.operator, a.ip && addressBlock(a.ip), a.reason, a.accessIdentity] };
/** Somebody we know: it is they who are counted, from wherever they come and whatever they write. */
const byOperator: Telling = { sourceOf: (a) => [a.type, a.tenant, a.operator] };

/** Every other refusal costs a caller a factor, and is an entry of its own. Codes do not crowd each other out. */
const FLOODS: { readonly [C in ErrorCode]?: Telling } = {
  ip_not_allowlisted: byAddress,
  access_allowlist_empty: byAddress,
  bad_ops_token: byAddress,
  enrollment_refused: byAddress,
  sign_in_refused: byAddress,
  invitation_refused: byAddress,
  handoff_refused: byAddress,
  rate_limited: byOperator,
};

/** Somebody, or a code of ours, stands behind it: those are told apart from what anybody can make up, and not crowded out by it. */
const isProved = (a: Attempt): boolean => a.accessIdentity !== undefined || a.agent !== undefined || a.operator !== UNAUTHENTICATED;

export type FloodsDeps = { readonly clock: Clock; /** False: not on record. */ readonly write: (attempt: Attempt) => Promise<boolean> };

export function createFloods({ clock, write }: FloodsDeps) {
  const floods = new Map<string, Flood<Attempt>>();
  let cancel: (() => void) | null = null;

  const floodOf = (code: string): Flood<Attempt> => {
    let flood = floods.get(code);
    if (!flood) floods.set(code, (flood = createFlood()));
    return flood;
  };
  const names = (attempt: Attempt, telling: Telling) => ({ source: JSON.stringify(telling.sourceOf(attempt)), kind: attempt.type });

  async function tell(flood: Flood<Attempt>, held: Held<Attempt>, { isLast }: { isLast: boolean }): Promise<void> {
    const telling = tellingOf(held.sample);
    if ((await write(summaryOf(held, clock.now()))) || isLast || !telling) return;
    flood.giveBack(names(held.sample, telling), held, clock.elapsed());
    plan();
  }

  function plan(): void {
    if (cancel) return;
    const next = Math.min(...[...floods.values()].map((flood) => flood.nextAt() ?? Number.POSITIVE_INFINITY));
    if (!Number.isFinite(next)) return;
    cancel = clock.after(Math.max(1, Math.ceil(next - clock.elapsed())), () => {
      cancel = null;
      for (const flood of floods.values()) for (const held of flood.ripe(clock.elapsed())) void tell(flood, held, { isLast: false });
      plan();
    });
  }

  return {
    /** Resolves when it is on record, or counted. */
    async record(attempt: Attempt): Promise<void> {
      const telling = tellingOf(attempt);
      if (!telling) return void (await write(attempt));
      const flood = floodOf(`${attempt.code ?? ''}${isProved(attempt) ? ' proved' : ''}`);
      const heard = { ...names(attempt, telling), sample: attempt, at: attempt.at };
      const isTold = flood.isTold(heard, clock.elapsed());
      plan();
      if (!isTold || (await write(attempt))) return;
      flood.giveBack(heard, { sample: attempt, isMany: false, count: 1, first: attempt.at, last: attempt.at }, clock.elapsed());
      plan();
    },
    /** At the end: what is counted so far, one try each. */
    async flush(): Promise<void> {
      cancel?.();
      cancel = null;
      await Promise.all([...floods.values()].flatMap((flood) => flood.rest().map((held) => tell(flood, held, { isLast: true }))));
    },
  };
}
export type Floods = ReturnType<typeof createFloods>;

/** Only what was refused before anything was done: an outcome always belongs to its intent. */
const tellingOf = ({ phase, outcome, code }: Attempt): Telling | null =>
  phase === 'fact' && outcome === 'refused' && code !== undefined ? ((FLOODS as Readonly<Record<string, Telling>>)[code] ?? null) : null;

function summaryOf({ sample, isMany, count, first, last }: Held<Attempt>, at: number): Attempt {
  const args = { count, first: isoTime(first), last: isoTime(last) };
  // Of many sources nothing is said but what holds for all of them.
  if (isMany) {
    const { type, phase, by, gatesPassed, outcome, code } = sample;
    return { at, type, phase, tenant: null, operator: UNAUTHENTICATED, by, reason: NOT_READ, ...pick({ gatesPassed, outcome, code }), args: { ...args, addresses: 'many' } };
  }
  return { ...sample, at, ...(sample.ip !== undefined && { ip: addressBlock(sample.ip) }), args };
}

/** What is absent stays absent. */
const pick = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { readonly [K in keyof T]?: Exclude<T[K], undefined> };
