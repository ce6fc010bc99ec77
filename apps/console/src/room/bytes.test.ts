import { createHash } from 'node:crypto';
import { toBase64, utf8 } from '@argus/kit/bytes.ts';
import { expect, test } from 'vitest';
import { bytesOf, hexLines } from './bytes.ts';

const named = (text: string) => ({ size: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') });

test('what came is what was named: the same size and the same digest, as text and in base64', () => {
  expect(bytesOf({ text: 'ünï\n', ...named('ünï\n') })).toEqual({ bytes: utf8('ünï\n'), isWhole: true });
  expect(bytesOf({ base64: toBase64(utf8('abc')), ...named('abc') })).toEqual({ bytes: utf8('abc'), isWhole: true });
});

/** Guarantee: a picture or a file that was changed on its way is not shown as what the machine signed for. */
test('one byte more, less or otherwise is seen', () => {
  for (const text of ['abcd', 'ab', 'abd']) expect(bytesOf({ text, ...named('abc') }).isWhole).toBe(false);
  expect(bytesOf({ base64: '@', ...named('abc') })).toEqual({ bytes: new Uint8Array(), isWhole: false });
});

test('bytes are shown with their place and their letters, and no more than asked for', () => {
  expect(hexLines(utf8('Argus\n<b>'), 100)).toEqual(['00000000  41 72 67 75 73 0a 3c 62 3e                       Argus.<b>']);
  expect(hexLines(new Uint8Array(64), 32)).toHaveLength(2);
});
