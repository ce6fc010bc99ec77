import { webcrypto } from 'node:crypto';
import { webCrypto } from '@argus/evidence/web-crypto.ts';
import { applyPatch } from '@argus/protocol/commands/apply-patch.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { EXAMPLE_PATCH_KEY, readPatch } from '@argus/protocol/patch.ts';
import { expect, test } from 'vitest';
import { checkPatch, checkSignatures, readKeys } from './patch-check.ts';

const patch = mustRead(applyPatch.example.patch);
/** As it stands in the documentation, and as it is typed there. */
function mustRead(raw: unknown) {
  const read = readPatch(raw);
  return read.ok ? { manifest: read.value.manifest, signatures: read.value.signatures } : expect.unreachable();
}
const agent = mustId('agent', patch.manifest.agent);
const now = Date.UTC(2026, 5, 1);
const [file] = patch.manifest.files;
const check = (value: unknown, over = {}) => checkPatch(typeof value === 'string' ? value : JSON.stringify(value), { agent, now, ...over });
const changed = (manifest: object) => ({ ...patch, manifest: { ...patch.manifest, ...manifest } });

test('a patch that fits is read: for whom, what it writes, and the bytes themselves', () => {
  const read = check(patch);
  expect(read).toMatchObject({ ok: true, value: { manifest: { id: 'patch_example_streams' }, files: [{ path: 'hotfix/streams.yaml' }] } });
});

/** Guarantee: what the machine would refuse for its form is not sent. */
test.each<[string, unknown, object, string]>([
  ['no JSON', 'streams: 6', {}, 'bad_args'],
  ['a list', '[]', {}, 'bad_args'],
  ['larger than any patch', `{"a":"${'a'.repeat(6 * 1_048_576)}"}`, {}, 'bad_args'],
  ['not signed at all', { ...patch, signatures: [] }, {}, 'patch_signature_invalid'],
  ['for another machine', patch, { agent: mustId('agent', 'agent_other_01') }, 'patch_wrong_target'],
  ['too late', patch, { now: Date.UTC(2027, 5, 1) }, 'patch_expired'],
  ['too early', patch, { now: Date.UTC(2025, 5, 1) }, 'patch_not_yet_valid'],
  ['a path no patch may write', changed({ files: [{ ...file, path: 'trust.json' }] }), {}, 'patch_target_not_allowlisted'],
  ['content that is not what its digest says', changed({ files: [{ ...file, content_base64: 'c3RyZWFtczogNwo=' }] }), {}, 'bad_args'],
  ['content of another size', changed({ files: [{ ...file, size: 12 }] }), {}, 'bad_args'],
])('%s is not sent', (_, value, over, code) => expect(check(value, over)).toMatchObject({ ok: false, error: { code } }));

test('signatures are checked against keys somebody has: good, bad, or by a key that is not among them', async () => {
  const { verify } = webCrypto(webcrypto.subtle);
  const read = check(patch);
  const other = check(changed({ note: 'another note' }));
  if (!read.ok || !other.ok) return expect.unreachable();
  expect(await checkSignatures(read.value.read, [EXAMPLE_PATCH_KEY], verify)).toEqual([{ key: 'example', is: 'good' }]);
  expect(await checkSignatures(other.value.read, [EXAMPLE_PATCH_KEY], verify)).toEqual([{ key: 'example', is: 'bad' }]);
  expect(await checkSignatures(read.value.read, [{ ...EXAMPLE_PATCH_KEY, key_id: 'b' }], verify)).toEqual([{ key: 'example', is: 'unknown' }]);
});

test('a file of keys is one that argus-sign printed, or none', () => {
  expect(readKeys(JSON.stringify([EXAMPLE_PATCH_KEY]))).toEqual([EXAMPLE_PATCH_KEY]);
  expect([readKeys('{}'), readKeys('x'), readKeys('[]')]).toEqual([null, null, null]);
});
