import { expect, test } from 'vitest';
import { Bundle, bundleLine, BUNDLE_FILES, BundleLeaf, BUNDLE_LINE_BYTES_MAX, bundleReadme, parseBundleLine } from './bundle.ts';
import { LEAF_BYTES_MAX } from './leaf.ts';

const bundle = Bundle.parse({
  v: 1, kind: 'session', instance: 'ins_aaaaaaaaaaaaaaaaaaaa', tenant: 'UTD_7ELEVEN_001', made_at: '2026-03-01T12:00:00.000Z',
  session: 'rss_aaaaaaaaaaaaaaaaaaaa', from: 3, to: 9, size: 12, log_keys: [`${'A'.repeat(43)}=`],
});

test('the files of a bundle are these, in this order', () => {
  expect(BUNDLE_FILES.map(({ name }) => name)).toEqual([
    'README.txt', 'bundle.json', 'checkpoint.txt', 'leaves.ndjson', 'proofs.ndjson', 'checkpoints.ndjson', 'agents.ndjson', 'cosignatures.ndjson', 'receipts.ndjson', 'kept.ndjson', 'bundle.sha256',
  ]);
});

test('a line is read as it was written, and in no other spelling', () => {
  const line = bundleLine({ leaf: '{"a":1}', index: 4 });
  expect(line).toBe('{"index":4,"leaf":"{\\"a\\":1}"}\n');
  expect(parseBundleLine(BundleLeaf, line.slice(0, -1))).toEqual({ ok: true, value: { index: 4, leaf: '{"a":1}' } });
  for (const other of ['{"leaf":"x","index":4}', '{"index":4, "leaf":"x"}', '{"index":4}', '{"index":-1,"leaf":"x"}', '{"index":4,"leaf":"x","more":1}', '', 'null'])
    expect(parseBundleLine(BundleLeaf, other).ok).toBe(false);
});

test('the longest leaf fits into a line even where every character of it is escaped, and longer lines are refused', () => {
  expect(() => bundleLine({ index: Number.MAX_SAFE_INTEGER, leaf: '"'.repeat(LEAF_BYTES_MAX) })).not.toThrow();
  expect(() => bundleLine({ index: 1, leaf: 'x'.repeat(BUNDLE_LINE_BYTES_MAX) })).toThrow(TypeError);
  expect(parseBundleLine(BundleLeaf, `{"index":1,"leaf":"${'x'.repeat(BUNDLE_LINE_BYTES_MAX)}"}`)).toEqual({ ok: false, error: 'the line is too long' });
});

test('the text for people names the session, what is covered, and where the trust file has to come from', () => {
  const text = bundleReadme(bundle);
  expect(text).toContain('one session and the entries it stands on, out of the log of UTD_7ELEVEN_001');
  expect(text).toContain('Session        rss_aaaaaaaaaaaaaaaaaaaa');
  expect(text).toContain('not from whoever gave you this file');
});
