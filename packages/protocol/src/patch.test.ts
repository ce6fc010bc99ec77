import { toBase64, utf8 } from '@argus/kit/bytes.ts';
import { signingKeyOf, verifyText, type SigningKey } from '@argus/keys/ed25519.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { signValue } from '@argus/keys/signature.ts';
import { expect, test } from 'vitest';
import { applyPatch } from './commands/apply-patch.ts';
import { mustId } from './ids.ts';
import { EXAMPLE_PATCH_KEY, isPatchable, PATCH_BYTES_MAX, PATCH_TEXT_MAX, PatchKeys, verifyPatch, type PatchFacts, type PatchManifest } from './patch.ts';

const AGENT = mustId('agent', 'agent_lobby_01');
const NOON = Date.UTC(2026, 2, 1, 12);
const keys = [1, 2, 3].map((n) => signingKeyOf(new Uint8Array(32).fill(n)));
const [alice, bob, carol] = keys as [SigningKey, SigningKey, SigningKey];
const mallory = signingKeyOf(new Uint8Array(32).fill(66));
const NAMES = ['alice', 'bob', 'carol'];
const trusted = keys.map((key, n) => ({ key_id: NAMES[n] ?? '', public_key: key.publicKeyText }));

const file = (path: string, text: string | Uint8Array) => {
  const bytes = typeof text === 'string' ? utf8(text) : text;
  return { path, sha256: sha256Hex(bytes), size: bytes.length, content_base64: toBase64(bytes) };
};
const manifest = (over: Partial<PatchManifest> = {}): PatchManifest => ({
  v: 1,
  id: mustId('patch', 'patch_0001'),
  agent: AGENT,
  files: [file('config.yaml', 'streams: 6\n'), file('hotfix/lobby.json', '{}')],
  not_before: '2026-03-01T00:00:00.000Z',
  not_after: '2026-03-02T00:00:00.000Z',
  note: 'more streams',
  ...over,
});
const sig = (key_id: string, key: SigningKey, value: PatchManifest = manifest()) => ({ key_id, sig: signValue(key, 'patch', value) });
const signed = (value: unknown = manifest(), signatures = [sig('alice', alice, value as PatchManifest)]) => ({ manifest: value, signatures });
const facts = (over: Partial<PatchFacts> = {}): PatchFacts => ({ agent: AGENT, now: NOON, keys: trusted, threshold: 1, isSeen: () => false, verify: verifyText, sha256, ...over });
const codeOf = (raw: unknown, over: Partial<PatchFacts> = {}) => {
  const verified = verifyPatch(raw, facts(over));
  return verified.ok ? 'ok' : verified.error.code;
};

test('a patch that is signed, for this agent, now, is its files and who signed it', () => {
  const verified = verifyPatch(signed(), facts());
  expect(verified).toMatchObject({ ok: true, value: { id: 'patch_0001', signers: ['alice'] } });
  expect(verified.ok && verified.value.files.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)])).toEqual([['config.yaml', 'streams: 6\n'], ['hotfix/lobby.json', '{}']]);
});

// ---- signatures

/** Guarantee: two of three means two people, however the list of signatures is written. */
test.each<[string, ReturnType<typeof sig>[], string]>([
  ['two of them', [sig('alice', alice), sig('carol', carol)], 'ok'],
  ['all of them', [sig('alice', alice), sig('bob', bob), sig('carol', carol)], 'ok'],
  ['two and a stranger', [sig('mallory', mallory), sig('alice', alice), sig('carol', carol)], 'ok'],
  ['one and a signature that is not good', [sig('alice', alice), sig('bob', mallory)], 'patch_signature_invalid'],
  ['one', [sig('bob', bob)], 'patch_signature_invalid'],
  ['one, twice', [sig('bob', bob), sig('bob', bob)], 'patch_signature_invalid'],
  ['one, under the names of two', [sig('bob', bob), sig('alice', bob)], 'patch_signature_invalid'],
  ['one and a stranger', [sig('bob', bob), sig('mallory', mallory)], 'patch_signature_invalid'],
  ['one and a stranger under a known name', [sig('bob', bob), sig('carol', mallory)], 'patch_signature_invalid'],
  ['one, and one over another patch', [sig('bob', bob), sig('alice', alice, manifest({ note: 'another' }))], 'patch_signature_invalid'],
  ['none', [], 'patch_signature_invalid'],
])('two of three: %s', (_name, signatures, code) => expect(codeOf(signed(manifest(), signatures), { threshold: 2 })).toBe(code));

test('a key that stands in the trust file under two names counts once', () => {
  const twice = [...trusted, { key_id: 'alice-again', public_key: alice.publicKeyText }];
  expect(codeOf(signed(manifest(), [sig('alice', alice), sig('alice-again', alice)]), { keys: twice, threshold: 2 })).toBe('patch_signature_invalid');
});

/** Guarantee: the owner's switch never waits for signatures that are worth nothing. Each check reads the whole patch, megabytes of it. */
test.each<[string, (n: number) => ReturnType<typeof sig>, number, string]>([
  ['of one key', () => sig('alice', mallory), 1, 'patch_signature_invalid'],
  ['of every key in turn', (n) => sig(NAMES[n % 3] ?? '', mallory), 1, 'patch_signature_invalid'],
  ['of strangers', (n) => sig(`mallory-${n}`, mallory), 0, 'patch_signature_invalid'],
  ['of one key, all of them good', () => sig('alice', alice), 1, 'ok'],
])('sixteen signatures cost one check at the most: %s', (_name, one, most, code) => {
  let checks = 0;
  const verify = (...about: Parameters<PatchFacts['verify']>) => (checks++, verifyText(...about));
  expect([codeOf(signed(manifest(), Array.from({ length: 16 }, (_, n) => one(n))), { verify }), checks]).toEqual([code, most]);
});

/** Guarantee: what somebody put beside a good signature is no reason to look the other way. */
test('a good signature and one that fails under a trusted name is no signed patch, also where one would do', () => {
  expect(codeOf(signed(manifest(), [sig('alice', alice), sig('bob', mallory)]))).toBe('patch_signature_invalid');
  expect(codeOf(signed(manifest(), [sig('alice', alice), sig('bob-of-the-other-site', mallory)]))).toBe('ok');
});

test('a machine without keys takes no patch, and a threshold of nothing is still one', () => {
  expect(codeOf(signed(), { keys: [] })).toBe('patch_signature_invalid');
  expect(codeOf(signed(manifest(), []), { threshold: 0 })).toBe('patch_signature_invalid');
});

test.each(['reply', 'consent', 'operator-proof', 'enroll'] as const)('a signature made for %s is none for a patch', (kind) => {
  const other = { key_id: 'alice', sig: signValue(alice, kind, manifest()) };
  expect(codeOf(signed(manifest(), [other]))).toBe('patch_signature_invalid');
});

test('a signature holds for every byte of the manifest', () => {
  const { signatures } = signed();
  for (const change of [{ note: 'x' }, { id: mustId('patch', 'patch_0002') }, { not_after: '2026-04-02T00:00:00.000Z' }, { files: [file('config.yaml', 'streams: 7\n')] }, { agent: mustId('agent', 'agent_other_01') }, { extra: 1 }])
    expect(codeOf({ manifest: { ...manifest(), ...change }, signatures })).toBe('patch_signature_invalid');
});

/** Guarantee: of what is not signed nothing is described, however wrong it is in other ways as well. */
test('what is not signed is refused as that and as nothing else, without a word on what is in it', () => {
  const wrongInEveryWay = [
    manifest({ agent: mustId('agent', 'agent_other_01') }), manifest({ not_after: '2026-01-01T00:00:00.000Z' }), manifest({ files: [file('../etc/passwd', '#!')] }), { secret: 'hunter2' }, null, 7, 'text', [],
  ];
  for (const value of wrongInEveryWay) expect(verifyPatch(signed(value as PatchManifest, [sig('mallory', mallory)]), facts({ isSeen: () => true }))).toEqual({ ok: false, error: { code: 'patch_signature_invalid', internal: '0 of 1' } });
  for (const raw of [null, undefined, {}, [], 'patch', { manifest: manifest() }, { signatures: [] }, { ...signed(), more: 1 }, { manifest: manifest(), signatures: 'alice' }, { manifest: manifest(), signatures: Array.from({ length: 17 }, () => sig('alice', alice)) }])
    expect(codeOf(raw)).toBe('patch_signature_invalid');
});

// ---- whose, when, once

test('the first thing wrong counts: target, then time, then id, then path', () => {
  const all = { agent: mustId('agent', 'agent_other_01'), not_before: '2026-03-05T00:00:00.000Z', not_after: '2026-03-06T00:00:00.000Z', files: [file('argus.log', 'x')] };
  expect(codeOf(signed(manifest(all)), { isSeen: () => true })).toBe('patch_wrong_target');
  expect(codeOf(signed(manifest({ ...all, agent: AGENT })), { isSeen: () => true })).toBe('patch_not_yet_valid');
  expect(codeOf(signed(manifest({ ...all, agent: AGENT })), { isSeen: () => true, now: Date.UTC(2026, 2, 7) })).toBe('patch_expired');
  expect(codeOf(signed(manifest({ files: all.files })), { isSeen: () => true })).toBe('patch_replayed');
  expect(codeOf(signed(manifest({ files: all.files })))).toBe('patch_target_not_allowlisted');
});

test('it may be applied from not_before on, and not any more at not_after', () => {
  const { not_before, not_after } = manifest();
  const at = (now: number) => codeOf(signed(), { now });
  expect([at(Date.parse(not_before) - 1), at(Date.parse(not_before)), at(Date.parse(not_after) - 1), at(Date.parse(not_after))]).toEqual(['patch_not_yet_valid', 'ok', 'ok', 'patch_expired']);
  expect(codeOf(signed(manifest({ not_before: not_after, not_after: not_before })))).toBe('bad_args');
});

test('the id that was seen is asked for by its name', () => expect(codeOf(signed(), { isSeen: (id) => id === 'patch_0001' })).toBe('patch_replayed'));

// ---- paths

const PATHS = {
  yes: ['config.yaml', 'hotfix/a.json', 'hotfix/a.yaml', 'hotfix/Lobby-2.v1.json', `hotfix/${'a'.repeat(64)}.json`],
  no: [
    'Config.yaml', 'config.yml', 'config.yaml/', './config.yaml', '/config.yaml', 'config.yaml\0', 'config.yaml\n', ' config.yaml', '../config.yaml', 'x/config.yaml', 'trust.json', 'argus.log', 'version.txt', 'agent_info.json',
    'hotfix', 'hotfix/', 'hotfix/.json', 'hotfix/.hidden.json', 'hotfix/..json', 'hotfix/../config.json', 'hotfix/a/b.json', 'hotfix//a.json', 'hotfix/./a.json', 'hotfix/a.js', 'hotfix/a.json.sh', 'hotfix/a.JSON', 'HOTFIX/a.json', 'hotfix\\a.json', 'C:\\config.yaml',
    'hotfix/a.json\n', 'hotfix/a\0.json', 'hotfix/ä.json', 'hotfix/\u0430.json', 'hotfix/a.jsоn', 'hotfix/a b.json', 'hotfix/-a.json', `hotfix/${'a'.repeat(65)}.json`, '/proc/self/fd/3', '~/config.yaml', 'hotfix/a.json ', `${'a/'.repeat(2_048)}a.json`,
  ],
};
test.each(PATHS.yes)('%j may be written', (path) => expect([isPatchable(path), codeOf(signed(manifest({ files: [file(path, 'x')] })))]).toEqual([true, 'ok']));
test.each(PATHS.no)('%j may not', (path) => expect([isPatchable(path), codeOf(signed(manifest({ files: [file(path, 'x')] })))]).toEqual([false, 'patch_target_not_allowlisted']));

test.each([['the same', 'hotfix/a.json'], ['another case', 'hotfix/A.json']])('a path that stands there twice is refused: %s', (_name, second) =>
  expect(codeOf(signed(manifest({ files: [file('hotfix/a.json', '1'), file(second, '2')] })))).toBe('bad_args'));

// ---- contents

const bytes = (...values: number[]) => new Uint8Array(values);
const [hash, bang] = [0x23, 0x21];
test.each<[string, string | Uint8Array]>([
  ['plain', '#!/bin/sh\n'],
  ['nothing more', '#!'],
  ['after a mark', bytes(0xef, 0xbb, 0xbf, hash, bang)],
  ['after two marks', bytes(0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, hash, bang)],
  ['UTF-16, little end first', bytes(0xff, 0xfe, hash, 0, bang, 0)],
  ['UTF-16, big end first', bytes(0xfe, 0xff, 0, hash, 0, bang)],
  ['UTF-32', bytes(0xff, 0xfe, 0, 0, hash, 0, 0, 0, bang, 0, 0, 0)],
])('content that a kernel or a shell would take for a script is refused: %s', (_name, content) =>
  expect(codeOf(signed(manifest({ files: [file('config.yaml', 'x'), file('hotfix/a.yaml', content)] })))).toBe('patch_mode_forbidden'));

test.each(['# !', ' #!', '# comment\n#!/bin/sh\n', '', '!#', '#'])('content %j is no script', (text) => expect(codeOf(signed(manifest({ files: [file('config.yaml', text)] })))).toBe('ok'));

test.each<[string, object]>([
  ['a size that is not its own', { size: 12 }],
  ['a digest that is not its own', { sha256: 'ab'.repeat(32) }],
  ['base64 with a space', { content_base64: 'c3RyZWFtczog NAo=' }],
  ['base64 of the other kind', { content_base64: '__8=', size: 2 }],
  ['no content', { content_base64: undefined }],
  ['a mode', { mode: 0o755 }],
])('a signed file with %s is refused', (_name, change) => {
  const { content_base64, ...rest } = file('config.yaml', 'streams: 4\n');
  const changed = JSON.parse(JSON.stringify({ ...rest, content_base64, ...change })) as PatchManifest['files'][number];
  expect(codeOf(signed(manifest({ files: [changed] })))).toBe('bad_args');
});

test('as much as a patch may carry is carried, and a byte more is not', () => {
  const half = file('hotfix/a.json', new Uint8Array(PATCH_BYTES_MAX / 2).fill(0x61));
  const value = manifest({ files: [half, { ...half, path: 'hotfix/b.json' }] });
  expect(JSON.stringify({ patch: signed(value) }).length).toBeLessThan(PATCH_TEXT_MAX);
  expect(codeOf(signed(value))).toBe('ok');
  expect(codeOf(signed(manifest({ files: [...value.files, file('config.yaml', 'x')] })))).toBe('bad_args');
}, 20_000);

test.each<[string, object]>([
  ['no files', { files: [] }],
  ['more files than anybody reads', { files: Array.from({ length: 65 }, (_, n) => file(`hotfix/${n}.json`, '')) }],
  ['a version of tomorrow', { v: 2 }],
  ['a field of tomorrow', { restart: true }],
  ['a time without its zone', { not_before: '2026-03-01T00:00:00.000' }],
  ['a note that does not print', { note: 'x\u001b[2J' }],
  ['an id of another kind', { id: 'pat_0001' }],
])('a signed manifest with %s is refused', (_name, change) => expect(codeOf(signed({ ...manifest(), ...change }))).toBe('bad_args'));

// ---- keys and the example

test('the patch of the documentation is signed with the key of the documentation', () => {
  const example = applyPatch.example.patch;
  expect(verifyPatch(example, facts({ agent: mustId('agent', 'agent_macpro_lobby_01'), keys: [EXAMPLE_PATCH_KEY] }))).toMatchObject({ ok: true, value: { signers: ['example'] } });
  expect(EXAMPLE_PATCH_KEY.public_key).toBe(alice.publicKeyText);
});

test.each([[[]], [[{ key_id: '', public_key: alice.publicKeyText }]], [[{ key_id: 'a b', public_key: alice.publicKeyText }]], [[{ key_id: 'a', public_key: 'x' }]], [[{ key_id: 'a', public_key: alice.publicKeyText, seed: 'x' }]]])('%j is no list of keys', (raw) =>
  expect(PatchKeys.safeParse(raw).success).toBe(false));
