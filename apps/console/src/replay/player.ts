/** Which step is shown, and for how long. Pure: what is pressed, and the time, come in. */
import { FINDINGS } from '@argus/evidence/findings.ts';
import type { ReplayStep } from '@argus/protocol/replay.ts';
import { ownIn } from '../own-in.ts';
import type { Proof } from '../proof/question.ts';

export const SPEEDS = [1, 4, 16] as const;
export type Speed = (typeof SPEEDS)[number];

/** Long enough to be read; nobody waits through the ten minutes in which nothing was asked. */
const SHOWN_MIN_MS = 600;
const SHOWN_MAX_MS = 6_000;

/** How long a step is shown before the next one; null: it is the last. */
export function shownFor(steps: readonly Pick<ReplayStep, 'at'>[], at: number, speed: Speed): number | null {
  const [here, next] = [steps[at], steps[at + 1]];
  if (!here || !next) return null;
  const apart = (Date.parse(next.at) - Date.parse(here.at)) / speed;
  return Math.max(SHOWN_MIN_MS, Math.min(SHOWN_MAX_MS / speed, Number.isNaN(apart) ? 0 : apart));
}

export type Key = 'back' | 'on' | 'play' | 'first' | 'last';
const KEYS: Readonly<Record<string, Key>> = { ArrowLeft: 'back', ArrowRight: 'on', ' ': 'play', Home: 'first', End: 'last' };

/** What a key means here; null where whatever has the focus takes it for itself. */
export function keyOf({ key, tag, isModified }: { readonly key: string; readonly tag: string; readonly isModified: boolean }): Key | null {
  const meant = isModified ? null : (ownIn(KEYS, key) ?? null);
  if (meant === null || ['INPUT', 'SELECT', 'TEXTAREA', 'DIALOG'].includes(tag)) return null;
  return meant === 'play' && ['BUTTON', 'A', 'SUMMARY'].includes(tag) ? null : meant;
}

export function moved(at: number, key: Exclude<Key, 'play'>, count: number): number {
  const to = { back: at - 1, on: at + 1, first: 0, last: count - 1 }[key];
  return Math.max(0, Math.min(count - 1, to));
}

export type StepProof = 'checking' | 'proved' | 'wrong';
/** A step stands on the checkpoint and on its own entries: what is wrong with either is wrong with it. */
export function proofOf(step: ReplayStep, proof: Proof | null): StepProof {
  if (!proof) return 'checking';
  const entries = [step.index, step.answer?.index, step.late?.index];
  const isWrong = proof.differs.includes(String(step.index)) || proof.checked.findings.some(({ code, index }) => FINDINGS[code].fails && (index === undefined || entries.includes(index)));
  return isWrong ? 'wrong' : 'proved';
}
