import { expect, test } from 'vitest';
import { mustId } from './ids.ts';
import { originOf } from './origin.ts';
import { SIGNATURE_KINDS, signedText } from './signature.ts';

test('the text under a signature names what the signature is for, then says it in canonical JSON', () =>
  expect(signedText('reply', { b: 1, a: 'x' })).toBe('argus/reply/v1\n{"a":"x","b":1}'));

test('the kinds are these, and a removed or renamed one would void signatures in the field', () =>
  expect(SIGNATURE_KINDS).toEqual(['enroll', 'reply', 'end', 'consent', 'patch', 'operator-proof', 'log-rotation', 'kept']));

/** Guarantee: no value can be chosen so that signing it as one kind signs it as another. */
test('the first line ends where the kind ends, whatever the value', () => {
  for (const kind of SIGNATURE_KINDS)
    for (const value of ['', '\nargus/patch/v1\n', { 'argus/patch/v1': 1 }, []])
      expect(signedText(kind, value).split('\n')).toEqual([`argus/${kind}/v1`, expect.any(String)]);
});

/** Guarantee: the log key signs notes and the other keys sign kinds; neither text can pass for the other. */
test('no checkpoint and no cosignature begins like the text of a kind', () => {
  const instance = mustId('instance', 'ins_aaaaaaaaaaaaaaaaaaaa');
  const firstLines = SIGNATURE_KINDS.map((kind) => signedText(kind, null).split('\n')[0]);
  for (const tree of ['operator', mustId('tenant', 'REPLY')] as const)
    expect(firstLines).not.toContain(originOf(instance, tree));
  expect(firstLines).not.toContain('cosignature/v1');
  for (const kind of SIGNATURE_KINDS) expect(() => mustId('instance', kind)).toThrow(TypeError);
});

test('half a surrogate pair is not signed: it would stand for many texts', () =>
  expect(() => signedText('consent', { note: '\ud800' })).toThrow(TypeError));
