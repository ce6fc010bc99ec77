import { expect, test } from 'vitest';
import { z } from 'zod';
import { id } from './ids.ts';
import { problemsOf } from './problems.ts';
import { plainJson } from './json.ts';
import { reason } from './text.ts';

const told = (schema: z.ZodType, raw: unknown): readonly string[] => {
  const parsed = schema.safeParse(raw);
  return parsed.success ? [] : problemsOf(parsed.error, raw);
};
const field = (schema: z.ZodType, value?: unknown): string => told(z.strictObject({ x: schema }), value === undefined ? {} : { x: value }).join(' | ');

/** Guarantee: which field, what is wrong with it, and what fits; in our own words. */
const cases: readonly (readonly [z.ZodType, unknown, string])[] = [
  [z.string(), undefined, 'x: is missing; it is text'],
  [z.string(), 7, 'x: is not text'],
  [z.int(), '7', 'x: is not a number'],
  [z.int(), 1.5, 'x: is not a whole number'],
  [z.boolean(), 'yes', 'x: is not true or false'],
  [z.object({}), [], 'x: is not an object'],
  [z.array(z.int()), {}, 'x: is not a list'],
  [z.string().min(3), 'a', 'x: is too short; it takes at least 3 characters'],
  [z.string().max(1), 'ab', 'x: is too long; it takes at most 1 character'],
  [z.array(z.int()).min(1), [], 'x: is too few; it takes at least 1 entry'],
  [z.array(z.int()).max(2), [1, 2, 3], 'x: is too many; it takes at most 2 entries'],
  [z.int().min(1), 0, 'x: is too small; it is at least 1'],
  [z.int().max(120), 121, 'x: is too large; it is at most 120'],
  [z.number().gt(1), 1, 'x: is too small; it is more than 1'],
  [z.number().multipleOf(5), 3, 'x: is not a multiple of 5'],
  [z.email(), 'hunter2', 'x: is not an e-mail address'],
  [z.iso.datetime(), 'hunter2', 'x: is not a time such as 2026-03-01T12:00:00.000Z'],
  [z.string().regex(/^a$/), 'hunter2', 'x: is not in the form this field takes'],
  [z.string().regex(/^a$/, { error: 'not an a' }), 'hunter2', 'x: is not an a'],
  [z.enum(['on', 'off']), 'hunter2', 'x: is not one of on, off'],
  [z.enum(['on', 'off']), undefined, 'x: is missing; it is one of on, off'],
  [z.literal('on'), 'hunter2', 'x: is not on'],
  [z.union([z.string(), z.int()]), true, 'x: fits none of the forms this field takes'],
  [z.union([z.string(), z.int()]), undefined, 'x: is missing'],
  [z.record(z.string().max(1), z.int()), { hunter2: 1 }, 'x.hunter2: has a name that does not fit'],
  [z.custom(() => false), 'hunter2', 'x: does not fit'],
  [plainJson(), undefined, 'x: is not plain JSON, or nested too deep'],
  [id('tenant'), 'hunter2', 'x: is not a tenant id; one looks like UTD_7ELEVEN_001'],
  [id('pat'), 'hunter2', 'x: is not a pat id'],
  [reason(), 'x', 'x: is too short; it takes at least 3 characters'],
  [reason(), 'a\u0000b', 'x: has characters that do not print'],
];
test.each(cases)('%# is told as what it is', (schema, value, text) => expect(field(schema, value)).toBe(text));

test('a field nobody knows is told of without its name, and a whole that is wrong without a place', () => {
  expect(told(z.strictObject({}), { hunter2: 1 })).toEqual(['has fields that are not known; take them out']);
  expect(told(z.strictObject({ a: z.strictObject({}) }), { a: { hunter2: 1 } })).toEqual(['a: has fields that are not known; take them out']);
  expect(told(z.strictObject({}), 'hunter2')).toEqual(['is not an object']);
});

test('the place is told down to the entry', () => {
  expect(told(z.object({ a: z.array(z.object({ b: z.int() })) }), { a: [{ b: 1 }, { b: 'x' }, {}] })).toEqual(['a.1.b: is not a number', 'a.2.b: is missing; it is a number']);
});

test('a name that could be a secret is not repeated, wherever it stands', () => {
  const secret = 'ops-token-of-somebody-with-32-chars';
  expect(told(z.record(z.string(), z.int()), { [secret]: 'x' })).toEqual(['(a name that cannot be shown): is not a number']);
});

test('however much is wrong, twenty of it is enough', () => {
  expect(told(z.array(z.int()), Array.from({ length: 50 }, () => 'hunter2'))).toHaveLength(20);
});

test('who does not say what was sent hears of a field of another kind, and nothing false', () => {
  const parsed = z.object({ x: z.string() }).safeParse({});
  expect(parsed.error && problemsOf(parsed.error)).toEqual(['x: is not text']);
});
