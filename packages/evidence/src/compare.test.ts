import { nothingFollowed } from '../../../apps/agent/src/witness.ts';
import { chained, NO_LINE, type ActivityEntry } from '../../../apps/agent/src/activity.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { AGENT, entriesOf, HONEST, LATER, nodeCrypto, SESSION, texts, treeOf, trustFile, type Told } from '../testing/made-log.ts';
import { checkLog } from './check-log.ts';
import { compareWith } from './compare.ts';
import { readActivityJournal, readWitnessJournal, type WitnessState } from './machine-journal.ts';

const honest = texts(HONEST);
const at = '2026-03-01T12:00:00.000Z';
const of = { session: SESSION, operator: 'ana@argus.example', reason: 'investigate alert' };
/** What the agent itself writes, written by its own code. */
const LINES: readonly ActivityEntry[] = [
  { at, what: 'session', phase: 'intent', entry: 5, request: 'req_activation', args: { minutes: 30, scope: 'everything' }, ...of },
  { at, what: 'session', phase: 'outcome', entry: 5, session: SESSION, outcome: 'ok' },
  { at, what: 'command', phase: 'intent', entry: 7, request: 'req_one_1', command: 'ping', ...of },
  { at, what: 'command', phase: 'outcome', entry: 7, session: SESSION, request: 'req_one_1', command: 'ping', outcome: 'ok' },
  { at, what: 'command', phase: 'intent', entry: 9, request: 'req_two_2', command: 'ping', ...of },
  { at, what: 'command', phase: 'outcome', entry: 9, session: SESSION, request: 'req_two_2', command: 'ping', outcome: 'unknown', code: 'command_timed_out' },
  { at, what: 'command', phase: 'outcome', entry: 9, session: SESSION, request: 'req_two_2', command: 'ping', outcome: 'ok' },
  { at, what: 'session_ended', phase: 'fact', session: SESSION, code: 'deactivate' },
];
function journalOf(entries: readonly ActivityEntry[], from = NO_LINE): string {
  let head = from;
  return entries.map((entry) => {
    const { line, next } = chained(entry, head);
    head = next;
    return `${line}\n`;
  }).join('');
}
const witness: WitnessState = { size: 11, checkpoint: treeOf(honest).checkpoint(11), highestActed: 9, fork: null, requests: ['req_one_1', 'req_two_2'] };

async function found(text: string | null, { leaves = honest, state = witness }: { leaves?: readonly string[]; state?: WitnessState | null } = {}): Promise<readonly string[]> {
  const journal = text === null ? null : readActivityJournal(text, nodeCrypto.sha256);
  const log = { trust: trustFile(), checkpoint: treeOf(leaves).checkpoint(), part: { kind: 'log' }, asOf: LATER } as const;
  const checked = await checkLog(log, entriesOf(leaves), { ...nodeCrypto, alsoSee: (note) => compareWith({ agent: AGENT, journal, witness: state }, note) });
  return Object.keys(checked.counts).filter((code) => code !== 'not_tied_to_machine').toSorted();
}
const lines = (change: (lines: ActivityEntry[]) => void): string => {
  const changed = LINES.map((line) => ({ ...line }));
  change(changed);
  return journalOf(changed);
};

test('the record of an honest machine agrees with an honest log, also when its beginning was put away', async () => {
  expect(await found(journalOf(LINES))).toEqual([]);
  expect(await found(journalOf(LINES.slice(4), { n: 40, hash: 'ab'.repeat(32) }))).toEqual([]);
  expect(await found(null)).toEqual([]);
  expect(await found(journalOf(LINES), { state: null })).toEqual([]);
});

test.each<[why: string, text: string, finds: readonly string[]]>([
  ['the machine did something the log does not have', lines((all) => void all.splice(4, 0, { ...all[2], entry: 8, request: 'req_hidden' } as ActivityEntry)), ['act_not_in_log']],
  ['the machine was asked for another command', lines((all) => void (all[2] = { ...all[2], command: 'read_file' } as ActivityEntry)), ['act_differs']],
  ['with other arguments', lines((all) => void (all[2] = { ...all[2], args: { path: 'config.yaml' } } as ActivityEntry)), ['act_differs']],
  ['by another operator', lines((all) => void (all[2] = { ...all[2], operator: 'eve@argus.example' } as ActivityEntry)), ['act_differs']],
  ['under another request', lines((all) => void (all[2] = { ...all[2], request: 'req_other_1' } as ActivityEntry)), ['act_differs']],
  ['the log says it did what it has no record of', lines((all) => void all.splice(2, 2)), ['act_not_on_machine']],
  ['the log says ok where the machine refused', lines((all) => void (all[3] = { ...all[3], outcome: 'refused', code: 'bad_args' } as ActivityEntry)), ['answer_differs']],
  ['a line was changed afterwards', journalOf(LINES).replace('investigate alert', 'nothing at all'), ['journal_chain_broken']],
  ['a line was taken out', journalOf(LINES).split('\n').toSpliced(3, 1).join('\n'), ['journal_chain_broken']],
  ['a line is no line', journalOf(LINES).replace('{"n":7', '{"n":"7"'), ['journal_chain_broken']],
  ['its end was cut off', journalOf(LINES).slice(0, -3), ['journal_chain_broken']],
  ['its last acts were taken away', journalOf(LINES.slice(0, 4)), ['act_not_on_machine', 'journal_chain_broken']],
])('%s', async (_why, text, finds) => expect(await found(text)).toEqual(finds));

test('the machine saw a fork, or acted on a request that the log does not have', async () => {
  expect(await found(journalOf(LINES), { state: { ...witness, fork: 'a note' } })).toEqual(['machine_saw_fork']);
  expect(await found(journalOf(LINES), { state: { ...witness, requests: ['req_one_1', 'req_hidden'] } })).toEqual(['request_not_in_log']);
});

test('a log that says refused, where the machine did it and the answer was not given out, is no lie', async () => {
  const withheld = (code: string): readonly Told[] => HONEST.map((one, i) => (i === 8 ? { ...one, outcome: 'refused', code } : one));
  expect(await found(journalOf(LINES), { leaves: texts(withheld('session_expired')) })).toEqual([]);
  expect(await found(journalOf(LINES), { leaves: texts(withheld('bad_args')) })).toEqual(['answer_differs']);
});

test('what the machine did after the log was fetched is said to be newer, and is no offence', async () => {
  const newer = [...LINES, { ...LINES[2], entry: 99, request: 'req_new_1' } as ActivityEntry];
  expect(await found(journalOf(newer), { state: { ...witness, highestActed: 99, requests: [...witness.requests, 'req_new_1'] } })).toEqual(['journal_is_newer']);
});

test('another machine of the tenant is not compared', async () => {
  const other = mustId('agent', 'agent_other_01');
  const journal = readActivityJournal('', nodeCrypto.sha256);
  const checked = await checkLog({ trust: null, checkpoint: treeOf(honest).checkpoint(), part: { kind: 'log' }, asOf: LATER }, entriesOf(honest), { ...nodeCrypto, alsoSee: (note) => compareWith({ agent: other, journal, witness: null }, note) });
  expect(Object.keys(checked.counts)).not.toContain('act_not_on_machine');
});

test('the witness journal is read to its last whole line, with the requests of all of them', () => {
  const state = nothingFollowed();
  const line = (over: object) => `\n${JSON.stringify({ ...state, ...over })}\n`;
  expect(readWitnessJournal(`${line({ size: 3, requests: ['a'] })}${line({ size: 4, requests: ['b'] })}\n{"size":5`)).toMatchObject({ size: 4, fork: null, requests: ['a', 'b'] });
  expect(readWitnessJournal('{"size":-1}\n')).toBeNull();
  expect(readWitnessJournal('')).toBeNull();
});

/** Guarantee: a record that was made to tie the checker up is told to be broken, in a moment. */
test('lines longer than a machine writes are not read, and a file broken everywhere is told in a few words', () => {
  const huge = `{"n":0,"x":"${'['.repeat(200_000)}"}`;
  expect(readActivityJournal(`${huge}\n`, nodeCrypto.sha256)).toMatchObject({ lines: [], breaks: ['line 1 cannot be read'] });
  expect(readWitnessJournal(`${huge}\n`)).toBeNull();
  expect(readActivityJournal('x\n'.repeat(200_000), nodeCrypto.sha256).breaks.length).toBeLessThan(200);
  expect(readActivityJournal('\n'.repeat(2_000_000), nodeCrypto.sha256).breaks).toEqual(['it has 2000000 lines, more than any machine writes']);
});
