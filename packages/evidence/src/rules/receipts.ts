/**
 * A consent in the owner's own hand is the very one that entries name by its digest; and where it names operators, whoever
 * opened a session under it has shown it with a key that the server does not have, for this session and for no other.
 */
import { parseCanonical } from '@argus/kit/canonical-json.ts';
import { fromBase64, utf8 } from '@argus/kit/bytes.ts';
import { OperatorProof, proofProblem, proofText, type OperatorKey, type ProvedActivation } from '@argus/protocol/operator-proof.ts';
import type { Sha256 } from '@argus/protocol/args-commit.ts';
import { askedLater } from '../asked-later.ts';
import { digestIn, isOk, type Entry, type Verify, type VerifyPasskey, type Whose } from '../entry.ts';
import type { GivenReceipt } from '../receipts.ts';
import { createMemory } from '../remember.ts';
import { CLOCKS_MS, type Rule, type RuleContext } from './rule.ts';

type Deps = {
  readonly whose: Whose;
  readonly verify: Verify;
  readonly passkey: VerifyPasskey | undefined;
  readonly sha256: Sha256;
  /** By digest. Null: whoever gives the log gives no receipts with it, and none is missed. */
  readonly given: ReadonlyMap<string, GivenReceipt> | null;
  /** All that could name a receipt is here too. */
  readonly isEachNamed: boolean;
  readonly proved: () => void;
};

/** A machine takes a proof that is this far from its own clock, which may be off by as much as a handshake allows. */
const PROOF_FRESH_MS = 120_000 + CLOCKS_MS;

export function receipts({ note }: RuleContext, { whose, verify, passkey, sha256, given, isEachNamed, proved }: Deps): Rule {
  const named = new Set<string>();
  const waiting = new Map<string, { readonly index: number; readonly problem: string | null; readonly text: string | null; readonly isUnchecked: boolean }>(); // by session, until it stands
  const used = createMemory<string, number>();

  function name(digest: string, index: number): GivenReceipt | null {
    const receipt = given?.get(digest) ?? null;
    if (given && !receipt && !named.has(digest)) note('receipt_missing', { index, detail: digest });
    named.add(digest);
    return receipt;
  }

  async function activation(entry: Entry): Promise<void> {
    const { index, leaf } = entry;
    const digest = digestIn(entry);
    const keys = digest === null ? undefined : name(digest, index)?.operatorKeys;
    if (keys === undefined || leaf.session === undefined) return;
    waiting.set(leaf.session, { index, ...(await proofOf(entry, keys)) });
  }

  async function proofOf({ at, leaf }: Entry, keys: readonly OperatorKey[]): Promise<{ readonly problem: string | null; readonly text: string | null; readonly isUnchecked: boolean }> {
    const no = (problem: string) => ({ problem, text: null, isUnchecked: false });
    const { agent, operator, reason, args_commit } = leaf;
    const { minutes, operator_proof: told } = args_commit ?? {};
    if (agent === undefined || operator === undefined || reason === undefined || typeof minutes !== 'number') return no('the entry does not say who asked for what');
    if (told === undefined) return no('there is none');
    const json = typeof told === 'string' ? parseCanonical(told) : null;
    const proof = json?.ok ? OperatorProof.safeParse(json.value) : null;
    if (!proof?.success) return no('it cannot be read');
    const asked: ProvedActivation = { ...whose, agent, operator, reason, minutes };
    const [later, touched] = [askedLater(verify), askedLater(passkey ?? (() => true))];
    const inText = (publicKey: string, text: string, signature: string) => later.ask(fromBase64(publicKey) ?? new Uint8Array(), utf8(text), fromBase64(signature) ?? new Uint8Array());
    const problem = proofProblem(proof.data, { keys, asked, verify: inText, passkey: touched.ask, sha256 });
    if (problem !== null) return no(problem);
    if (!(await (proof.data.kind === 'ed25519' ? later : touched).allGood())) return no('its signature is not over this activation');
    if (Math.abs(at - Date.parse(proof.data.timestamp)) > PROOF_FRESH_MS) return no(`it was signed at ${proof.data.timestamp}, for ${leaf.at}`);
    return { problem: null, text: proofText(asked, proof.data), isUnchecked: proof.data.kind === 'passkey' && passkey === undefined };
  }

  /** What came to no session opened nothing: anybody may ask without a proof, and is refused. */
  function activated({ leaf }: Entry): void {
    const asked = waiting.get(leaf.session ?? '');
    waiting.delete(leaf.session ?? '');
    if (!asked || leaf.outcome === 'refused') return;
    const before = asked.text === null ? undefined : used.get(asked.text);
    const problem = asked.problem ?? (before === undefined ? null : `it was used for entry ${before} before`);
    if (problem !== null) return note('operator_proof_wrong', { index: asked.index, detail: problem });
    if (asked.text !== null) used.set(asked.text, asked.index);
    if (asked.isUnchecked) note('operator_proof_unchecked', { index: asked.index });
    else proved();
  }

  return {
    see(entry) {
      const { type, phase } = entry.leaf;
      if (type === 'remote_support_activation') return phase === 'intent' ? activation(entry) : activated(entry);
      const digest = type === 'consent_recorded' && isOk(entry) ? digestIn(entry) : null;
      if (digest !== null) name(digest, entry.index);
    },
    end() {
      if (isEachNamed) for (const [digest, { serial }] of given ?? []) if (!named.has(digest)) note('receipt_unfounded', { detail: `serial ${serial}, ${digest}` });
    },
  };
}
