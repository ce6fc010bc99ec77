import { err, ok, type Result } from '@argus/kit/result.ts';
import { verifyText } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { PROOF_CRYPTO } from '@argus/keys/operator-proof.ts';
import { OUTSIDE, outsideScope, type Use } from '@argus/protocol/consent-scope.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import { proofInLeaf, proofProblem, proofText, type OperatorProof, type ProvedActivation } from '@argus/protocol/operator-proof.ts';
import { isSigned, readReceipt, scopeOfReceipt, type Receipt } from '@argus/protocol/receipt.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { PinnedState, Seen } from './ports.ts';

/**
 * Where the owner pinned a consent key, nothing happens on this machine outside a receipt signed with it. The server can
 * pass a receipt on, or leave it out; it can neither make nor widen one, nor bring back one that a newer one replaced. Pure.
 */
export type HeldReceipt = { readonly receipt: Receipt; readonly key: string; readonly sha256: string };

/** One that the pinned key did sign, for this installation and tenant. It counts as seen, whatever else is in its way. */
export function genuineReceipt(trust: TrustFile, key: string, text: string | undefined): Result<HeldReceipt, string> {
  if (text === undefined) return err('the owner pinned a consent key, and no receipt came');
  const read = readReceipt(text);
  if (!read.ok) return read;
  if (read.value.key !== key) return err('the receipt is signed with another key than the one that is pinned here');
  if (!isSigned(read.value, verifyText)) return err('the signature of the receipt is not over what it says');
  const { receipt } = read.value;
  if (receipt.instance !== trust.instance || receipt.tenant !== trust.tenant) return err('the receipt is of another tenant or installation');
  return ok({ receipt, key, sha256: sha256Hex(text) });
}

/** Why it is not the one that counts; null: it is. One serial names one receipt. */
export function supersededBy({ key, highest, revokedThrough }: PinnedState, held: HeldReceipt): string | null {
  if (held.key !== key) return 'another consent key was pinned since';
  if (held.receipt.serial <= revokedThrough) return 'the receipt was revoked on this machine';
  if (held.receipt.serial < highest.serial) return 'a newer receipt was seen on this machine';
  return held.receipt.serial === highest.serial && held.sha256 !== highest.sha256 ? 'another receipt of this serial was seen on this machine' : null;
}

/** Its window and its scope, by the clock of this machine. */
export function outsideReceipt({ receipt }: HeldReceipt, use: Use): string | null {
  if (use.at < Date.parse(receipt.not_before)) return 'the receipt is not valid yet';
  if (use.at >= Date.parse(receipt.not_after)) return 'the receipt is over';
  const outside = outsideScope(scopeOfReceipt(receipt), use);
  return outside && OUTSIDE[outside];
}

type Asked = { readonly trust: TrustFile; readonly pinned: PinnedState; readonly now: number };

/** What an activation stands on: null where no key is pinned, and otherwise a receipt that its entry in the log names. */
export function receiptToWakeBy({ trust, pinned, now }: Asked, leaf: Leaf | null, text: string | undefined): Result<HeldReceipt | null, string> {
  if (pinned.key === null) return ok(null);
  const held = genuineReceipt(trust, pinned.key, text);
  if (!held.ok) return held;
  const problem = supersededBy(pinned, held.value) ?? outsideReceipt(held.value, { agent: trust.agent, at: now });
  if (problem !== null) return err(problem);
  const named = leaf?.args_commit?.['receipt'];
  return typeof named === 'object' && named.sha256 === held.value.sha256 ? held : err('the entry does not name this receipt');
}

/** For every command: does the receipt of the session still stand, and does it cover this one? */
export function receiptDenial({ trust, pinned, now }: Asked, held: HeldReceipt | null, command: NonNullable<Use['command']>): Denial | null {
  if (pinned.key === null) return null;
  if (held === null) return deny('tenant_consent_required', 'the owner pinned a consent key since, and the session has no receipt');
  const superseded = supersededBy(pinned, held);
  if (superseded !== null) return deny('tenant_consent_required', superseded);
  const outside = outsideReceipt(held, { agent: trust.agent, at: now, command });
  return outside === null ? null : deny('consent_scope_exceeded', outside);
}

/** May a session that woke by it go on? What no key is pinned for needs none. */
export const isReceiptStanding = (pinned: PinnedState, held: HeldReceipt | null): boolean => pinned.key === null || (held !== null && supersededBy(pinned, held) === null);

/** A proof is sent at once. The server takes one that is a minute off, and the clock of this machine may be as well. */
export const PROOF_FRESH_MS = 120_000;

/** What a receipt's list of operators asks for: a proof over exactly what the log says of this activation, fresh and new. */
export function operatorProofDenial({ trust, pinned, now }: Asked, held: HeldReceipt | null, { leaf, minutes, proof }: { readonly leaf: Leaf | null; readonly minutes: number | null; readonly proof: OperatorProof | undefined }): Denial | null {
  const keys = held?.receipt.operator_keys;
  if (keys === undefined) return null;
  const refuse = (why: string) => deny('operator_proof_required', why);
  const asked = askedIn(trust, leaf, minutes);
  if (asked === null) return refuse('the entry does not say who asks for what');
  const problem = proofProblem(proof, { ...PROOF_CRYPTO, keys, asked });
  if (problem !== null || proof === undefined) return refuse(problem ?? 'there is none');
  if (leaf?.args_commit?.['operator_proof'] !== proofInLeaf(proof)) return refuse('the entry does not carry this proof');
  if (Math.abs(now - Date.parse(proof.timestamp)) > PROOF_FRESH_MS) return refuse('the proof is too old');
  return pinned.proofs.some(({ sha256 }) => sha256 === proofHash(asked, proof)) ? refuse('the proof was used before') : null;
}

function askedIn({ instance, tenant, agent }: TrustFile, leaf: Leaf | null, minutes: number | null): ProvedActivation | null {
  if (leaf?.operator === undefined || leaf.reason === undefined || minutes === null) return null;
  return { instance, tenant, agent, operator: leaf.operator, reason: leaf.reason, minutes };
}

const proofHash = (asked: ProvedActivation, proof: OperatorProof): string => sha256Hex(proofText(asked, proof));

/** What has to be on disk before anything is done by this receipt. */
export function seenBy(held: HeldReceipt, trust: TrustFile, by: { readonly leaf: Leaf; readonly minutes: number; readonly proof: OperatorProof | undefined } | null): Seen {
  const seen = { serial: held.receipt.serial, sha256: held.sha256 };
  const asked = by && askedIn(trust, by.leaf, by.minutes);
  if (!asked || by.proof === undefined || held.receipt.operator_keys === undefined) return seen;
  return { ...seen, proof: { sha256: proofHash(asked, by.proof), until: Date.parse(by.proof.timestamp) + PROOF_FRESH_MS } };
}

type Known = Pick<PinnedState, 'highest' | 'proofs'>;

/** What is known afterwards: never a lower serial, and every proof until it would be refused for its age. The same value: nothing new. */
export function remembered(known: Known, seen: Seen, now: number): Known {
  const isHigher = seen.serial > known.highest.serial;
  if (!isHigher && seen.proof === undefined) return known;
  const proofs = known.proofs.filter(({ until }) => until >= now);
  return {
    highest: isHigher ? { serial: seen.serial, sha256: seen.sha256 } : known.highest,
    proofs: seen.proof === undefined ? proofs : [...proofs, seen.proof],
  };
}
