/** Guarantee: what a caller reads about a request that does not fit is ours, whatever was sent, and repeats none of it. */
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { problemsOf } from '@argus/protocol/problems.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { ROUTES, type Route } from './routes.ts';
import { readQuery } from './query.ts';

const LIBRARY = /\b(expected|received|Invalid|Too (small|big)|Unrecognized|must (be|match)|>=|<=)/;
const bodies: readonly (readonly [string, z.ZodType])[] = [
  ...Object.entries<Route>(ROUTES).flatMap(([name, { body }]) => (body ? [[`the body of ${name}`, body] as const] : [])),
  ...COMMANDS.map((c) => [`the arguments of ${c.name}`, c.args] as const),
];
const fields = (schema: z.ZodType) => ('shape' in schema ? Object.keys(schema.shape as object) : []);

const HUNTER = 'hunter2-hunter2';
/** Values of every kind that somebody could put where they do not belong. */
const odd = fc.oneof(fc.constantFrom<unknown>(null, true, -1, 1.5, 1e300, '', HUNTER, HUNTER.repeat(200), [], [HUNTER], {}, { [HUNTER.slice(0, 7)]: 1 }), fc.jsonValue());

test.each(bodies)('%s', (_what, schema) => {
  const record = fc.dictionary(fc.constantFrom(...fields(schema), 'not_a_field'), odd);
  fc.assert(
    fc.property(fc.oneof(record, odd), (raw) => {
      const parsed = schema.safeParse(raw);
      for (const text of parsed.success ? [] : problemsOf(parsed.error, raw)) {
        expect(text).not.toMatch(LIBRARY);
        expect(text).not.toContain(HUNTER);
        expect(text).toMatch(/(^|: )(is|has|fits|looks|does|are)\b/);
      }
    }),
    { numRuns: 200 },
  );
});

test('a query parameter that no route declares is named, with those it takes', () => {
  const told = (route: Route, raw: Record<string, unknown>) => {
    const read = readQuery(route.query, raw);
    return read.ok ? 'ok' : (read.error.facts?.problems ?? []).join(' | ');
  };
  expect(told(ROUTES.listSessions, { tenants: 'x' })).toBe('tenants is not a query parameter of this route; it takes tenant');
  expect(told(ROUTES.showTenant, { verbose: '1' })).toBe('verbose is not a query parameter of this route; it takes none');
  expect(told(ROUTES.listSessions, { tenant: ['A_A', 'B_B'] })).toBe('tenant: is given more than once');
  expect(told(ROUTES.listSessions, { tenant: HUNTER })).toBe('tenant: is not a tenant id; one looks like UTD_7ELEVEN_001');
  expect(told(ROUTES.logEntries, { from: '-1', to: '99999999999999999999' })).toBe('from: is not a whole number | to: is not a whole number');
  expect(told(ROUTES.logEntries, { from: '9999999999999999' })).toBe('from: is larger than any log');
  expect(told(ROUTES.logEntries, { from: '0', to: '10' })).toBe('ok');
});

test('and one that could be a secret is refused without being repeated', () => {
  for (const name of ['ops-token-of-somebody-with-32-chars', 'a b', '<script>', '\u202e', '__proto__'])
    expect(JSON.stringify(readQuery(undefined, JSON.parse(`{${JSON.stringify(name)}:"x"}`)))).toContain('a name that cannot be shown is not a query parameter');
});

/** Guarantee: what the database takes for no text never gets there, where it would be a failure of ours. */
test('a character that is in no text is refused in every parameter', () => {
  for (const route of Object.values<Route>(ROUTES))
    for (const name of Object.keys(route.query?.shape ?? {})) {
      const read = readQuery(route.query, { [name]: '/a\0' });
      expect(read.ok ? [] : read.error.facts?.problems, `${route.path} ${name}`).toEqual([`${name}: has characters that do not print`]);
    }
});
