import { concatBytes } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemRandom } from './random.ts';
import { seal, unseal, type SealPurpose } from './seal.ts';

const masterKey = new Uint8Array(32).fill(1);
const purpose: SealPurpose = { purpose: 'passkey', tenant: 'SHOP_BERLIN', agent: 'agent_lobby_01' };
const secret = new Uint8Array(32).fill(9);
const sealed = seal(masterKey, secret, { purpose, random: systemRandom });
const plain = (bytes: Uint8Array | null) => bytes && [...bytes];

const anyPurpose = fc.record({
  purpose: fc.constantFrom('passkey' as const, 'log_key' as const),
  tenant: fc.option(fc.string()),
  agent: fc.option(fc.string()),
});

test('what was sealed opens for the same purpose', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), anyPurpose, (bytes, any) => {
      expect(plain(unseal(masterKey, seal(masterKey, bytes, { purpose: any, random: systemRandom }), any))).toEqual([
        ...bytes,
      ]);
    }),
  ));

/** Guarantee: who can write the database can move a sealed secret nowhere and put nothing in its place. */
test.each<[string, SealPurpose]>([
  ['another purpose', { ...purpose, purpose: 'log_key' }],
  ['another tenant', { ...purpose, tenant: 'SHOP_BERN' }],
  ['another agent', { ...purpose, agent: 'agent_lobby_02' }],
  ['no tenant', { ...purpose, tenant: null }],
  ['no agent', { ...purpose, agent: null }],
  ['tenant and agent exchanged', { ...purpose, tenant: 'agent_lobby_01', agent: 'SHOP_BERLIN' }],
  ['a border moved between the two', { ...purpose, tenant: 'SHOP_BERLINagent', agent: '_lobby_01' }],
])('it does not open for %s', (_name, asked) => expect(unseal(masterKey, sealed, asked)).toBeNull());

test('no two purposes open for one another', () =>
  fc.assert(
    fc.property(anyPurpose, anyPurpose, (one, two) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(two));
      expect(unseal(masterKey, seal(masterKey, secret, { purpose: one, random: systemRandom }), two)).toBeNull();
    }),
  ));

test('it does not open under another master key', () =>
  expect(unseal(new Uint8Array(32).fill(2), sealed, purpose)).toBeNull());

test('no bit of it can be flipped, and no byte taken or added', () => {
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = Uint8Array.from(sealed, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    expect(unseal(masterKey, flipped, purpose), `${bit}`).toBeNull();
  }
  for (let length = 0; length < sealed.length; length++)
    expect(unseal(masterKey, sealed.subarray(0, length), purpose)).toBeNull();
  expect(unseal(masterKey, concatBytes(sealed, new Uint8Array(1)), purpose)).toBeNull();
});

test('the same secret is sealed to other bytes each time, none of them the secret', () => {
  const again = seal(masterKey, secret, { purpose, random: systemRandom });
  expect(again).not.toEqual(sealed);
  expect(Buffer.from(again).includes(Buffer.from(secret))).toBe(false);
});
