import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EVENT_TYPES, Leaf, LEAF_BYTES_MAX, leafText, OUTCOMES, parseLeaf, PHASES } from './leaf.ts';

const leaf = Leaf.parse({
  v: 1,
  instance: 'ins_aaaaaaaaaaaaaaaaaaaa',
  tenant: 'SHOP_BERLIN',
  seq: 7,
  at: '2026-11-21T09:00:00.000Z',
  type: 'remote_support_command',
  phase: 'intent',
  agent: 'agent_lobby_01',
  session: 'rss_bbbbbbbbbbbbbbbbbbbb',
  operator: 'jo@example.org',
  request_id: 'req_cccccccc',
  command: 'tail_log',
  args_commit: { lines: 20, path: { sha256: 'ab'.repeat(32) } },
  reason: 'the till prints nothing',
  by: 'operator',
});
const text = leafText(leaf);
const reversed = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).toReversed()));

test('a leaf is written in one spelling, its members in order', () =>
  expect(text).toBe(
    '{"agent":"agent_lobby_01","args_commit":{"lines":20,"path":{"sha256":"' +
      'ab'.repeat(32) +
      '"}},' +
      '"at":"2026-11-21T09:00:00.000Z","by":"operator","command":"tail_log","instance":"ins_aaaaaaaaaaaaaaaaaaaa",' +
      '"operator":"jo@example.org","phase":"intent","reason":"the till prints nothing","request_id":"req_cccccccc",' +
      '"seq":7,"session":"rss_bbbbbbbbbbbbbbbbbbbb","tenant":"SHOP_BERLIN","type":"remote_support_command","v":1}',
  ));

/** Guarantee: nobody can hash another text of the same leaf, or two readings of one text. */
test.each([
  ['members in another order', reversed],
  ['a space', text.replace(':', ': ')],
  ['a line break at the end', `${text}\n`],
  ['a byte order mark', `\ufeff${text}`],
  ['a member twice', text.replace('"seq":7', '"seq":7,"seq":7')],
  ['a member twice, differing', text.replace('"seq":7', '"seq":6,"seq":7')],
  ['a number with a fraction of zero', text.replace('"seq":7', '"seq":7.0')],
  ['a number with an exponent', text.replace('"seq":7', '"seq":7e0')],
  ['minus zero', text.replace('"seq":7', '"seq":-0')],
  ['a letter escaped', text.replace('jo@', '\\u006ao@')],
])('%s is refused for its spelling, although it is the same JSON', (_name, other) => {
  expect(JSON.parse(other.replace('\ufeff', ''))).toBeTypeOf('object');
  expect(parseLeaf(other)).toMatchObject({ ok: false, error: expect.stringContaining('not canonical') });
});

test.each([
  ['an unknown phase', text.replace('"intent"', '"maybe"')],
  ['an unknown event', text.replace('remote_support_command', 'remote_support_shell')],
  ['an unknown actor', text.replace('"by":"operator"', '"by":"nobody"')],
  ['another version', text.replace('"v":1', '"v":2')],
  ['no instance', text.replace('"instance":"ins_aaaaaaaaaaaaaaaaaaaa",', '')],
  ['a negative place', text.replace('"seq":7', '"seq":-7')],
  ['a place between two places', text.replace('"seq":7', '"seq":7.5')],
  ['a place beyond whole numbers', text.replace('"seq":7', '"seq":9007199254740992')],
  ['a time without milliseconds', text.replace('09:00:00.000Z', '09:00:00Z')],
  ['a time elsewhere', text.replace('000Z', '000+01:00')],
  ['null where absent is meant', text.replace('"command":"tail_log"', '"command":null')],
  ['a digest that is none', text.replace('abab', 'ABAB')],
])('%s is refused', (_name, other) => {
  expect(other).not.toBe(text);
  expect(parseLeaf(other)).toEqual({ ok: false, error: 'leaf does not fit' });
});

test('absent means omitted: a member that is undefined leaves no trace in the text', () => {
  const { tenant: _tenant, ...operatorLeaf } = leaf;
  const spelledOut = { ...leaf, tenant: undefined } as unknown as Leaf; // the type forbids it; callers spread
  expect(leafText(spelledOut)).toBe(leafText(operatorLeaf));
  expect(leafText(operatorLeaf)).not.toContain('tenant"');
});

test('an optional field of a later version is not read, but stays part of the text that is hashed', () => {
  const later = `${text.slice(0, -1)},"weather":"rain"}`;
  const read = parseLeaf(later);
  expect(read).toEqual({ ok: true, value: leaf });
  expect(leafText(leaf)).not.toBe(later);
});

/** Any UTF-16, half characters included. */
const anyUtf16 = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) });
const letters = (n: number) => fc.string({ unit: fc.constantFrom(...'abcdefghij'), minLength: n, maxLength: n });
const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const at = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }).map((d) => d.toISOString());
const anyText = fc.string({ unit: 'grapheme', maxLength: 100 });
const anyLeaf = fc
  .record(
    {
      v: fc.constant(1),
      instance: letters(20).map((s) => `ins_${s}`),
      tenant: letters(8).map((s) => s.toUpperCase()),
      seq: fc.maxSafeNat(),
      at,
      type: fc.constantFrom(...Object.keys(EVENT_TYPES)),
      phase: fc.constantFrom(...PHASES),
      agent: letters(8).map((s) => `agent_${s}`),
      operator: anyText,
      reason: anyText,
      args_commit: fc.dictionary(
        letters(3),
        fc.oneof(
          anyText,
          fc.boolean(),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.record({ sha256: hex }),
        ),
      ),
      outcome: fc.constantFrom(...OUTCOMES),
      intent_sha256: hex,
      agent_at: at,
    },
    { requiredKeys: ['v', 'instance', 'seq', 'at', 'type', 'phase'] },
  )
  .map((fields) => Leaf.parse(fields));

test('what is written is read back, and written again as the same text', () =>
  fc.assert(
    fc.property(anyLeaf, (any) => {
      const written = leafText(any);
      const read = parseLeaf(written);
      expect(read.ok && leafText(read.value)).toBe(written);
    }),
    { numRuns: 300 },
  ));

test('reading any text at all answers', () =>
  fc.assert(
    fc.property(fc.oneof(anyUtf16, fc.json()), (any) => {
      expect(parseLeaf(any).ok).toBe(false);
    }),
  ));

/** `€` has three bytes: characters and bytes are told apart. */
const padded = (characters: number) => ({
  ...leaf,
  args_commit: Object.fromEntries([...'abcdef'].map((name) => [name, '€'.repeat(characters)])),
});

test('the cap counts bytes, and holds for the writer as for the reader', () => {
  const fits = leafText(padded(800));
  expect(parseLeaf(fits).ok).toBe(true);
  const tooLong = fits.replaceAll('€'.repeat(800), '€'.repeat(1_000));
  expect(tooLong.length).toBeLessThan(LEAF_BYTES_MAX);
  expect(parseLeaf(tooLong)).toEqual({ ok: false, error: 'leaf is too long' });
  expect(() => leafText(padded(1_000))).toThrow('leaf is too long');
});

test.each(['reason', 'operator', 'command', 'code'])('%s has a cap of its own', (name) => {
  const full = { ...JSON.parse(text), [name]: 'x'.repeat(501) };
  expect(Leaf.safeParse(full).success).toBe(false);
});
