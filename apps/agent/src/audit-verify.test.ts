import { toHex, utf8 } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { createLog, keyOf, SESSION, START, TRUST, type SignedLog } from '../testing/signed-log.ts';
import { chained, NO_LINE, readChain, type ActivityEntry, type ReadActivity } from './activity.ts';
import { actsOf, compareJournals, compareWithServer } from './audit-verify.ts';
import type { Followed } from './ports.ts';

const recordOf = (entries: readonly ActivityEntry[]): ReadActivity => {
  let head = NO_LINE;
  const lines = entries.map((entry) => {
    const { line, next } = chained(entry, head);
    head = next;
    return line;
  });
  return readChain(`${lines.join('\n')}\n`, { isFromTheStart: true });
};
const request = (n: number) => mustId('request', `request_${n}`);
const at = isoTime(START);

/** A log of six entries of which this machine acted on the second and the fourth; both are in its record. */
function ready() {
  const log = createLog();
  for (let n = 0; n < 6; n++) log.add({ request_id: request(n), command: 'ping', args_commit: {} });
  const act = (entry: number, over: Partial<ActivityEntry> = {}): ActivityEntry => ({
    at, what: 'command', phase: 'intent', session: SESSION, request: request(entry), command: 'ping', entry, leaf: toHex(leafHash(sha256, utf8(log.leaves[entry] ?? ''))), ...over,
  });
  const followed: Followed = log.followed(5, 3);
  return { log, act, followed, entries: [act(1), act(3)] };
}
async function* pages(leaves: readonly string[]) {
  yield* leaves;
}
const served = (log: SignedLog, { checkpoint = log.checkpoint(), leaves = log.leaves }: { checkpoint?: string; leaves?: readonly string[] } = {}) => ({ checkpoint, entries: pages(leaves) });
const against = (log: SignedLog, followed: Followed, entries: readonly ActivityEntry[], over = {}) => compareWithServer(TRUST, followed, { activity: recordOf(entries), server: served(log, over) });

test('records that agree, and a server that has what was followed and more, give nothing to say', async () => {
  const { log, followed, entries } = ready();
  expect(compareJournals(TRUST, followed, recordOf(entries))).toEqual([]);
  expect(await against(log, followed, entries)).toEqual([]);
});

test.each([
  ['an act further than the log was followed', ({ act }: ReturnType<typeof ready>) => [act(1), act(3), act(5)], /entry 5, and this machine has followed the log for 5/],
  ['acts in another order than the log has', ({ act }: ReturnType<typeof ready>) => [act(3), act(1)], /entry 1 after one on entry 3/],
  ['two acts on one entry', ({ act }: ReturnType<typeof ready>) => [act(1), act(3), act(3)], /entry 3 after one on entry 3/],
  ['no word of the last act', ({ act }: ReturnType<typeof ready>) => [act(1)], /acted on entry 3 of the log, and its record does not have it/],
] as const)('a record with %s is told, offline', (_, lines, says) => {
  const r = ready();
  expect(compareJournals(TRUST, r.followed, recordOf(lines(r))).join(' ')).toMatch(says);
});

test('a broken chain, a forked journal and a shorter log are told, offline', () => {
  const { log, followed, entries } = ready();
  const record = recordOf(entries);
  expect(compareJournals(TRUST, followed, { ...record, breaks: [{ line: 2, why: 'it cannot be read' }] })).toEqual(['The activity record is broken at line 2: it cannot be read.']);
  expect(compareJournals(TRUST, { ...followed, fork: 'a note' }, record)).toEqual(['The log has forked: argus-agent log show.']);
  expect(compareJournals(TRUST, { ...followed, shorter: log.checkpoint(2) }, record)).toHaveLength(1);
});

/** Guarantee: who edits the journal, and not the checkpoint in it, is found out. */
test.each([
  ['another size', { size: 6 }, /another size or root/],
  ['another root', { root: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=' }, /another size or root/],
  ['a checkpoint of another key', { checkpoint: createLog(['x']).checkpoint(1, { key: keyOf(8) }) }, /not signed by a log key this machine trusts/],
  ['no checkpoint', { checkpoint: '' }, /not signed by a log key/],
] as const)('a witness journal with %s is told, offline', (_, over, says) => {
  const { followed, entries } = ready();
  expect(compareJournals(TRUST, { ...followed, ...over }, recordOf(entries)).join(' ')).toMatch(says);
});

// ---- with the server

test('a server that changed an entry it was seen with is told, also when it signed all of it anew', async () => {
  const { log, followed, entries } = ready();
  const other = createLog(log.leaves.with(0, log.leaves[0]?.replace('investigate alert', 'something else') ?? ''));
  expect(await against(other, followed, entries)).toEqual(['The first 5 entries of the server are not those this machine has followed.']);
  expect(await against(log, followed, entries, { leaves: other.leaves })).toHaveLength(2); // and they are not what it signed
});

test('an entry that is not the one this machine acted on is named', async () => {
  const { log, followed, entries } = ready();
  const other = createLog(log.leaves.with(3, log.leaves[3]?.replace('investigate alert', 'something else') ?? ''));
  expect(await against(other, followed, entries)).toContain('Entry 3 of the server is not the one this machine acted on.');
});

test('an entry about something else than the record says is named, also where the record has no hash of it', async () => {
  const { log, act, followed } = ready();
  const { leaf: _, ...older } = act(1, { command: 'agent_info' });
  expect(await against(log, followed, [older, act(3)])).toEqual(['Entry 1 of the server is about something else than the record says.']);
});

test('a server with fewer entries, or with fewer than it signed, is told', async () => {
  const { log, followed, entries } = ready();
  expect(await against(log.branch(4), followed, entries)).toEqual(['The server has 4 entries, and this machine has followed 5.']);
  expect(await against(log, followed, entries, { leaves: log.leaves.slice(0, 5) })).toEqual(['The server gave 5 entries, and its checkpoint is over 6.']);
});

test('a checkpoint by another key proves nothing, and nothing else is looked at', async () => {
  const { log, followed, entries } = ready();
  expect(await against(log, followed, entries, { checkpoint: log.checkpoint(6, { key: keyOf(8) }) })).toEqual(['The checkpoint of the server is not one of this tenant signed by a log key this machine trusts.']);
});

test('what was written after the checkpoint was signed is not looked at', async () => {
  const { log, followed, entries } = ready();
  expect(await against(log, followed, entries, { leaves: [...log.leaves, 'written since'] })).toEqual([]);
});

/** Guarantee: a server cannot say of a machine that it acted, where the machine has no record of it. */
test('an outcome that says this machine acted, without an act in its record, is told', async () => {
  const { log, followed, entries } = ready();
  const outcome = (n: number, by: 'agent' | 'server') => log.add({ phase: 'outcome', by, outcome: 'ok', command: 'ping', request_id: request(n), intent_sha256: toHex(leafHash(sha256, utf8(log.leaves[n] ?? ''))) });
  outcome(1, 'agent'); // it is in the record
  outcome(2, 'server'); // nobody says the machine did
  outcome(4, 'agent');
  expect(await against(log, followed, entries)).toEqual(['The log says that this machine acted on entry 4 (ping), and its record does not have it.']);
});

test('acts in a log the owner has replaced are counted, and not compared with the one that counts now', async () => {
  const { log, act, entries } = ready();
  const accepted: ActivityEntry = { at, what: 'log_accepted', phase: 'fact', code: 'fork', entry: 3, reason: '4 entries instead of 9' };
  const record = recordOf([act(0, { leaf: 'ab'.repeat(32) }), act(2, { leaf: 'ab'.repeat(32) }), accepted, act(4)]);
  expect(actsOf(record.lines)).toMatchObject({ replaced: 2, acts: [{ entry: 4 }] });
  expect(compareJournals(TRUST, log.followed(5, 4), record)).toEqual([]);
  expect(entries.length).toBe(2);
});
