import { toBase64 } from '@argus/kit/bytes.ts';
import type { Json } from '@argus/kit/canonical-json.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { originOf } from '@argus/protocol/origin.ts';
import { SIGNATURE_KINDS, signedText } from '@argus/protocol/signature.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signingKeyOf, verifyText } from './ed25519.ts';
import { signValue, verifyValue } from './signature.ts';

const key = signingKeyOf(new Uint8Array(32).fill(1));
const other = signingKeyOf(new Uint8Array(32).fill(2));
const value = { agent: 'agent_lobby_01', at: '2026-11-21T09:00:00.000Z' };

/** Guarantee: a signature is good for what it was made for and for nothing else. Every pair is tried. */
test.each(SIGNATURE_KINDS)('a signature of kind %s verifies as itself and as no other kind', (made) => {
  const signature = signValue(key, made, value);
  for (const asked of SIGNATURE_KINDS)
    expect(verifyValue(key.publicKeyText, asked, value, signature), asked).toBe(asked === made);
});

test.each(SIGNATURE_KINDS)('a signature of kind %s is void for another value and under another key', (kind) => {
  const signature = signValue(key, kind, value);
  expect(verifyValue(key.publicKeyText, kind, { ...value, at: '2026-11-21T09:00:00.001Z' }, signature)).toBe(false);
  expect(verifyValue(other.publicKeyText, kind, value, signature)).toBe(false);
});

const origin = originOf(mustId('instance', 'ins_aaaaaaaaaaaaaaaaaaaa'), mustId('tenant', 'SHOP_BERLIN'));
const checkpoint = `${origin}\n42\n${toBase64(new Uint8Array(32))}\n`;

/** Guarantee: the log key, which signs notes all day, can be made to sign nothing else; and the other way round. */
test.each(SIGNATURE_KINDS)('a signature under a checkpoint or a cosignature does not verify as %s', (kind) => {
  for (const text of [checkpoint, `cosignature/v1\ntime 1795251600\n${checkpoint}`]) {
    const signature = toBase64(key.sign(text));
    expect(verifyText(key.publicKeyText, text, signature)).toBe(true);
    for (const claimed of [text, checkpoint, { note: text }, value, null])
      expect(verifyValue(key.publicKeyText, kind, claimed, signature)).toBe(false);
    expect(verifyText(key.publicKeyText, text, signValue(key, kind, text))).toBe(false);
  }
});

test('a signature under the bare JSON of a value verifies as no kind', () => {
  const bare = toBase64(key.sign(signedText('reply', value).split('\n')[1] ?? ''));
  for (const kind of SIGNATURE_KINDS) expect(verifyValue(key.publicKeyText, kind, value, bare)).toBe(false);
});

test('the order of members makes no other signature', () =>
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<Record<string, Json>>, (members) => {
      const reversed = Object.fromEntries(Object.entries(members).toReversed());
      expect(verifyValue(key.publicKeyText, 'consent', reversed, signValue(key, 'consent', members))).toBe(true);
    }),
    { numRuns: 50 },
  ));

test.each(['', 'x', '=', 'A'.repeat(86), `${'A'.repeat(86)}==`])('%j is no signature', (text) => {
  expect(verifyValue(key.publicKeyText, 'reply', value, text)).toBe(false);
  expect(verifyValue(text, 'reply', value, signValue(key, 'reply', value))).toBe(false);
});
