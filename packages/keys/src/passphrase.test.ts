import { scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { openUnder, sealUnder, SCRYPT } from './passphrase.ts';

const cost = { n: 1_024, r: 8, p: 1 };
const random = (bytes: number) => new Uint8Array(bytes).fill(5);
const secret = new Uint8Array(32).fill(9);
const beside = { key_id: 'release-2026' };
const sealed = sealUnder('correct horse', secret, { beside, random, cost });
const open = (passphrase: string, what = sealed, next: typeof beside = beside) => openUnder(passphrase, what, next);

test('the passphrase opens it, and nothing else does', () => {
  expect(Buffer.from(open('correct horse') ?? [])).toEqual(Buffer.from(secret));
  for (const wrong of ['', 'correct horse ', 'Correct horse', 'correct hors']) expect(open(wrong)).toBeNull();
});
test('one passphrase typed on two keyboards is one passphrase', () => {
  const composed = sealUnder('Gr\u00f6\u00dfe', secret, { beside, random, cost });
  expect(open('Gro\u0308\u00dfe', composed)).not.toBeNull();
});
test('what stands beside it cannot be exchanged, nor any part of it', () => {
  expect(open('correct horse', sealed, { key_id: 'another' })).toBeNull();
  for (const change of [{ n: 2_048 }, { salt: 'AAAAAAAAAAAAAAAAAAAAAA==' }, { nonce: 'AAAAAAAAAAAAAAAA' }, { sealed: sealed.sealed.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) }, { sealed: '' }, { nonce: 'x' }]) expect(open('correct horse', { ...sealed, ...change })).toBeNull();
});
/** A file that asks for all of the memory is no key file. */
test.each([{ n: 2 ** 30 }, { n: 1_000 }, { n: 0 }, { n: -1 }, { r: 1_024 }, { p: 64 }])('a cost of %j is refused at once', (change) => expect(open('correct horse', { ...sealed, ...change })).toBeNull());
test('a guess costs what it should', () => {
  expect(SCRYPT).toEqual({ n: 131_072, r: 8, p: 1 });
  const strong = sealUnder('x', secret, { beside, random });
  expect(strong).toMatchObject(SCRYPT);
  expect(scryptSync('x', random(16), 32, { N: strong.n, r: 8, p: 1, maxmem: 2 ** 28 }).length).toBe(32);
});
