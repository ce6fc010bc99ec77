/** One thing that has to hold, watched from the first entry to the last. */
import type { Entry } from '../entry.ts';
import type { Note } from '../findings.ts';

export type Rule = {
  see(entry: Entry): void | Promise<void>;
  end?(): void | Promise<void>;
};

export type RuleContext = {
  readonly note: Note;
  /** From the first entry on. Otherwise what came before is not known, and nothing is concluded from its absence. */
  readonly isFromTheStart: boolean;
  /** Whatever came of something is here too. Otherwise the part ends before the log does, and what is open in it may have been answered since. */
  readonly reachesTheEnd: boolean;
  /** When the log was read, or the bundle says it was made: what is open then may still be running. */
  readonly asOf: number;
};

/** Clocks of two nodes of one server may differ by this much; it is the same that the server allows for. */
export const CLOCKS_MS = 60_000;
/** Long after every time limit of a command and of a last word. */
export const LONG_OVER_MS = 600_000;
