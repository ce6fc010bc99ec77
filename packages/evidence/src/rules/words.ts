/** What a machine is said to have answered, it has signed: outcomes of commands, late answers, ends and last words. */
import { fromBase64, utf8 } from '@argus/kit/bytes.ts';
import type { Json } from '@argus/kit/canonical-json.ts';
import { signedText, type SignatureKind } from '@argus/protocol/signature.ts';
import { NO_LEAF, type SignedEnd, type SignedReply } from '@argus/protocol/signed.ts';
import type { Entry, Verify, Whose } from '../entry.ts';
import type { Acts } from './acts.ts';
import type { Machines } from './machines.ts';
import type { Rule, RuleContext } from './rule.ts';

type Deps = { readonly whose: Whose; readonly verify: Verify; readonly machines: Machines; readonly intentOf: Acts['intentOf']; readonly verified: () => void };

/** Ends the machine itself decides and tells. One that it refused to wake for has no word of its own. */
const OF_THE_MACHINE = ['tenant_kill_switch'];
/** The server could not read the answer, or knows another word for it: what was signed is not in the entry. */
const NOT_KEPT = ['agent_refused', 'bad_agent_signature'];
/** The machine acted, and what it answered was not given out, or could not be written when it was to be. */
const ACTED_ANYWAY = ['session_expired', 'bad_frame', 'outcome_unrecorded'];

export function words({ note }: RuleContext, { whose, verify, machines, intentOf, verified }: Deps): Rule {
  async function isSigned(key: string, kind: SignatureKind, { values, signature }: { values: readonly Json[]; signature: string }): Promise<boolean> {
    const [publicKey, bytes] = [fromBase64(key), fromBase64(signature)];
    if (!publicKey || !bytes) return false;
    for (const value of values) if (await verify(publicKey, utf8(signedText(kind, value)), bytes)) return true;
    return false;
  }

  async function reply(entry: Entry): Promise<void> {
    const { index, leaf } = entry;
    const { agent, session, request_id, intent_sha256, result_sha256, agent_at, agent_signature, code, outcome } = leaf;
    const isOfMachine = outcome === 'ok' || leaf.by === 'agent';
    if (agent_signature === undefined) {
      if (code === 'bad_agent_signature') return note('signature_not_checkable', { index });
      return isOfMachine ? note('outcome_unsigned', { index, detail: leaf.command ?? '' }) : undefined;
    }
    if (!agent || !session || !request_id || !intent_sha256 || !result_sha256 || !agent_at) return note('outcome_unsigned', { index, detail: 'it lacks what was signed' });
    const key = machines.keyOf(agent, index);
    if (key === null) return;
    const over = (leaf_hash: string, said: { ok: true } | { code: string }): SignedReply => ({ ...whose, agent, session, request_id, leaf_hash, result_sha256, at: agent_at, ...said });
    const refusal = { code: code ?? '' };
    const values: SignedReply[] = outcome === 'ok' ? [over(intent_sha256, { ok: true })] : [over(intent_sha256, refusal), over(NO_LEAF, refusal)];
    if (outcome !== 'ok' && code !== undefined && ACTED_ANYWAY.includes(code)) values.push(over(intent_sha256, { ok: true }));
    if (await isSigned(key, 'reply', { values, signature: agent_signature })) return verified();
    note(code !== undefined && outcome !== 'ok' && NOT_KEPT.includes(code) ? 'signature_not_checkable' : 'signature_wrong', { index, detail: leaf.command ?? leaf.type });
  }

  async function end({ index, leaf }: Entry): Promise<void> {
    const { agent, session, agent_at, agent_signature, code = '', args_commit } = leaf;
    const isClosing = leaf.type === 'remote_support_session_closed';
    if (agent_signature === undefined) {
      if (isClosing || OF_THE_MACHINE.includes(code)) note('end_unsigned', { index, detail: code });
      return;
    }
    const how = args_commit?.['agent_said'];
    if (!agent || !session || !agent_at || typeof how !== 'string') return note('end_unsigned', { index, detail: 'it lacks what was signed' });
    const key = machines.keyOf(agent, index);
    if (key === null) return;
    const value: SignedEnd = { ...whose, agent, session, how, at: agent_at };
    if (await isSigned(key, 'end', { values: [value], signature: agent_signature })) return verified();
    note('signature_wrong', { index, detail: 'the end of a session' });
  }

  return {
    see(entry) {
      const { type, phase } = entry.leaf;
      if (type === 'remote_support_session_ended' || type === 'remote_support_session_closed') return end(entry);
      const isAnswer = (type === 'remote_support_command' && phase === 'outcome') || (type === 'remote_support_late_outcome' && intentOf(entry) !== null);
      return isAnswer ? reply(entry) : undefined;
    },
  };
}
