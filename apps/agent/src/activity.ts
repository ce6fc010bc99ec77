import { sha256Hex } from '@argus/keys/hash.ts';
import { ArgsCommit } from '@argus/protocol/args-commit.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { OUTCOMES } from '@argus/protocol/leaf.ts';
import { PATCH_FILES_MAX } from '@argus/protocol/patch.ts';
import { isoTimeText } from '@argus/protocol/text.ts';
import { z } from 'zod';

/**
 * The owner's own record of what was done on this machine: one line of JSON per act, and each line carries the SHA-256 of
 * the line before it, so that nothing in the middle can be changed or taken out without it showing. Pure.
 */
export const DEEDS = ['session', 'session_ended', 'command', 'switched_off', 'switched_on', 'log_accepted', 'consent_pinned', 'consent_revoked'] as const;
const text = (max: number) => z.string().max(max).optional();
export const ActivityEntry = z.object({
  at: isoTimeText(),
  what: z.enum(DEEDS),
  phase: z.enum(['intent', 'outcome', 'fact']),
  operator: text(320),
  reason: text(500),
  session: text(64),
  request: text(128),
  command: text(64),
  args: ArgsCommit.optional(), // as the log has them: public ones in clear, the others as digests
  outcome: z.enum(OUTCOMES).optional(),
  patch: z.object({ files: z.array(z.string().max(128)).max(PATCH_FILES_MAX), note: z.string().max(500) }).optional(), // what was put on this machine, by name; its content is in the files
  code: text(64),
  entry: z.int().min(0).optional(), // index of the leaf in the tenant's log
  leaf: text(64), // its leaf hash, in hex
  evidence: z.object({ followed: z.string().max(4_096), accepted: z.string().max(4_096) }).optional(), // signed checkpoints that contradict each other
});
export type ActivityEntry = z.infer<typeof ActivityEntry>;

export type Patched = NonNullable<ActivityEntry['patch']>;

const Line = ActivityEntry.extend({ n: z.int().min(0), prev: z.string() });
export type ActivityLine = z.infer<typeof Line>;

/** Where the next line goes, and what it has to carry. */
export type Head = { readonly n: number; readonly hash: string };
export const NO_LINE: Head = { n: 0, hash: '0'.repeat(64) };

/** One line without its line feed, and where the one after it goes. */
export function chained(entry: ActivityEntry, { n, hash }: Head): { readonly line: string; readonly next: Head } {
  const line = JSON.stringify({ n, ...entry, prev: hash });
  return { line, next: { n: n + 1, hash: sha256Hex(line) } };
}

/** After the last line that is there, whatever stands in it: a spoiled one is told by who reads the chain. */
export function headAfter(line: string): Head {
  const parsed = Line.safeParse(parseJson(line));
  return { n: parsed.success ? parsed.data.n + 1 : 0, hash: sha256Hex(line) };
}

export type Break = { readonly line: number; readonly why: string }; // counted from 1, over all files
export type ReadActivity = { readonly lines: readonly ActivityLine[]; readonly breaks: readonly Break[] };

/** `isFromTheStart`: nothing was ever put away for good, so the first line has to be the first. */
export function readChain(text: string, { isFromTheStart }: { readonly isFromTheStart: boolean }): ReadActivity {
  const lines: ActivityLine[] = [];
  const breaks: Break[] = [];
  let head: Head | null = isFromTheStart ? NO_LINE : null; // null: whatever it says
  const texts = text.split('\n');
  if (texts.at(-1) === '') texts.pop();
  for (const [index, raw] of texts.entries()) {
    const why = (reason: string) => breaks.push({ line: index + 1, why: reason });
    const parsed = Line.safeParse(parseJson(raw));
    if (!parsed.success) why('it cannot be read');
    else {
      const { n, prev } = parsed.data;
      if (head && prev !== head.hash) why(n === head.n ? 'the line before it is not the one it was written after' : `it is number ${n} where number ${head.n} should stand`);
      else if (head && n !== head.n) why(`it is number ${n} where number ${head.n} should stand`);
      lines.push(parsed.data);
    }
    head = parsed.success ? { n: parsed.data.n + 1, hash: sha256Hex(raw) } : { n: (head?.n ?? 0) + 1, hash: sha256Hex(raw) };
  }
  return { lines, breaks };
}
