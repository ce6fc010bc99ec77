import { toBase64 } from '@argus/kit/bytes.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { KEPT_BYTES_MAX, readResultsPublicKey, type KeptOf } from '@argus/protocol/kept.ts';
import { expect, test } from 'vitest';
import { newSigningKey } from './ed25519.ts';
import { sha256Hex } from './hash.ts';
import { canSealTo, keptAgain, keptReply, newContentKey, openResult, openResultsKey, resultsKeyOf, resultsKeyText, resultsPublicKeyText, sealResult } from './kept-result.ts';
import { systemRandom } from './random.ts';

const TEXT = '{"text":"what stood in the log"}';
const OF: KeptOf = { instance: mustId('instance', `ins_${'a'.repeat(20)}`), tenant: mustId('tenant', 'SHOP_BERLIN'), agent: mustId('agent', 'agent_lobby_01'), session: mustId('session', `rss_${'b'.repeat(20)}`), request_id: mustId('request', 'req_one_1'), result_sha256: sha256Hex(TEXT) };
const machine = newSigningKey();
const tenant = resultsKeyOf(systemRandom(32));
const said = (over: Partial<Parameters<typeof keptReply>[1]> = {}) => keptReply(machine, { tenantKey: tenant.publicKeyText, text: TEXT, of: OF, random: systemRandom, ...over }) ?? expect.fail('it was not sealed');
const CHEAP = { n: 1_024, r: 8, p: 1 };

test('what is kept is made again from the key of its one text, byte for byte, and opens for the tenant alone', () => {
  const kept = keptAgain(machine.publicKeyText, said(), { text: TEXT, of: OF }) ?? expect.fail('it is not what was signed');
  expect(openResult(tenant, kept.sealed, OF)).toBe(TEXT);
  expect(openResult(resultsKeyOf(systemRandom(32)), kept.sealed, OF)).toBeNull();
  expect(Buffer.from(kept.sealed).includes(TEXT)).toBe(false);
});

test('no two results have a key in common, and the key of one opens no other', () => {
  const [a, b] = [newContentKey(tenant.publicKeyText, systemRandom), newContentKey(tenant.publicKeyText, systemRandom)];
  expect(a?.key).not.toEqual(b?.key);
  expect(sealResult(a ?? expect.fail(), TEXT, OF)).not.toEqual(sealResult(b ?? expect.fail(), TEXT, OF));
});

/** Guarantee: a server keeps what the machine sealed, for whom it sealed it, or nothing. */
test.each<[string, (one: ReturnType<typeof said>) => ReturnType<typeof said>, Partial<{ text: string; of: KeptOf }>]>([
  ['another text', (one) => one, { text: '{"text":"nothing"}' }],
  ['another request', (one) => one, { of: { ...OF, request_id: mustId('request', 'req_two_2') } }],
  ['another session', (one) => one, { of: { ...OF, session: mustId('session', `rss_${'c'.repeat(20)}`) } }],
  ['another tenant', (one) => one, { of: { ...OF, tenant: mustId('tenant', 'SHOP_BERN') } }],
  ['another key of a tenant than was signed', (one) => ({ ...one, key: resultsKeyOf(systemRandom(32)).publicKeyText }), {}],
  ['another content key', (one) => ({ ...one, content_key: toBase64(systemRandom(32)) }), {}],
  ['another ephemeral key', (one) => ({ ...one, ephemeral: toBase64(systemRandom(32)) }), {}],
  ['another digest', (one) => ({ ...one, sealed_sha256: sha256Hex('x') }), {}],
  ['the signature of another machine', () => keptReply(newSigningKey(), { tenantKey: tenant.publicKeyText, text: TEXT, of: OF, random: systemRandom }) ?? expect.fail(), {}],
])('nothing is kept under %s', (_what, change, over) => expect(keptAgain(machine.publicKeyText, change(said()), { text: TEXT, of: OF, ...over })).toBeNull());

test('to a key that agrees with everybody on the same, or is none, nothing is sealed', () => {
  for (const key of [toBase64(new Uint8Array(32)), toBase64(Uint8Array.of(1, ...new Uint8Array(31))), 'no key']) {
    expect(canSealTo(key), key).toBe(false);
    expect(keptReply(machine, { tenantKey: key, text: TEXT, of: OF, random: systemRandom })).toBeNull();
  }
  expect(canSealTo(tenant.publicKeyText)).toBe(true);
});

test('what is longer than anything that is kept is not sealed', () => {
  expect(keptReply(machine, { tenantKey: tenant.publicKeyText, text: 'x'.repeat(KEPT_BYTES_MAX - 47), of: OF, random: systemRandom })).toBeNull();
  expect(keptReply(machine, { tenantKey: tenant.publicKeyText, text: 'x'.repeat(KEPT_BYTES_MAX - 48), of: OF, random: systemRandom })).not.toBeNull();
});

test('the key on disk opens with its passphrase and no other, and a changed file opens with none', () => {
  const file = resultsKeyText(tenant, { passphrase: 'correct horse battery', random: systemRandom, cost: CHEAP });
  expect(openResultsKey(file, 'correct horse battery')?.secret).toEqual(Buffer.from(tenant.secret));
  expect(openResultsKey(file, 'correct horse batterz')).toBeNull();
  expect(openResultsKey(file.replace(tenant.publicKeyText, resultsKeyOf(systemRandom(32)).publicKeyText), 'correct horse battery')).toBeNull();
  expect([file, resultsPublicKeyText(tenant)].map(readResultsPublicKey)).toEqual([tenant.publicKeyText, tenant.publicKeyText]);
  expect(file).not.toContain(toBase64(tenant.secret));
  for (const other of ['', '{}', 'null', '{"v":1,"kind":"argus-consent-key","public_key":"x"}', resultsPublicKeyText(tenant)]) expect(openResultsKey(other, 'correct horse battery')).toBeNull();
});
