import { manualClock, settle } from '@argus/kit/clock.ts';
import { describe, expect, test } from 'vitest';
import { QUICK } from '../../test/api.ts';
import { seededRandom } from '../../test/sample.ts';
import { AT_ONCE, atOnceOn, COST, createPasswords, problemWithPassword, WAITING_MAX } from './passwords.ts';

const make = (cost = QUICK as { n: number; r: number; p: number }) => createPasswords({ random: seededRandom('passwords'), clock: manualClock(0), cost });
const hashed = async (password: string, cost?: { n: number; r: number; p: number }) => {
  const made = await make(cost).hash(password);
  return made.ok ? made.value : expect.fail(made.error.code);
};

test('our cost is what OWASP asks for at least: 32 MiB three times over', () => expect([COST.n * COST.r * 128 >= 32 * 1_048_576, COST.p]).toEqual([true, 3]));

// RFC 7914, section 12, the second vector, through the way a password is kept here; the key of ours is its first half.
test('a hash made elsewhere is read: the vector of RFC 7914', async () => {
  const kept = ['scrypt', 1_024, 8, 16, Buffer.from('NaCl').toString('base64'), Buffer.from('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162', 'hex').toString('base64')].join('$');
  expect(await make().verify('password', kept)).toMatchObject({ ok: true, value: { isRight: true } });
});

test('a right password is right, in either spelling of a letter with an accent; every other one is wrong', async () => {
  const kept = await hashed('ein gr\u00f6\u00dferes Wort');
  expect(await make().verify('ein gro\u0308\u00dferes Wort', kept)).toEqual({ ok: true, value: { isRight: true, renewed: null } });
  for (const wrong of ['', 'ein größeres wort', 'ein größeres Wort ', 'x'.repeat(1_024)]) expect(await make().verify(wrong, kept)).toMatchObject({ value: { isRight: false, renewed: null } });
});
test('two hashes of one password differ', async () => {
  const passwords = make();
  const [a, b] = [await passwords.hash('a long enough one'), await passwords.hash('a long enough one')];
  expect(a.ok && b.ok && a.value !== b.value).toBe(true);
});
test('nobody\'s password, and one in a form nobody wrote, are never right', async () => {
  const half = (await hashed('a long enough one')).slice(0, -8);
  for (const kept of [null, '', 'scrypt', half, 'scrypt$16$8$1$$', 'bcrypt$16$8$1$c2FsdA==$aGFzaA==']) expect(await make().verify('a long enough one', kept)).toMatchObject({ ok: true, value: { isRight: false } });
});
test('kept at another cost it is right, and comes back at ours', async () => {
  const verified = await make({ n: 32, r: 8, p: 1 }).verify('a long enough one', await hashed('a long enough one'));
  expect(verified).toMatchObject({ ok: true, value: { isRight: true, renewed: expect.stringMatching(/^scrypt\$32\$8\$1\$/) } });
});

test.each([[1, 1], [2, 1], [3, 2], [4, 3], [64, 3]])('on a machine of %i processors, %i at once', (processors, places) => expect(atOnceOn(processors)).toBe(places));

/** Guarantee: whoever floods the door with passwords waits for each other, and nobody else does. */
test('a few at a time, so many behind them, and the rest are told when to come back', async () => {
  const passwords = make({ n: 1_024, r: 8, p: 1 });
  const all = Array.from({ length: AT_ONCE + WAITING_MAX + 5 }, () => passwords.hash('a long enough one'));
  expect(passwords.derived()).toBe(AT_ONCE);
  const outcomes = await Promise.all(all);
  const busy = outcomes.filter((one) => !one.ok);
  expect(busy).toHaveLength(5);
  for (const one of busy) expect(one).toMatchObject({ error: { code: 'rate_limited', facts: { retry_after_s: expect.any(Number) } } });
  await settle();
  expect((await passwords.hash('a long enough one')).ok).toBe(true); // every turn was handed on
});

describe('a password', () => {
  test.each(['correct horse battery', 'zwölf Zeichen', '🦉🦉🦉🦉 owl at night', 'Tr0ub4dor&3 and more'])('like %j may be taken', (password) => expect(problemWithPassword(password, 'ana@argus.example')).toBeNull());
  test.each(['elevenchars', '🦉'.repeat(11), 'Ana@Argus.example', 'my ana@argus.example!', 'ana@argus.ex', 'aaaabbbbaaaabbbb', 'PASSWORD1234', 'password12345!!'])('like %j may not', (password) => expect(problemWithPassword(password, 'ana@argus.example')).toMatch(/^password: /));
});
