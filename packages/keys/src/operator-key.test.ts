import { expect, test } from 'vitest';
import { newSigningKey } from './ed25519.ts';
import { operatorKeyText, readOperatorKey } from './operator-key.ts';
import { systemRandom } from './random.ts';

const key = newSigningKey();
const text = operatorKeyText(key, { passphrase: 'correct horse battery', random: systemRandom, cost: { n: 1_024, r: 8, p: 1 } });
const changed = (over: object) => JSON.stringify({ ...(JSON.parse(text) as object), ...over });

test('it opens with its passphrase, and says in clear only whose it is', () => {
  const read = readOperatorKey(text);
  expect(read?.publicKey).toBe(key.publicKeyText);
  expect(read?.open('correct horse battery')?.publicKeyText).toBe(key.publicKeyText);
  expect(read?.open('correct horse batterx')).toBeNull();
  expect(text).not.toContain(Buffer.from(key.seed).toString('base64'));
});

test('under another name it does not open', () => {
  const other = newSigningKey().publicKeyText;
  expect(readOperatorKey(changed({ public_key: other }))?.open('correct horse battery')).toBeNull();
});

test.each(['', 'null', '[]', '{', changed({ v: 2 }), changed({ kind: 'argus-patch-key' }), changed({ public_key: 'x' }), changed({ seed: {} }), changed({ seed: null })])('%j is no operator key', (raw) => expect(readOperatorKey(raw)).toBeNull());
