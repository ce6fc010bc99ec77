/**
 * What a machine has written down itself, beside any server: its activity journal, line by line in a chain of hashes, and
 * the last state of its witness journal. Read here as files of an owner; the agent that writes them is another program.
 */
import { toHex, utf8 } from '@argus/kit/bytes.ts';
import type { Sha256 } from '@argus/ledger/hash.ts';
import { ArgsCommit } from '@argus/protocol/args-commit.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { z } from 'zod';

const Line = z.object({
  n: z.int().min(0),
  prev: z.string(),
  at: z.string(),
  what: z.string(), // a newer agent may write of things we do not know; they are in the chain all the same
  phase: z.enum(['intent', 'outcome', 'fact']),
  operator: z.string().optional(),
  session: z.string().optional(),
  request: z.string().optional(),
  command: z.string().optional(),
  args: ArgsCommit.optional(),
  outcome: z.string().optional(),
  code: z.string().optional(),
  entry: z.int().min(0).optional(),
});
export type JournalLine = z.infer<typeof Line>;
export type MachineJournal = {
  readonly lines: readonly JournalLine[];
  readonly breaks: readonly string[];
  /** Nothing older was put away. */
  readonly isFromTheStart: boolean;
};

const NO_LINE = '0'.repeat(64);
/** Far above what an agent writes: the entry of a log is a quarter of it. Longer ones are not read, only counted as broken. */
export const JOURNAL_LINE_MAX = 65_536;
/** What a machine has done in many years; a file of empty lines is not walked for ever. */
export const JOURNAL_LINES_MAX = 1_000_000;
/** Everybody is told the first; a file that is broken everywhere is broken. */
const BREAKS_MAX = 100;

/** `text`: all files of it, oldest first, one after the other. */
export function readActivityJournal(text: string, sha256: Sha256): MachineJournal {
  const lines: JournalLine[] = [];
  const breaks: string[] = [];
  const texts = text.split('\n');
  if (texts.pop() !== '') breaks.push('its last line is cut short');
  if (texts.length > JOURNAL_LINES_MAX) return { lines, breaks: [`it has ${texts.length} lines, more than any machine writes`], isFromTheStart: false };
  const broken = (why: string) => void (breaks.length < BREAKS_MAX && breaks.push(why));
  let before = null as { readonly n: number; readonly hash: string } | null; // assigned in the loop, which the compiler forgets
  for (const [i, raw] of texts.entries()) {
    const read = Line.safeParse(raw.length > JOURNAL_LINE_MAX ? null : parseJson(raw));
    if (!read.success) broken(`line ${i + 1} cannot be read`);
    else {
      const { n, prev } = read.data;
      if (before ? prev !== before.hash || n !== before.n + 1 : n === 0 && prev !== NO_LINE) broken(`line ${i + 1}, number ${n}, does not continue the one before`);
      lines.push(read.data);
    }
    before = { n: read.success ? read.data.n : (before?.n ?? -1) + 1, hash: toHex(sha256(utf8(raw))) };
  }
  return { lines, breaks, isFromTheStart: lines[0]?.n === 0 };
}

const State = z.object({
  size: z.int().min(0),
  checkpoint: z.string(),
  highestActed: z.int().min(-1),
  fork: z.string().nullable(),
  requests: z.array(z.string()).optional(),
});
export type WitnessState = Omit<z.infer<typeof State>, 'requests'> & { readonly requests: readonly string[] };

/** The last whole line, and the requests of all of them. Null: there is none, or one cannot be read. */
export function readWitnessJournal(text: string): WitnessState | null {
  let last: z.infer<typeof State> | null = null;
  const requests: string[] = [];
  for (const raw of text.split('\n').slice(0, -1)) {
    if (raw === '') continue;
    if (raw.length > JOURNAL_LINE_MAX) return null;
    const state = State.safeParse(parseJson(raw));
    if (!state.success) return null;
    last = state.data;
    requests.push(...(last.requests ?? []));
  }
  return last && { ...last, requests };
}
