/** Whose key is whose: the entry that enrolled a machine pins it, and the owner's trust file has the last word on its own. */
import type { AgentId } from '@argus/protocol/ids.ts';
import { base64Of32 } from '@argus/protocol/text.ts';
import type { Entry } from '../entry.ts';
import type { Rule, RuleContext } from './rule.ts';

export type KnownMachine = { readonly agent: AgentId; readonly publicKey: string };
export type Machines = Rule & {
  /** Null: nothing here says, and that was noted. */
  readonly keyOf: (agent: AgentId | undefined, index: number) => string | null;
  /** The same without a word about it. */
  readonly peek: (agent: string) => string | null;
};

const Key = base64Of32();

/** `trusted`: from the trust file. `claimed`: what a bundle names, for parts of a log that lack the enrollment. */
export function machines(
  { note, isFromTheStart }: RuleContext,
  { trusted, claimed }: { readonly trusted: KnownMachine | null; readonly claimed: readonly KnownMachine[] },
): Machines {
  const keys = new Map<string, string>();
  const revoked = new Set<string>();
  const complained = new Set<string>(); // once for each
  if (trusted) keys.set(trusted.agent, trusted.publicKey);
  const enrolled = new Set<string>();

  function enroll({ index, leaf }: Entry): void {
    const { agent, args_commit } = leaf;
    const key = Key.safeParse(args_commit?.['public_key']);
    if (agent === undefined || !key.success) return note('machine_unknown', { index, detail: 'its enrollment names no key' });
    if (enrolled.has(agent)) note('enrolled_twice', { index, detail: agent });
    enrolled.add(agent);
    if (trusted?.agent === agent && trusted.publicKey !== key.data) return note('agent_key_differs', { index, detail: agent });
    keys.set(agent, key.data);
  }

  const claim = new Map(isFromTheStart ? [] : claimed.map(({ agent, publicKey }) => [agent as string, publicKey]));

  function missing(agent: string, index: number): string | null {
    if (!complained.has(agent)) note(isFromTheStart ? 'machine_unknown' : 'machine_key_unknown', { index, detail: agent });
    complained.add(agent);
    return claim.get(agent) ?? null;
  }

  return {
    peek: (agent) => keys.get(agent) ?? claim.get(agent) ?? null,
    keyOf: (agent, index) => keys.get(agent ?? '') ?? missing(agent ?? 'no machine is named', index),
    see(entry) {
      const { type, outcome, phase, agent } = entry.leaf;
      if (type === 'agent_enrolled' && outcome === 'ok') enroll(entry);
      if (type === 'agent_revoked' && outcome === 'ok' && agent !== undefined) revoked.add(agent);
      if (phase === 'intent' && agent !== undefined && revoked.has(agent)) note('revoked_machine_used', { index: entry.index, detail: agent });
    },
  };
}
