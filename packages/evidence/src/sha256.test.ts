import { createHash } from 'node:crypto';
import { toHex, utf8 } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newSha256, sha256 } from './sha256.ts';

test.each([
  // FIPS 180-4's own examples, as NIST publishes them
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
])('the published digest of %j', (text, digest) => expect(toHex(sha256(utf8(text)))).toBe(digest));

test('it is the same as that of node:crypto, for every length around a block and however it is cut up', () => {
  const expected = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  for (let length = 0; length < 200; length++) expect(toHex(sha256(new Uint8Array(length).fill(length)))).toBe(expected(new Uint8Array(length).fill(length)));
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 8 }), (parts) => {
      const digest = newSha256();
      for (const part of parts) digest.update(part);
      expect(digest.hex()).toBe(expected(Buffer.concat(parts)));
    }),
  );
});
