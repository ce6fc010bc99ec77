import { fromUtf8, toBase64, utf8 } from '@argus/kit/bytes.ts';
import { bundleLine, BUNDLE_LINE_BYTES_MAX } from '@argus/protocol/bundle.ts';
import { expect, test } from 'vitest';
import { AGENT, bundleOf, HONEST, MACHINE_KEY, newDigest, nodeCrypto, OTHER_KEY, texts, treeOf, trustFile, type Shown } from '../testing/made-log.ts';
import { bytesSource, linesIn } from './bundle-source.ts';
import { checkBundle } from './check-bundle.ts';
import { exitCodeOf, reportText } from './report.ts';

const honest = texts(HONEST);
const tree = treeOf(honest);
const trust = trustFile({ last_checkpoint: tree.checkpoint(11), highest_acted_leaf: 9 });

async function found(bytes: Uint8Array, against = trust as typeof trust | null): Promise<readonly string[] | string> {
  const checked = await checkBundle(bytesSource(bytes, 1_000), against, { ...nodeCrypto, newDigest });
  return checked.ok ? Object.keys(checked.value.counts).toSorted() : checked.error;
}
/** Entries of the session, and what it stands on. */
const OF_SESSION = [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13];

test('a bundle of the whole log holds, and so do earlier checkpoints in it', async () => {
  expect(await found(bundleOf(honest, { earlier: [3, 11] }))).toEqual([]);
});

test.each<[string, Shown]>([['period', { kind: 'period', indexes: [7, 8, 9, 10, 11] }], ['session', { kind: 'session', indexes: OF_SESSION }]])(
  'a %s holds by its proofs, is tied to the machine by the checkpoint it has followed, and says what a part cannot show',
  async (_kind, shown) => {
    expect(await found(bundleOf(honest, { ...shown, earlier: [11] }))).toEqual([]);
    expect(await found(bundleOf(honest, shown))).toEqual(['not_tied_to_machine']);
    const checked = await checkBundle(bytesSource(bundleOf(honest, shown)), null, { ...nodeCrypto, newDigest });
    if (!checked.ok) throw new Error(checked.error);
    expect(reportText(checked.value, { what: 'a bundle', isBundle: true })).toContain('It cannot show that nothing was left out of it');
  },
);

const leavesOf = (indexes: readonly number[], change: (leaf: string, index: number) => string = (leaf) => leaf) =>
  indexes.map((index) => bundleLine({ index, leaf: change(honest[index] ?? '', index) })).join('');
const otherReason = (leaf: string) => leaf.replace('investigate alert', 'nothing at all');

test.each<[why: string, bytes: Uint8Array, finds: readonly string[]]>([
  ['an entry was changed', bundleOf(honest, { files: { 'leaves.ndjson': leavesOf([...honest.keys()], (leaf, i) => (i === 4 ? otherReason(leaf) : leaf)) } }), ['another_history', 'root_differs']],
  ['an entry of a period was changed', bundleOf(honest, { kind: 'period', indexes: [4, 5], earlier: [11], files: { 'leaves.ndjson': leavesOf([4, 5], (leaf, i) => (i === 4 ? otherReason(leaf) : leaf)) } }), ['inclusion_wrong', 'open_intent', 'session_open']],
  ['an entry of a period was left out', bundleOf(honest, { kind: 'period', indexes: [4, 5, 6], earlier: [11], files: { 'leaves.ndjson': leavesOf([4, 6]), 'proofs.ndjson': [4, 6].map((index) => bundleLine({ index, inclusion: tree.inclusion(index) })).join('') } }), ['entry_out_of_place']],
  ['the end of a period was left out', bundleOf(honest, { kind: 'period', indexes: [4, 5, 6], earlier: [11], files: { 'leaves.ndjson': leavesOf([4, 5]), 'proofs.ndjson': [4, 5].map((index) => bundleLine({ index, inclusion: tree.inclusion(index) })).join('') } }), ['entries_missing', 'open_intent', 'session_open']],
  ['proofs are missing', bundleOf(honest, { kind: 'period', indexes: [4, 5], earlier: [11], files: { 'proofs.ndjson': '' } }), ['inclusion_wrong', 'open_intent', 'session_open']],
  ['a proof too many', bundleOf(honest, { files: { 'proofs.ndjson': bundleLine({ index: 0, inclusion: [] }) } }), ['bundle_contradicts_itself']],
  ['entries of a session stand backwards', bundleOf(honest, { kind: 'session', indexes: [3, 2], earlier: [11] }), ['entry_out_of_place']],
  ['a line is not canonical', bundleOf(honest, { files: { 'leaves.ndjson': leavesOf([...honest.keys()]).replace('{"index":4,', '{"index": 4,') } }), ['another_history', 'bundle_line_unreadable', 'entries_missing', 'entry_out_of_place']],
  ['a line is endless', bundleOf(honest, { files: { 'leaves.ndjson': `${'x'.repeat(3 * BUNDLE_LINE_BYTES_MAX)}\n${leavesOf([...honest.keys()])}` } }), ['bundle_line_unreadable']],
  ['the last line is cut short', bundleOf(honest, { files: { 'leaves.ndjson': leavesOf([...honest.keys()]).slice(0, -1) } }), ['bundle_line_unreadable', 'entries_missing']],
  ['a list is cut short', bundleOf(honest, { files: { 'agents.ndjson': '{' } }), ['bundle_line_unreadable']],
  ['another size than its checkpoint', bundleOf(honest, { files: { 'checkpoint.txt': tree.checkpoint(14) } }), ['bundle_contradicts_itself', 'entries_missing']],
  ['a checkpoint under another key', bundleOf(honest, { files: { 'checkpoint.txt': tree.checkpoint(15, { key: OTHER_KEY }) } }), ['checkpoint_not_trusted']],
  ['another key for the machine than it enrolled with', bundleOf(honest, { files: { 'agents.ndjson': bundleLine({ agent: AGENT, public_key: OTHER_KEY.publicKeyText, enrolled_index: 3 }) } }), ['bundle_contradicts_itself']],
  ['another enrollment', bundleOf(honest, { files: { 'agents.ndjson': bundleLine({ agent: AGENT, public_key: MACHINE_KEY.publicKeyText, enrolled_index: 2 }) } }), ['bundle_contradicts_itself']],
  ['digests of other files', bundleOf(honest, { files: { 'bundle.sha256': 'signed by the log key: not signed\n' } }), ['digest_differs']],
  ['digests that pose as signed', bundleOf(honest, { files: { 'bundle.sha256': 'signed by the log key: yes\n' } }), ['digest_differs']],
  ['a cosignature that is none', bundleOf(honest, { files: { 'cosignatures.ndjson': bundleLine({ agent: AGENT, size: 15, cosignature: '— argus AAAAAA==' }) } }), ['cosignature_wrong']],
  ['a cosignature over a size beyond', bundleOf(honest, { files: { 'cosignatures.ndjson': bundleLine({ agent: AGENT, size: 99, cosignature: '— argus AAAAAA==' }) } }), ['cosignature_not_checked']],
])('%s', async (_why, bytes, finds) => {
  const codes = await found(bytes);
  expect(codes).toEqual(finds.toSorted());
  const checked = await checkBundle(bytesSource(bytes), trust, { ...nodeCrypto, newDigest });
  expect(checked.ok && exitCodeOf(checked.value)).toBe(finds.includes('cosignature_not_checked') ? 0 : 1);
});

test.each<[why: string, bytes: Uint8Array, says: RegExp]>([
  ['nothing', new Uint8Array(0), /cut short/],
  ['a text', utf8('x'.repeat(2_000)), /no bundle as Argus makes them/],
  ['one that is cut short', bundleOf(honest).slice(0, -512), /cut short/],
  ['a bundle.json of a newer kind', bundleOf(honest, { files: { 'bundle.json': '{"v":2}\n' } }), /bundle\.json cannot be read/],
  ['bytes that are no text', (() => { const bytes = bundleOf(honest); bytes[512] = 0xff; return bytes; })(), /README\.txt is not text/],
])('%s is no bundle', async (_why, bytes, says) => expect(await found(bytes)).toMatch(says));

/** Guarantee: a result in crumbs costs whoever checks neither their memory nor the check. */
test.each([['of one byte', 'AA=='], ['of none', '']])('a kept result in very many pieces %s is unreadable, and everything else is checked all the same', async (_of, sealed) => {
  const crumbs = Array.from({ length: 200_000 }, (_, part) => `{"index":8,"part":${part},"sealed":"${sealed}"}\n`).join('');
  const end = bundleLine({ end: { key: MACHINE_KEY.publicKeyText, signature: toBase64(new Uint8Array(64)) }, index: 8, part: 200_000, sealed });
  expect(await found(bundleOf(honest, { earlier: [11], files: { 'kept.ndjson': crumbs + end } }))).toEqual(['bundle_line_unreadable']);
});

test('lines are the same however the file is cut into chunks', async () => {
  const bytes = utf8('one\n\nthrée\nlast without its end');
  for (const chunk of [1, 2, 3, 7, 100]) {
    const lines: (string | null)[] = [];
    for await (const line of linesIn(bytesSource(bytes, chunk), { from: 0, to: bytes.length })) lines.push(line);
    expect(lines).toEqual(['one', '', 'thrée', null]);
  }
});

test('a report says for every finding what it means and what to do, once for all of a kind', async () => {
  const checked = await checkBundle(bytesSource(bundleOf(honest.slice(0, 8))), null, { ...nodeCrypto, newDigest });
  if (!checked.ok) throw new Error(checked.error);
  const report = reportText(checked.value, { what: 'the bundle b.tar', isBundle: true });
  expect(report).toMatch(/^It does not hold\.\n/);
  expect(report).toContain('- entry 7: something was asked for, and nothing says what came of it: ping, ana@argus.example');
  expect(report.match(/Do: /g)).toHaveLength(Object.keys(checked.value.counts).length);
  expect(report).toContain('self-consistent only');
  expect(fromUtf8(utf8(report))).toBe(report);
});
