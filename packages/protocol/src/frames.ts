import { err, ok, type Result } from '@argus/kit/result.ts';
import { z } from 'zod';
import { SCOPE_TEXT_MAX } from './consent-scope.ts';
import { deny, type Denial } from './errors.ts';
import { parseJson } from './handshake.ts';
import { id } from './ids.ts';
import { isCrowded, plainJson } from './json.ts';
import { KeptReply } from './kept.ts';
import { LEAF_BYTES_MAX } from './leaf.ts';
import { LOG_KEYS_MAX } from './log-keys.ts';
import { Manifest } from './manifest.ts';
import { OperatorProof } from './operator-proof.ts';
import { RECEIPT_TEXT_MAX } from './receipt.ts';
import { agentText, base64Of32, base64Of64, isoTimeText, sha256Hex } from './text.ts';

/**
 * Bump by one when either side must behave differently. Never reuse, never reorder.
 *
 *   1  2026-11-21  activate, command, tick, deactivate, consistency, pace, move, error;
 *                  heartbeat, activated, reply, manifest, challenge
 *      2026-11-21  added: activate.scope, heartbeat.late. Who does not know them leaves them out
 *      2026-11-21  added: args, and command.args_parts: arguments that are too long for one frame
 *      2026-11-21  added: heartbeat.cosignature and heartbeat.followed, what an agent says to a consistency
 *      2026-11-21  added: activate.key_changes, command.key_changes, consistency.key_changes: the entries that changed the log key
 *      2026-11-21  added: activate.receipt, activate.operator_proof. A machine without a consent key needs neither
 *      2026-11-21  added: the kind passkey of activate.operator_proof, and of a receipt's operator_keys. Who does not know it refuses both
 *      2026-11-21  added: reply.end.kept: the result is to be kept, sealed to the tenant's key. Who does not know it keeps nothing
 */
export const PROTOCOL_VERSION = 1;

/** Results travel in pieces of at most this many characters, so a large one cannot starve the lease. */
export const CHUNK_MAX = 65_536;
/** The largest frame either side reads: a full chunk, escaped, inside its envelope. */
export const FRAME_BYTES_MAX = 524_288;

/** Proof hashes: a tree of 2^53 leaves needs at most 53, a consistency proof one more. */
const hashes = () => z.array(base64Of32()).max(64);

/** Where an act stands in the tenant's log, with everything needed to check it alone. */
const inTheLog = {
  leaf: z.string().max(LEAF_BYTES_MAX), // the exact text that was hashed
  index: z.int().min(0),
  inclusion: hashes(),
  checkpoint: z.string().max(4_096), // a signed note
  consistency: z.object({ from: z.int().min(0), proof: hashes() }),
};
/** Entries that changed the log key since the agent last followed the log, in order; the rest is proved from the last of them. */
const keyChanges = { key_changes: z.array(z.object(inTheLog)).max(LOG_KEYS_MAX).optional() };

const DownFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('activate'),
    session: id('session'),
    tenant: id('tenant'),
    agent: id('agent'),
    epoch: z.int().min(0),
    ...inTheLog,
    ...keyChanges,
    scope: z.string().max(SCOPE_TEXT_MAX).optional(), // of the consent, where the leaf has only its digest
    receipt: z.string().max(RECEIPT_TEXT_MAX).optional(), // the consent in the tenant's own hand, exact text
    operator_proof: OperatorProof.optional(), // where the receipt asks for one
  }),
  z.object({
    type: z.literal('command'),
    session: id('session'),
    tenant: id('tenant'),
    agent: id('agent'),
    request_id: id('request'),
    ...inTheLog,
    ...keyChanges,
    args: z.record(z.string(), plainJson()), // empty where they came before, in parts
    args_parts: z.int().min(1).max(1_024).optional(),
    salt: z.string().max(64).optional(), // opens the digests in the leaf's args_commit
  }),
  z.object({ type: z.literal('args'), session: id('session'), request_id: id('request'), part: z.int().min(0).max(1_023), chunk: z.string().max(CHUNK_MAX) }),
  z.object({ type: z.literal('tick'), session: id('session'), epoch: z.int().min(0), challenge: z.string().max(64) }),
  z.object({ type: z.literal('deactivate'), session: id('session'), why: agentText(64) }),
  z.object({
    type: z.literal('consistency'),
    from: z.int().min(0),
    to: z.int().min(0),
    proof: hashes(),
    checkpoint: z.string().max(4_096),
    ...keyChanges,
  }),
  z.object({ type: z.literal('pace'), retry_after_s: z.int().min(1).max(86_400) }),
  z.object({ type: z.literal('move') }),
  z.object({ type: z.literal('error'), code: agentText(64) }),
]);
/** Server to agent. */
export type DownFrame = z.infer<typeof DownFrame>;

const counter = () => z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const Counters = z.object({
  dropped: counter(), //  commands while dormant
  refused: counter(), //  acts its own ladder refused
  unread: counter(), //   frames it could not read
  commands: counter(), // commands it ran
});
export type Counters = z.infer<typeof Counters>;

const code = () => agentText(64);

/** The agent's word on what became of one command, signed. */
const verdict = {
  ok: z.literal(true).optional(),
  code: code().optional(), // exactly one of ok and code
  result_sha256: sha256Hex(),
  at: isoTimeText(),
  signature: base64Of64(),
};
/** More of them than an agent runs at once can be unheard, but not by much. */
export const LATE_MAX = 32;

const UpFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('heartbeat'),
    counters: Counters,
    ended: z
      .object({ session: id('session'), how: code(), at: isoTimeText(), signature: base64Of64() })
      .optional(), // the agent's own word on how a session ended
    alarms: z.array(code()).max(16).optional(),
    late: z.array(z.object({ request_id: id('request'), ...verdict })).max(LATE_MAX).optional(), // answers nobody may have heard
    cosignature: z.object({ checkpoint: z.string().max(4_096), line: z.string().max(512) }).optional(), // the note as it came, and our line for under it
    followed: z.int().min(0).optional(), // how far it has followed the log, where that is not where a proof began
  }),
  z.object({
    type: z.literal('activated'),
    session: id('session'),
    indicator: z.boolean(), // true only when the owner can see it
    code: code().optional(), // why not
  }),
  z.object({
    type: z.literal('reply'),
    request_id: id('request'),
    part: z.int().min(0).max(65_535),
    chunk: z.string().max(CHUNK_MAX),
    end: z.object({ ...verdict, kept: KeptReply.optional() }).optional(), // on the last part only
  }),
  z.object({
    type: z.literal('manifest'),
    manifest: Manifest,
    session: id('session').nullable(), // the session this very process holds: resume is for it alone
  }),
  z.object({ type: z.literal('challenge'), session: id('session'), challenge: z.string().max(64) }),
]);
/** Agent to server. */
export type UpFrame = z.infer<typeof UpFrame>;

type Named<F extends { type: string }, T extends F['type']> = Extract<F, { type: T }>;
export type ActivateFrame = Named<DownFrame, 'activate'>;
export type CommandFrame = Named<DownFrame, 'command'>;
/** A piece of the arguments of a command that comes after it. They are canonical JSON, and count for nothing before. */
export type ArgsFrame = Named<DownFrame, 'args'>;
export type ReplyFrame = Named<UpFrame, 'reply'>;
/** What an agent says of a command whose answer may not have been heard. */
export type LateWord = NonNullable<Named<UpFrame, 'heartbeat'>['late']>[number];
/** How the log has grown, for an agent that is asked to follow it. */
export type ConsistencyFrame = Named<DownFrame, 'consistency'>;
/** That an agent has seen a checkpoint and found it to continue the one before. */
export type Cosigned = NonNullable<Named<UpFrame, 'heartbeat'>['cosignature']>;
/** The part of a frame that places an act in the log. */
export type InTheLog = Pick<ActivateFrame, 'leaf' | 'index' | 'inclusion' | 'checkpoint' | 'consistency' | 'key_changes'>;
export type KeyChange = NonNullable<InTheLog['key_changes']>[number];

const parse = <T>(schema: z.ZodType<T>, raw: string): Result<T, Denial> => {
  if (raw.length > FRAME_BYTES_MAX) return err(deny('bad_frame', 'frame is too long'));
  const parsed = schema.safeParse(parseJson(raw));
  return parsed.success ? ok(parsed.data) : err(deny('bad_frame'));
};

/** Of more values than any act has, nothing is read: an agent runs where that takes long, and its owner's switch would wait for it. */
export const parseDown = (raw: string): Result<DownFrame, Denial> => (isCrowded(raw) ? err(deny('bad_frame', 'frame holds too many values')) : parse(DownFrame, raw));
export const parseUp = (raw: string): Result<UpFrame, Denial> => parse(UpFrame, raw);
export const encodeFrame = (frame: DownFrame | UpFrame): string => JSON.stringify(frame);
export const DOWN_FRAME_TYPES: readonly string[] = DownFrame.options.map((o) => o.shape.type.value);
export const UP_FRAME_TYPES: readonly string[] = UpFrame.options.map((o) => o.shape.type.value);
