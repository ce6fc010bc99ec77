/**
 * A session as it stands in the log: what was asked, by whom, and what came of it. Pure, and read from exact texts alone, so
 * that whoever checked those can make it again. What a machine answered is not in the log; its digest and signature are.
 */
import { toHex, utf8, concatBytes } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { z } from 'zod';
import { ArgsCommit, type Sha256 } from './args-commit.ts';
import { ACTORS, OUTCOMES, parseLeaf, type Leaf } from './leaf.ts';
import { base64Of64, isoTimeText, sha256Hex } from './text.ts';

const Answered = z.object({
  index: z.int(),
  at: isoTimeText(),
  by: z.enum(ACTORS).optional(),
  outcome: z.enum(OUTCOMES),
  code: z.string().optional(),
  result_sha256: sha256Hex().optional(), // of the exact text of the result
  agent_at: isoTimeText().optional(), //    by the clock of the machine
  agent_signature: base64Of64().optional(),
  /** Of an answer that has a result: whether the log has its digest only, or it is also kept, sealed to the tenant's key. */
  result: z.enum(['digest_only', 'kept_sealed']).optional(),
});

export const ReplayStep = z.object({
  index: z.int(),
  at: isoTimeText(),
  type: z.string(),
  /** `asked`: an intent, with `answer` once there is one. `happened`: a fact, which has nothing to wait for. */
  is: z.enum(['asked', 'happened']),
  operator: z.string().optional(),
  by: z.enum(ACTORS).optional(),
  reason: z.string().optional(),
  request_id: z.string().optional(),
  command: z.string().optional(),
  args: ArgsCommit.optional(),
  /** Null: the log has none yet. Of a fact: how it went. */
  answer: Answered.nullable(),
  /** What the machine said after the answer had been recorded as unknown. */
  late: Answered.nullable(),
});
export type ReplayStep = z.infer<typeof ReplayStep>;
type Answered = z.infer<typeof Answered>;
export type ReplayEntry = { readonly index: number; readonly leaf: string };

/**
 * Entries in ascending order, as many as are at hand. An answer belongs to the intent whose hash it names, not to the one
 * whose id it shares; one whose intent is not at hand is left out.
 */
export function replay(entries: readonly ReplayEntry[], sha256: Sha256): Result<readonly ReplayStep[], string> {
  const steps: ReplayStep[] = [];
  const intents = new Map<string, ReplayStep>();
  for (const { index, leaf: text } of entries) {
    const read = parseLeaf(text);
    if (!read.ok) return err(`entry ${index}: ${read.error}`);
    const leaf = read.value;
    if (leaf.seq !== index) return err(`entry ${index} says it is entry ${leaf.seq}`);
    const asked = leaf.intent_sha256 === undefined ? undefined : intents.get(leaf.intent_sha256);
    if (leaf.phase === 'outcome') {
      if (asked && asked.answer === null) asked.answer = answerOf(leaf);
    } else if (leaf.type === 'remote_support_late_outcome') {
      if (asked && asked.late === null) asked.late = answerOf(leaf);
    } else {
      const step = stepOf(leaf);
      steps.push(step);
      if (leaf.phase === 'intent') intents.set(leafHashOf(text, sha256), step);
    }
  }
  return ok(steps);
}

/** RFC 6962, as packages/ledger has it: an outcome names its intent so. */
const leafHashOf = (text: string, sha256: Sha256): string => toHex(sha256(concatBytes(Uint8Array.of(0x00), utf8(text))));

const stepOf = (leaf: Leaf): ReplayStep =>
  present({
    index: leaf.seq,
    at: leaf.at,
    type: leaf.type,
    is: leaf.phase === 'intent' ? ('asked' as const) : ('happened' as const),
    operator: leaf.operator,
    by: leaf.by,
    reason: leaf.reason,
    request_id: leaf.request_id,
    command: leaf.command,
    args: leaf.args_commit,
    answer: leaf.phase === 'intent' ? null : answerOf(leaf),
    late: null,
  });

const answerOf = (leaf: Leaf): Answered =>
  present({
    index: leaf.seq,
    at: leaf.at,
    by: leaf.by,
    outcome: leaf.outcome ?? 'ok',
    code: leaf.code,
    result_sha256: leaf.result_sha256,
    agent_at: leaf.agent_at,
    agent_signature: leaf.agent_signature,
    result: leaf.outcome !== 'ok' || leaf.result_sha256 === undefined ? undefined : leaf.kept_sha256 === undefined ? 'digest_only' : 'kept_sealed',
  });

/** Absent means omitted, as in the leaf. */
const present = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T; // the members that are left have their types
