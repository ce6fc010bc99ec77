import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, parseCanonical, type Json } from './canonical-json.ts';

/** RFC 8785, 3.2.2: the sample as the RFC prints it, and the one text it stands for. */
const rfcSample = String.raw`{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}`;
const rfcCanonical =
  String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
  String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`;

/** RFC 8785, 3.2.3: keys whose order differs between code units, code points and every locale. */
const rfcSorting = {
  '\u20ac': 'Euro Sign',
  '\r': 'Carriage Return',
  '\ufb33': 'Hebrew Letter Dalet With Dagesh',
  '1': 'One',
  '\ud83d\ude00': 'Emoji: Grinning Face',
  '\u0080': 'Control',
  '\u00f6': 'Latin Small Letter O With Diaeresis',
};
const rfcSorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];

const anyUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit));
// fast-check's own type allows for undefined members; what it makes has none.
const anyCharacter = fc.oneof(anyUnit.filter((unit) => unit.isWellFormed()), fc.constantFrom('\ud83d\ude00', '\ufb33'));
const anyJson = fc.jsonValue({ stringUnit: anyCharacter }) as fc.Arbitrary<Json>;
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

test('the sample of RFC 8785 has the text the RFC gives it', () =>
  expect(canonicalJson(JSON.parse(rfcSample))).toBe(rfcCanonical));

test('the sorting sample of RFC 8785 comes out in the order the RFC gives it', () => {
  const members = rfcSorted.map((key) => `${JSON.stringify(key)}:${JSON.stringify(Reflect.get(rfcSorting, key))}`);
  expect(canonicalJson(rfcSorting)).toBe(`{${members.join(',')}}`);
});

// RFC 8785, appendix B: numbers at the edges of the format, by their IEEE 754 bits.
test.each([
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
])('the number with bits %s is written %s', (bits, text) =>
  expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text));

test('any JSON value has the text another implementation gives it', () =>
  fc.assert(
    fc.property(anyJson, (value) => {
      expect(canonicalJson(value)).toBe(canonicalize(value));
    }),
    { numRuns: 500 },
  ));

test('the order in which members were added leaves no trace', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.nat())), (pairs) => {
      const members = new Map(pairs);
      const forth = Object.fromEntries(members);
      const back = Object.fromEntries([...members].toReversed());
      expect(canonicalJson(forth)).toBe(canonicalJson(back));
    }),
  ));

test('what is written is read back as the same value', () =>
  fc.assert(
    fc.property(anyJson, (value) => {
      const text = canonicalJson(value);
      expect(parseCanonical(text)).toEqual({ ok: true, value: JSON.parse(text) });
    }),
    { numRuns: 300 },
  ));

test('reading any text at all answers, and accepts only its own spelling', () =>
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: anyUnit }), fc.json()), (text) => {
      const read = parseCanonical(text);
      if (read.ok) expect(canonicalJson(read.value)).toBe(text);
    }),
    { numRuns: 500 },
  ));

/** Guarantee: what is sent may be a secret, and what is wrong with it is told to whoever asks, and to logs. */
test.each(['pat_s3cr3t', '{"key": pat_s3cr3t}', '"pat_s3cr3t', '{"pat_s3cr3t":1', '{"pat_s3cr3t":"\\ud800"}', '{"pat_s3cr3t":1,"a":1}'])('of a text that cannot be read, nothing is said again (%#)', (text) => {
  const read = parseCanonical(text);
  expect(read.ok).toBe(false);
  expect(JSON.stringify(read)).not.toMatch(/s3cr|pat_/);
});

test('a member called __proto__ is a member like any other', () => {
  const text = '{"__proto__":{"admin":true}}';
  const read = parseCanonical(text);
  expect(read.ok && canonicalJson(read.value)).toBe(text);
  expect(Reflect.get({}, 'admin')).toBeUndefined();
});

test('an object without a prototype is plain', () =>
  expect(canonicalJson(Object.assign(Object.create(null), { b: 1, a: 2 }))).toBe('{"a":2,"b":1}'));

const circle: Record<string, unknown> = {};
circle.self = circle;
const sparse = Object.assign([1], { 2: 3 });

test.each<[string, unknown]>([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['undefined', undefined],
  ['a bigint', 1n],
  ['a symbol', Symbol('x')],
  ['a function', () => 1],
  ['half a surrogate pair', '\ud800'],
  ['the other half', 'a\udc00b'],
  ['a Date', new Date(0)],
  ['a Map', new Map()],
  ['bytes', new Uint8Array(1)],
  ['a boxed string', Object('x')],
  ['an error', new Error('x')],
  ['an object that inherits', Object.create({ a: 1 })],
  ['an object with its own toJSON', { toJSON: () => 1 }],
  ['a member named by a symbol', { [Symbol('x')]: 1 }],
  ['a hole in an array', sparse],
  ['itself inside itself', circle],
])('%s is refused, alone, in an array, as a member', (_name, value) => {
  for (const holder of [value, [value], { member: value }])
    expect(() => canonicalJson(holder as Json)).toThrow(TypeError);
});

test('half a surrogate pair is refused in a key too', () =>
  expect(() => canonicalJson({ '\udead': 1 })).toThrow(TypeError));

test('an undefined member is refused by name: absence must be explicit', () =>
  expect(() => canonicalJson({ a: 1, b: undefined } as unknown as Json)).toThrow('member "b" is undefined'));

test('the depth we write is the depth we read, and no deeper', () => {
  expect(parseCanonical(deep(64)).ok).toBe(true);
  expect(parseCanonical(deep(65))).toEqual({ ok: false, error: 'nested deeper than 64' });
  expect(() => canonicalJson(JSON.parse(deep(65)))).toThrow(TypeError);
});

test.each([
  deep(1_000_000),
  '['.repeat(1_000_000),
  '{"a":'.repeat(300_000),
  `${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}`,
])('a text nested to the sky is refused without falling (%#)', (text) => expect(parseCanonical(text).ok).toBe(false));

test.each([
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":1}',
  '{"b":1,"a":2}',
  '{"10":1,"9":2,"1":3}',
  '{ }',
  ' 1',
  '1\n',
  '1.0',
  '1e2',
  '-0',
  '01',
  '1e999',
  '"\\/"',
  '"\\u0041"',
  '"\\u000F"',
  '"\\ud800"',
  '"\ud800"',
  '\ufeff1',
  '[1,]',
  "{'a':1}",
  'NaN',
  '',
])('%j is refused', (text) => expect(parseCanonical(text).ok).toBe(false));
