import { toBase64, toHex } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newSigningKey, signingKeyOf, verifyEd25519, verifyText } from './ed25519.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

/** RFC 8032, 7.1, tests 1 to 3. */
const rfc8032 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

test.each(rfc8032)('the key, the signature and its check are those of RFC 8032, for message "$message"', (vector) => {
  const key = signingKeyOf(bytes(vector.seed));
  expect(toHex(key.publicKey)).toBe(vector.publicKey);
  expect(key.publicKeyText).toBe(toBase64(bytes(vector.publicKey)));
  expect(toHex(key.sign(bytes(vector.message)))).toBe(vector.signature);
  expect(verifyEd25519(bytes(vector.publicKey), bytes(vector.message), bytes(vector.signature))).toBe(true);
});

const key = signingKeyOf(new Uint8Array(32).fill(1));
const signature = key.sign('hello');

test('a flipped bit anywhere in key, message or signature is a bad signature', () => {
  const flipped = (source: Uint8Array, bit: number) =>
    source.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
  expect(verifyEd25519(key.publicKey, 'hello', signature)).toBe(true);
  expect(verifyEd25519(key.publicKey, 'hellp', signature)).toBe(false);
  for (let bit = 0; bit < 512; bit++)
    expect(verifyEd25519(key.publicKey, 'hello', flipped(signature, bit)), `${bit}`).toBe(false);
  for (let bit = 0; bit < 256; bit++)
    expect(verifyEd25519(flipped(key.publicKey, bit), 'hello', signature), `${bit}`).toBe(false);
});

test('keys and signatures of any bytes and any length are answered with false, never with a throw', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 70 }), fc.string(), (one, two, text) => {
      expect(verifyEd25519(one, text, two)).toBe(false);
      expect(verifyEd25519(one, text, signature)).toBe(false);
      expect(verifyEd25519(key.publicKey, text, two)).toBe(false);
      expect(verifyText(toBase64(one), text, toBase64(two))).toBe(false);
      expect(verifyText(text, text, text)).toBe(false);
    }),
  ));

test('32 bytes of any kind may be called a key', () =>
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (raw) => {
      expect(verifyEd25519(raw, 'hello', signature)).toBe(false);
    }),
  ));

test('base64 in another spelling is no key and no signature', () => {
  const text = toBase64(signature);
  expect(verifyText(key.publicKeyText, 'hello', text)).toBe(true);
  for (const other of [
    text.slice(0, -2),
    ` ${text}`,
    `${text}\n`,
    text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
  ])
    expect(verifyText(key.publicKeyText, 'hello', other)).toBe(false);
});

/** Guarantee: imported keys are remembered, and never taken for one another, also when the memory is full. */
test('among more keys than are remembered, each verifies its own signature and no other', () => {
  const [first, second] = [signingKeyOf(new Uint8Array(32).fill(2)), signingKeyOf(new Uint8Array(32).fill(3))];
  const both = () => {
    for (const mine of [first, second])
      for (const theirs of [first, second])
        expect(verifyEd25519(mine.publicKey, 'hello', theirs.sign('hello'))).toBe(mine === theirs);
  };
  both();
  const raw = Uint8Array.from(first.publicKey);
  for (let i = 0; i < 4_200; i++) {
    new DataView(raw.buffer).setUint32(0, i);
    verifyEd25519(raw, 'hello', new Uint8Array());
  }
  both();
  raw.set(second.publicKey); // the same array, other bytes
  expect(verifyEd25519(raw, 'hello', second.sign('hello'))).toBe(true);
});

/**
 * Guarantee: no key is so weak that one signature fits every message: an agent could disown all it signed. These are
 * the points of small order, in all their spellings; one signature fits each of them for every eighth message or more.
 * OpenSSL refuses them by itself: 3.5, which we run on, does, and 3.0 does not.
 */
test('a key of small order verifies nothing', () => {
  const small = ['00', '01']
    .map((first) => `${first}${'00'.repeat(31)}`)
    .concat(
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      ...['ec', 'ed', 'ee'].map((first) => `${first}${'ff'.repeat(30)}7f`),
    );
  // S = 1 and R = the base point: R = S·B, so what is left of the equation is the weak key alone.
  const forged = bytes(`58${'66'.repeat(31)}01${'00'.repeat(31)}`);
  for (const hex of small)
    for (const sign of [0, 0x80]) {
      const weak = bytes(hex).map((byte, i) => (i === 31 ? byte | sign : byte));
      for (let i = 0; i < 32; i++) expect(verifyEd25519(weak, `message ${i}`, forged), hex).toBe(false);
    }
});

test.each([0, 31, 33, 64])('a seed of %i bytes is refused: part of it would be the key', (length) =>
  expect(() => signingKeyOf(new Uint8Array(length))).toThrow('32 bytes'),
);

test('a new key is another one each time, and its seed is all of it', () => {
  const [one, two] = [newSigningKey(), newSigningKey()];
  expect(one.publicKeyText).not.toBe(two.publicKeyText);
  expect(signingKeyOf(one.seed).publicKeyText).toBe(one.publicKeyText);
  expect(verifyText(one.publicKeyText, 'x', toBase64(signingKeyOf(one.seed).sign('x')))).toBe(true);
});
