import { LATE_MAX, type LateWord } from '@argus/protocol/frames.ts';

/**
 * Signed answers of which this machine does not know whether the server heard them: there was no line, or it broke. A
 * frame comes after those sent before it, so the echo of a challenge proves that what went before it was heard. The rest
 * is said again on the next line, in a heartbeat and without the result; the server writes down what it did not know.
 */
type Said = { readonly word: LateWord; toldAt: number | null }; // null: not on this line
const CHALLENGES_KEPT = 4;

export function createUnheard() {
  let said: Said[] = [];
  let told = 0;
  const challenges = new Map<string, number>();

  return {
    /** `isTold`: it went out on the line that is up. The newest stay. */
    note(word: LateWord, isTold: boolean): void {
      const others = said.filter((one) => one.word.request_id !== word.request_id);
      said = [...others, { word, toldAt: isTold ? ++told : null }].slice(-LATE_MAX);
    },
    /** What has to be said on this line, once. */
    take(): readonly LateWord[] {
      const untold = said.filter((one) => one.toldAt === null);
      for (const one of untold) one.toldAt = ++told;
      return untold.map((one) => one.word);
    },
    challenged(challenge: string): void {
      challenges.set(challenge, told);
      for (const oldest of challenges.keys()) {
        if (challenges.size <= CHALLENGES_KEPT) break;
        challenges.delete(oldest);
      }
    },
    echoed(challenge: string): void {
      const heard = challenges.get(challenge);
      if (heard !== undefined) said = said.filter(({ toldAt }) => toldAt === null || toldAt > heard);
    },
    lineBroke(): void {
      challenges.clear();
      for (const one of said) one.toldAt = null;
    },
  };
}
export type Unheard = ReturnType<typeof createUnheard>;
