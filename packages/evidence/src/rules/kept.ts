/**
 * Kept results: only where the consent has them kept, sealed by the machine to the key of that consent, and each the very one
 * its entry names. They pass by beside the entries, one at a time; none of this takes the owner's key.
 */
import { fromBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { readKeep, isSameKeep, signedKept, type KeepResults, type KeptOf } from '@argus/protocol/kept.ts';
import { signedText } from '@argus/protocol/signature.ts';
import type { Sha256 } from '@argus/protocol/args-commit.ts';
import { digestIn, isOk, type Entry, type Verify, type Whose } from '../entry.ts';
import type { GivenReceipt } from '../receipts.ts';
import { createMemory } from '../remember.ts';
import type { Rule, RuleContext } from './rule.ts';

/** One as it is given beside the log, all its parts together. */
export type GivenKept = { readonly index: number; readonly key: string; readonly sealed: Uint8Array; readonly signature: string };

/** With the owner's key at hand: what is in it. */
export type KeptToOpen = Pick<GivenKept, 'index' | 'key' | 'sealed'> & { readonly of: KeptOf; readonly command: string };
export type OpenKept = {
  readonly open: (kept: KeptToOpen) => { readonly text: string } | 'another_key' | 'does_not_open';
  /** It is the result whose digest the machine signed. */
  readonly opened: (kept: KeptToOpen, text: string) => void;
};

type Deps = {
  readonly whose: Whose;
  readonly verify: Verify;
  readonly sha256: Sha256;
  readonly keyOf: (agent: string) => string | null;
  /** By digest. Null: whoever gives the log gives none with it. */
  readonly receipts: ReadonlyMap<string, GivenReceipt> | null;
  /** In the order of the entries. Null: the same. */
  readonly given: AsyncIterator<GivenKept> | null;
  readonly open: OpenKept | undefined;
  readonly held: () => void;
};

const DAY_MS = 86_400_000;

export function kept({ note, isFromTheStart, asOf }: RuleContext, { whose, verify, sha256, keyOf, receipts, given, open, held }: Deps): Rule {
  let consented: KeepResults | null | 'not_known' = isFromTheStart ? null : 'not_known';
  const sessions = createMemory<string, KeepResults | null>();
  let isEachKnown = isFromTheStart; // of the sessions that may be open
  let ahead: GivenKept | null = null;

  /** With the consent before it ended whatever was open. */
  function consent(keep: KeepResults | null): void {
    consented = keep;
    sessions.clear();
    isEachKnown = true;
  }

  /** What the activation says has to be what was consented to, and what the owner signed. */
  function activation(entry: Entry): void {
    const { session, args_commit } = entry.leaf;
    if (session === undefined) return;
    const keep = readKeep(args_commit?.['keep_results']);
    const digest = digestIn(entry);
    const receipt = digest === null ? undefined : receipts?.get(digest);
    const isConsented = (consented === 'not_known' || isSameKeep(keep, consented)) && (receipt === undefined || isSameKeep(keep, receipt.keepResults));
    sessions.set(session, isConsented ? keep : null);
  }

  async function upTo(index: number): Promise<GivenKept | null> {
    for (;;) {
      if (ahead === null) {
        const next = await given?.next();
        if (next === undefined || next.done === true) return null;
        ahead = next.value;
      }
      if (ahead.index > index) return null;
      const one = ahead;
      ahead = null;
      if (one.index === index) return one;
      note('kept_unfounded', { index: one.index });
    }
  }

  async function outcome(entry: Entry): Promise<void> {
    const { index, leaf } = entry;
    const { agent, session, request_id, result_sha256, kept_sha256 } = leaf;
    const keep = sessions.get(session ?? '');
    const isAnswer = leaf.type === 'remote_support_command' && leaf.phase === 'outcome' && isOk(entry);
    if (!isAnswer || !agent || !session || !request_id || !result_sha256) return note('kept_without_consent', { index, detail: 'it is no answer of a machine' });
    if (keep === null || (keep === undefined && isEachKnown)) note('kept_without_consent', { index, detail: leaf.command ?? '' });
    if (given === null) return;
    const one = await upTo(index);
    const isDue = keep && entry.at + keep.days * DAY_MS > asOf;
    if (!one) return isDue ? note('kept_missing', { index, detail: leaf.command ?? '' }) : undefined;
    if (toHex(sha256(one.sealed)) !== kept_sha256) return note('kept_altered', { index, detail: 'its digest is another one' });
    const of: KeptOf = { ...whose, agent, session, request_id, result_sha256 };
    const [publicKey, signature] = [fromBase64(keyOf(agent) ?? ''), fromBase64(one.signature)];
    const isSealedByMachine = publicKey?.length === 32 && signature && (await verify(publicKey, utf8(signedText('kept', signedKept(of, { key: one.key, sealed_sha256: kept_sha256 }))), signature));
    if (!isSealedByMachine) return note('kept_altered', { index, detail: 'the machine did not sign that it sealed this' });
    if (keep && keep.key !== one.key) return note('kept_without_consent', { index, detail: 'it is sealed to another key than the consent names' });
    held();
    if (open) look({ ...one, of, command: leaf.command ?? '' }, open);
  }

  function look(one: KeptToOpen, { open: unseal, opened }: OpenKept): void {
    const { index, of } = one;
    const found = unseal(one);
    if (found === 'another_key') return note('kept_of_another_key', { index });
    const isIt = found !== 'does_not_open' && toHex(sha256(utf8(found.text))) === of.result_sha256;
    if (isIt) opened(one, found.text);
    else note('kept_does_not_open', { index, ...(found !== 'does_not_open' && { detail: 'what is in it is not what the machine signed' }) });
  }

  return {
    see(entry) {
      const { type, phase } = entry.leaf;
      if (type === 'consent_recorded' && isOk(entry)) consent(readKeep(entry.leaf.args_commit?.['keep_results']));
      if (type === 'consent_withdrawn' && isOk(entry)) consent(null);
      if (type === 'remote_support_activation' && phase === 'intent') activation(entry);
      return entry.leaf.kept_sha256 === undefined ? undefined : outcome(entry);
    },
    async end() {
      await upTo(Number.POSITIVE_INFINITY);
    },
  };
}
