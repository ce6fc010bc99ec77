import { describe, expect, test } from 'vitest';
import { MASTER_KEY } from '../../test/sample.ts';
import { ownSecrets } from './own-secrets.ts';

const OPS = 'an-ops-token-without-any-shape-of-its-own';
const key = Buffer.from(MASTER_KEY);
const secrets = ownSecrets({ opsTokens: ['', OPS], masterKey: MASTER_KEY });
const spelled = [OPS, key.toString('hex'), key.toString('hex').toUpperCase(), key.toString('base64'), key.toString('base64url')];
const shaped = ['pat', 'rst', 'enr'].map((prefix) => `${prefix}_${'aB3-'.repeat(11).slice(0, 43)}`);

describe.each([...spelled, ...shaped])('%s', (secret) => {
  test.each([
    ['alone', secret], ['in a sentence', `use ${secret} please`], ['in a list', [1, [null, secret]]], ['deep inside', { a: { b: [{ c: secret }] } }], ['as a name', { [secret]: 1 }],
    ['deeper than the stack', JSON.parse(`${'['.repeat(50_000)}${JSON.stringify(secret)}${']'.repeat(50_000)}`)],
  ])('is found %s', (_where, value) => expect(secrets.isIn(value)).toBe(true));
});

test.each([[null], [undefined], [1], [''], ['a reason'], [{ reason: 'investigate alert', list: ['pat_short', 'x'] }]])('%j holds none', (value) => expect(secrets.isIn(value)).toBe(false));

test('what is to be kept is kept without them', () => {
  for (const secret of spelled) expect(secrets.without(`a ${secret} b ${secret}`)).toBe('a [redacted] b [redacted]');
  expect(secrets.without('argusctl/1.0')).toBe('argusctl/1.0');
});
