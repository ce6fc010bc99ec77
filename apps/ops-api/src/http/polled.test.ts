import { expect, test } from 'vitest';
import { ROUTES, type Route } from './routes.ts';

/** Guarantee: a page that is left open keeps nobody signed in. What it asks by itself, every half minute and at each change, is nobody's doing. */
test('looking counts as being there only where somebody has to press something to look', () => {
  const isOfPeople = ({ door: { kind } }: Route) => kind !== 'open' && kind !== 'code' && kind !== 'sign_in' && kind !== 'scrape';
  const counting = Object.entries<Route>(ROUTES).flatMap(([name, route]) => (route.method === 'GET' && isOfPeople(route) && route.polled !== true ? [name] : []));
  expect(counting).toEqual(['logCheckpoint', 'logEntries', 'logBundle', 'logExport', 'logReceipts', 'logCosignatures']);
});
