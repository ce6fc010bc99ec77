import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATA_CHARS_MAX, plainData } from './plain-data.ts';

const PAT = `pat_${'A'.repeat(43)}`;

describe('what does not print', () => {
  const HOSTILE = ['\u001b[2J', '\u0007', '\u0000', '\u202e', '\u2066', '\u200b', '\u{e0041}\u{e0042}', '\ufe0f', '\u2028', '\r', '\u0085'];
  test.each(HOSTILE)('%j is gone from texts and names, however deep', (sign) => {
    const { data } = plainData({ [`na${sign}me`]: [{ deep: `a${sign}b` }] });
    expect(JSON.stringify(data)).not.toContain(JSON.stringify(sign).slice(1, -1));
    expect(JSON.stringify(data)).toMatch(/"na ?(\[2J)?me":\[\{"deep":"a ?(\[2J)?b"/);
  });
  test('line feeds stay where a signed note has them', () => {
    expect(plainData('argus/x\n12\nroot\n\n— name sig\n').data).toBe('argus/x\n12\nroot\n\n— name sig\n');
  });
});

test('what has the shape of a secret is not in it', () => {
  expect(JSON.stringify(plainData({ note: `token ${PAT}`, [PAT]: 1 }))).not.toContain('AAAA');
});

test('a member named __proto__ stays a member, and nothing is inherited from it', () => {
  const { data } = plainData(JSON.parse('{"__proto__":{"isAdmin":true}}'));
  expect((data as { isAdmin?: unknown }).isAdmin).toBeUndefined();
  expect(JSON.stringify(data)).toBe('{"__proto__":{"isAdmin":true}}');
});

describe('too much', () => {
  test.each([
    ['a long text', 'x'.repeat(1_000_000)],
    ['many texts', Array.from({ length: 20_000 }, (_, i) => `line ${i}`)],
    ['many names', Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`name ${i}`, i]))],
    ['quotes, which take two letters each', Array.from({ length: 100 }, () => '"'.repeat(3_999))],
    ['nested deep', JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown],
  ])('%s is cut and says so', (_what, value) => {
    const { data, isTruncated } = plainData(value);
    expect(isTruncated).toBe(true);
    expect(JSON.stringify(data).length).toBeLessThan(DATA_CHARS_MAX + 10_000);
  });
  test('what fits is whole and says so', () => {
    const value = { agents: Array.from({ length: 200 }, (_, i) => ({ id: `agent_${i}`, online: true, session: null, n: 1.5 })) };
    expect(plainData(value)).toEqual({ data: value, isTruncated: false });
  });
});

test('whatever comes in, what leaves is bounded, printable JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 2_000 }), (value, max) => {
      const text = JSON.stringify(plainData(value, max).data);
      expect(text.length).toBeLessThan(max + 2_000 + 8_000);
      expect(text.replaceAll('\\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 500 },
  );
});
