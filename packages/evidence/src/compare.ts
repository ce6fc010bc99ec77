/**
 * The machine's own record against the log: whatever it did has to be in the log as it was asked to do it, and whatever the
 * log says it did has to be in its record. The machine does not write down what it refused before it had begun.
 */
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { cleanText } from '@argus/protocol/text.ts';
import type { Entry } from './entry.ts';
import type { Note } from './findings.ts';
import type { JournalLine, MachineJournal, WitnessState } from './machine-journal.ts';
import { createMemory } from './remember.ts';
import type { Rule } from './rules/rule.ts';

export type MachineRecord = { readonly agent: string; readonly journal: MachineJournal | null; readonly witness: WitnessState | null };

const WHAT: Readonly<Record<string, string>> = { remote_support_activation: 'session', remote_support_command: 'command' };
/** The machine did it, and its answer came too late, or not in a form the server gave out. */
const NOT_GIVEN_OUT = ['session_expired', 'bad_frame', 'bad_agent_signature', 'agent_refused', 'server_shutdown', 'audit_unavailable', 'outcome_unrecorded'];

export function compareWith({ agent, journal, witness }: MachineRecord, note: Note): Rule {
  const asked = new Map<number, JournalLine>();
  const became = new Map<number, JournalLine>(); // its last word
  for (const line of journal?.lines ?? []) if (line.entry !== undefined && line.phase !== 'fact') (line.phase === 'intent' ? asked : became).set(line.entry, line);
  const numbers = [...asked.keys(), ...became.keys()];
  const oldest = journal?.isFromTheStart ? 0 : Math.min(...numbers, Number.POSITIVE_INFINITY);
  const requests = new Set(witness?.requests);
  const intents = createMemory<string, number>();
  let size = 0;

  for (const why of journal?.breaks ?? []) note('journal_chain_broken', { detail: why });
  const isEndMissing = journal && witness && witness.highestActed >= 0 && !numbers.includes(witness.highestActed);
  if (isEndMissing) note('journal_chain_broken', { index: witness.highestActed, detail: 'the machine acted on this entry, and its record does not have it' });
  if (witness && witness.fork !== null) note('machine_saw_fork');

  function intent(entry: Entry): void {
    const { index, leaf } = entry;
    intents.set(entry.sha256, index);
    if (leaf.request_id !== undefined && leaf.type === 'remote_support_command') requests.delete(leaf.request_id);
    const line = asked.get(index);
    if (!line) return;
    const said: readonly (readonly [string, string | undefined, string | undefined])[] = [
      ['what', WHAT[leaf.type], line.what],
      ['session', leaf.session, line.session],
      ['request', leaf.request_id, line.request],
      ['command', leaf.command === undefined ? undefined : cleanText(leaf.command, 64), line.command],
      ['operator', leaf.operator === undefined ? undefined : cleanText(leaf.operator, 320), line.operator],
      ['arguments', canonicalJson(leaf.args_commit ?? {}), canonicalJson(line.args ?? {})],
    ];
    const other = said.find(([, here, there]) => here !== there);
    if (other) note('act_differs', { index, detail: `${other[0]}: the machine has ${other[2] ?? 'none'}, the log has ${other[1] ?? 'none'}` });
    asked.delete(index);
  }

  function outcome({ index, leaf }: Entry): void {
    const intended = intents.get(leaf.intent_sha256 ?? '');
    if (intended === undefined || !journal) return;
    const own = became.get(intended);
    const isDone = leaf.outcome === 'ok';
    const wasBegun = own !== undefined || journal.lines.some((line) => line.entry === intended);
    if (isDone && !wasBegun && intended >= oldest) return note('act_not_on_machine', { index: intended, detail: leaf.command ?? leaf.type });
    const isOpen = own === undefined || own.outcome === 'unknown' || leaf.outcome === 'unknown';
    if (isOpen || (own.outcome === 'ok') === isDone) return;
    if (own.outcome === 'ok' && leaf.code !== undefined && NOT_GIVEN_OUT.includes(leaf.code)) return;
    note('answer_differs', { index, detail: `the machine has ${own.outcome ?? 'none'}, the log has ${leaf.outcome ?? 'none'} ${leaf.code ?? ''}`.trim() });
  }

  return {
    see(entry) {
      const { index, leaf } = entry;
      size = index + 1;
      if (leaf.agent !== agent) return;
      if (leaf.phase === 'intent') intent(entry);
      if (leaf.phase === 'outcome' || leaf.type === 'remote_support_late_outcome') outcome(entry);
    },
    end() {
      for (const [entry, line] of asked) {
        const detail = `${line.command ?? line.what} by ${line.operator ?? '?'} at ${line.at}`;
        note(entry < size ? 'act_not_in_log' : 'journal_is_newer', { index: entry, detail });
      }
      const isNewer = witness !== null && witness.highestActed >= size;
      if (requests.size > 0 && !isNewer) for (const request of requests) note('request_not_in_log', { detail: request });
      if (isNewer && asked.size === 0) note('journal_is_newer', { index: witness.highestActed });
    },
  };
}
