import { expect, test } from 'vitest';
import { askedOf, callFiltersIn, callQueryOf, callsAskedOf, entryIn, filtersIn, queryOf } from './filters.ts';

const NOW = Date.UTC(2026, 2, 1, 12, 0, 30);

test('a view is its address: what is read from it is written the same, and nothing else is', () => {
  const query = '?text=lobby+camera&tenant=UTD_7ELEVEN_001&operator=ana%40argus.example&outcome=refused&last=24h';
  expect(queryOf(filtersIn(new URLSearchParams(query)))).toBe(query);
  expect(queryOf(filtersIn(new URLSearchParams('?last=24h&outcome=refused&colour=red&text=&code=%20')))).toBe('?outcome=refused&last=24h');
  expect(queryOf({})).toBe('');
});

test('a period counted back from now is asked for to the minute, so that the same view is the same request', () => {
  expect(askedOf({ last: '24h' }, NOW)).toEqual(askedOf({ last: '24h' }, NOW + 20_000));
  expect(askedOf({ last: '1h', to: '2020-01-01T00:00:00Z' }, NOW)).toEqual({ limit: 200, from: '2026-03-01T11:00:00.000Z' });
  expect(askedOf({ from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z', code: 'bad_args' }, NOW)).toEqual({ limit: 200, from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z', code: 'bad_args' });
});

test('calls are asked for in the same way: by what a call has, with the status as a number', () => {
  const query = '?tenant=BAKERY_NORTH&method=PUT&route=%2Ftenants%2F%7Btenant%7D&status=403&token=tok_x&last=7d';
  const filters = callFiltersIn(new URLSearchParams(`${query}&outcome=refused`));
  expect(callQueryOf(filters)).toBe(query);
  expect(callsAskedOf(filters, NOW)).toEqual({ limit: 200, tenant: 'BAKERY_NORTH', method: 'PUT', route: '/tenants/{tenant}', status: 403, token: 'tok_x', from: '2026-02-22T12:00:00.000Z' });
  expect(callsAskedOf({}, NOW)).toEqual({ limit: 200 });
});

test.each(['last=2h', 'last=__proto__', 'last=constructor', 'last='])('?%s is no period', (query) => expect(filtersIn(new URLSearchParams(query))).toEqual({}));

test.each([
  ['UTD_7ELEVEN_001:12', { tenant: 'UTD_7ELEVEN_001', index: 12 }],
  ['UTD_7ELEVEN_001:', null],
  ['UTD_7ELEVEN_001:-1', null],
  [':3', null],
  ['', null],
])('entry=%s', (text, entry) => expect(entryIn(new URLSearchParams({ entry: text }))).toEqual(entry));
