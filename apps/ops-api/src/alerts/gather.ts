/**
 * Counts firings, so that thousands become a handful: the same about the same is written once at once and once more
 * at the end of its quiet time, and beyond a number of subjects everything else of a kind is counted together.
 * No clock and no store: a firing or a moment in, what is to be written out. What it holds is bounded whatever arrives.
 */
import { TRIPWIRES, type TripwireKind } from '@argus/protocol/tripwires.ts';
import type { Firing } from './tripwires.ts';

/** Before the first one is written: a burst is then one. */
export const GATHER_MS = 1_000;
export const RETRY_MS = 5_000;
export const SUBJECTS_MAX = 20;
const DETAILS_MAX = 5;
const OTHERS = '(others)';

/** To be written: what it is about, how often, and the key under which it is written once. */
export type Gathered = Required<Firing> & { readonly firstAt: number; readonly isFirst: boolean; readonly slot: number; readonly key: string };

type Drawer = { readonly kind: TripwireKind; readonly slot: number; readonly isFirst: boolean; readonly openedAt: number; dueAt: number; gathered: Gathered | null };
export type Gathering = Map<string, Drawer>;

const slotOf = (kind: TripwireKind, at: number) => Math.floor(at / TRIPWIRES[kind].quietMs);
const endOf = ({ kind, slot }: Drawer) => (slot + 1) * TRIPWIRES[kind].quietMs;

/** Which drawer it goes into: its own, or that for everything which found no more room. */
function subjectFor(open: Gathering, { kind, subject }: Firing): string {
  if (open.has(`${kind} ${subject}`)) return subject;
  let taken = 0;
  for (const drawer of open.values()) if (drawer.kind === kind) taken++;
  return taken < SUBJECTS_MAX ? subject : OTHERS;
}

/** `by` tells the counts of several nodes apart; the first one is one for all of them. */
export function gather(open: Gathering, firing: Firing, { now, by }: { readonly now: number; readonly by: string }): void {
  const { kind } = firing;
  const subject = subjectFor(open, firing);
  const name = `${kind} ${subject}`;
  const drawer = open.get(name) ?? { kind, slot: slotOf(kind, now), isFirst: true, openedAt: now, dueAt: now + GATHER_MS, gathered: null };
  open.set(name, drawer);
  const { gathered: before, isFirst, slot, openedAt } = drawer;
  const isOthers = subject === OTHERS;
  drawer.gathered = {
    kind,
    subject,
    isFirst,
    slot,
    key: `${name} ${slot}${isFirst ? '' : ` ${by} ${openedAt}`}`,
    details: [...new Set([...(before?.details ?? []), ...(firing.details ?? [])])].slice(0, DETAILS_MAX),
    times: (before?.times ?? 0) + (firing.times ?? 1),
    firstAt: Math.min(before?.firstAt ?? firing.at, firing.at),
    at: Math.max(before?.at ?? firing.at, firing.at),
    // Of many subjects none is named, and no owner's tree is written to.
    tenant: (!isOthers && firing.tenant) || null,
    agent: (!isOthers && firing.agent) || null,
    session: (!isOthers && firing.session) || null,
    operator: (!isOthers && firing.operator) || null,
    address: (!isOthers && firing.address) || null,
  };
}

/** What is to be written by now; everything, when it is the end. */
export function takeRipe(open: Gathering, now: number): readonly Gathered[] {
  const ripe: Gathered[] = [];
  for (const [name, drawer] of open) {
    if (drawer.dueAt > now) continue;
    if (drawer.gathered) ripe.push(drawer.gathered);
    const end = endOf(drawer);
    // Its quiet time goes on: what comes from now is counted until it ends.
    if (drawer.isFirst && end > now) open.set(name, { ...drawer, isFirst: false, openedAt: now, dueAt: end, gathered: null });
    else open.delete(name);
  }
  return ripe;
}

/**
 * Nothing that was counted is lost. `unwritten`: it is tried again soon. `known`: somebody else wrote the first one, so
 * that ours counts among the rest.
 */
export function putBack(open: Gathering, back: Gathered, { why, now, by }: { readonly why: 'unwritten' | 'known'; readonly now: number; readonly by: string }): void {
  const name = `${back.kind} ${back.subject}`;
  const soon = now + RETRY_MS;
  const drawer = open.get(name) ?? { kind: back.kind, slot: back.slot, isFirst: back.isFirst && why === 'unwritten', openedAt: now, dueAt: soon, gathered: null };
  open.set(name, drawer);
  gather(open, back, { now, by });
  if (why === 'unwritten') drawer.dueAt = Math.min(drawer.dueAt, soon);
  if (drawer.gathered) drawer.gathered = { ...drawer.gathered, firstAt: Math.min(back.firstAt, drawer.gathered.firstAt) };
}

export const nextDue = (open: Gathering): number => Math.min(...[...open.values()].map((drawer) => drawer.dueAt)); // of none: never
