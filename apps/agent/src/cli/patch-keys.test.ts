import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLE_PATCH_KEY } from '@argus/protocol/patch.ts';
import { expect, test } from 'vitest';
import { scratch } from '../../testing/scratch.ts';
import { keyOf } from '../../testing/signed-log.ts';
import { patchTrustOf } from './patch-keys.ts';
import { Stop } from './stop.ts';

const [a, b, c] = ['a', 'b', 'c'].map((key_id, n) => ({ key_id, public_key: keyOf(20 + n).publicKeyText }));
function fileOf(content: unknown): string {
  const path = join(scratch(), 'keys.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('without a file nobody may sign for this machine', () => expect(patchTrustOf(undefined, undefined)).toEqual({ keys: [], threshold: 1 }));
test('the keys are those of the file, one of which has to sign unless more are asked for', () => {
  expect(patchTrustOf(fileOf([a, b, c]), undefined)).toEqual({ keys: [a, b, c], threshold: 1 });
  expect(patchTrustOf(fileOf([a, b, c]), '2')).toEqual({ keys: [a, b, c], threshold: 2 });
});
test.each<[string, unknown, string | undefined, RegExp]>([
  ['more signatures than keys', [a], '2', /from 1 to 1/],
  ['no signature at all', [a], '0', /from 1 to 1/],
  ['half a signature', [a, b], '1.5', /from 1 to 2/],
  ['a threshold in words', [a], 'two', /from 1 to 1/],
  ['no keys', [], undefined, /does not fit/],
  ['something else', 'nonsense', undefined, /does not fit/],
  ['one key under two names', [a, { ...a, key_id: 'again' }], '2', /one key twice/],
  ['two keys under one name', [a, { ...b, key_id: 'a' }], '2', /one key twice/],
  ['the key everybody has', [a, { ...EXAMPLE_PATCH_KEY, key_id: 'mine' }], undefined, /key of the documentation/],
])('%s is refused with a sentence', (_name, keys, threshold, sentence) => {
  expect(() => patchTrustOf(fileOf(keys), threshold)).toThrow(Stop);
  expect(() => patchTrustOf(fileOf(keys), threshold)).toThrow(sentence);
});
test('a threshold without keys, and a file that is not there, are refused with a sentence', () => {
  expect(() => patchTrustOf(undefined, '2')).toThrow(/--patch-keys FILE/);
  expect(() => patchTrustOf('/nowhere/keys.json', undefined)).toThrow(/cannot be read/);
});
