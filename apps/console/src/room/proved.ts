/**
 * What happened, out of the entries themselves: each one is hashed here and has to stand under the checkpoint it came with. What the
 * server says about an entry is not shown; what stands in it is. Pure.
 */
import { fromBase64, utf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Replay } from '@argus/client/log-requests.ts';
import { hashesOf } from '@argus/evidence/hashes.ts';
import { sha256 } from '@argus/evidence/sha256.ts';
import { readCheckpoint } from '@argus/evidence/signed-notes.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { verifyConsistency, verifyInclusion } from '@argus/ledger/proofs.ts';
import { parseLeaf } from '@argus/protocol/leaf.ts';
import { replay, type ReplayStep } from '@argus/protocol/replay.ts';

/** `under`: the size of the checkpoint its entries stand under; null: one of them does not. */
export type ProvedStep = ReplayStep & { readonly under: number | null };
export type Head = { readonly size: number; readonly root: Uint8Array };
export type Proved = { readonly head: Head; readonly steps: readonly ProvedStep[] };

export function prove(answer: Replay): Result<Proved, string> {
  const checkpoint = readCheckpoint(answer.checkpoint);
  if (checkpoint === null || checkpoint.size !== answer.size) return err('its checkpoint cannot be read');
  const head = { size: checkpoint.size, root: checkpoint.root };
  const entries = new Map(answer.steps.flatMap(({ proofs }) => proofs).map((entry) => [entry.index, entry]));
  const inOrder = [...entries.values()].toSorted((a, b) => a.index - b.index);
  const steps = replay(inOrder, sha256);
  if (!steps.ok) return err(steps.error);
  const stranger = inOrder.find(({ leaf }) => !isOf(leaf, answer.session_id));
  if (stranger) return err(`entry ${stranger.index} is of another session`);
  const fails = new Set(inOrder.filter((entry) => !stands(entry, head)).map(({ index }) => index));
  const standing = ({ index, answer: answered, late }: ReplayStep) => [index, answered?.index, late?.index].every((one) => one === undefined || !fails.has(one));
  return ok({ head, steps: steps.value.map((step) => ({ ...step, under: standing(step) ? head.size : null })) });
}

type Entry = { readonly index: number; readonly leaf: string; readonly inclusion: readonly string[] };
function stands({ index, leaf, inclusion }: Entry, { size, root }: Head): boolean {
  const proof = hashesOf(inclusion);
  return proof !== null && verifyInclusion(sha256, { index, size, leafHash: leafHash(sha256, utf8(leaf)), proof, root });
}
function isOf(leaf: string, session: string): boolean {
  const read = parseLeaf(leaf);
  return read.ok && read.value.session === session;
}

/** Is the later log the earlier one, and more? */
export function hasGrown(earlier: Head, later: Head, proof: readonly string[]): boolean {
  const hashes = proof.map((text) => fromBase64(text));
  if (hashes.some((hash) => hash === null)) return false;
  return verifyConsistency(sha256, { from: earlier.size, fromRoot: earlier.root, to: later.size, toRoot: later.root, proof: hashes.flatMap((hash) => hash ?? []) });
}

/** In one answer, so many steps are enough; older ones that are answered need not come again. */
const WINDOW = 40;
const OVERLAP = 10;

/** Where to ask from the next time. What still waits for an answer is asked for again. */
export function fromNext(from: number, steps: readonly ReplayStep[], next: number | null): number {
  if (steps.length <= WINDOW) return next ?? from;
  const waiting = steps.find(({ index, answer }) => index > from && answer === null)?.index ?? Infinity;
  const late = steps.at(-OVERLAP)?.index ?? from;
  const wanted = Math.min(waiting, next ?? late);
  return wanted > from ? wanted : (next ?? from);
}
