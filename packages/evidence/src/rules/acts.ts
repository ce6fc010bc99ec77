/** What was asked for has one outcome, after it, about the same thing; and nothing is asked for twice under one id. */
import type { Entry } from '../entry.ts';
import { createMemory } from '../remember.ts';
import { LONG_OVER_MS, type Rule, type RuleContext } from './rule.ts';

export type Acts = Rule & {
  /** The intent an outcome or a late answer names, while both are looked at. */
  readonly intentOf: (entry: Entry) => Entry | null;
};

const SAME = ['type', 'agent', 'session', 'request_id', 'command', 'operator'] as const;

export function acts({ note, isFromTheStart, reachesTheEnd, asOf }: RuleContext): Acts {
  const open = new Map<string, Entry>(); // by leaf hash
  const over = createMemory<string, null>();
  const unknown = createMemory<string, Entry>(); // may be completed by a late answer
  const requests = createMemory<string, null>();

  function intent(entry: Entry): void {
    open.set(entry.sha256, entry);
    const { type, agent, request_id } = entry.leaf;
    if (type !== 'remote_support_command') return;
    const id = `${agent ?? ''} ${request_id ?? ''}`;
    if (requests.has(id)) note('request_reused', { index: entry.index, detail: id });
    requests.set(id, null);
  }

  function outcome(entry: Entry): void {
    const { index, leaf } = entry;
    const named = leaf.intent_sha256 ?? '';
    const asked = open.get(named);
    if (!asked) {
      if (over.has(named)) note('second_outcome', { index });
      else if (isFromTheStart || leaf.intent_sha256 === undefined) note('outcome_without_intent', { index });
      return;
    }
    const other = SAME.find((field) => asked.leaf[field] !== leaf[field]);
    if (other) note('outcome_differs', { index, detail: `${other} is not that of entry ${asked.index}` });
    open.delete(named);
    over.set(named, null);
    if (leaf.outcome === 'unknown') unknown.set(named, asked);
  }

  function late({ index, leaf }: Entry): void {
    const named = leaf.intent_sha256 ?? '';
    const asked = unknown.get(named);
    if (!asked && isFromTheStart) note('late_outcome_unfounded', { index });
    const other = asked && SAME.find((field) => field !== 'type' && asked.leaf[field] !== leaf[field]);
    if (asked && other) note('outcome_differs', { index, detail: `${other} is not that of entry ${asked.index}` });
    unknown.delete(named);
  }

  return {
    intentOf: ({ leaf }) => open.get(leaf.intent_sha256 ?? '') ?? unknown.get(leaf.intent_sha256 ?? '') ?? null,
    see(entry) {
      const { phase, type } = entry.leaf;
      if (phase === 'intent') intent(entry);
      else if (phase === 'outcome') outcome(entry);
      else if (type === 'remote_support_late_outcome') late(entry);
    },
    end() {
      for (const { index, at, leaf } of open.values())
        note(reachesTheEnd && asOf - at > LONG_OVER_MS ? 'intent_without_outcome' : 'open_intent', { index, detail: [leaf.command ?? leaf.type, leaf.operator, leaf.at].join(', ') });
    },
  };
}
