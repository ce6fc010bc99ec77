import { expect, test } from 'vitest';
import { withNewest, withOlder, type Got } from './pages-of.ts';

const page = (ids: string, next: string | null = 'more'): Got<{ readonly id: string }> => ({ rows: [...ids].map((id) => ({ id })), next });
const idsOf = ({ rows }: Got<{ readonly id: string }>) => rows.map(({ id }) => id).join('');

test('what is new stands above what was there, once, and one goes on from where one was', () => {
  const read = withOlder(withNewest(null, page('gfe')), page('dcb', 'far'));
  expect([idsOf(read), read.next]).toEqual(['gfedcb', 'far']);
  const newer = withNewest(read, page('ihg'));
  expect([idsOf(newer), newer.next]).toEqual(['ihgfedcb', 'far']);
  expect(idsOf(withNewest(read, page('gfe')))).toBe('gfedcb');
});

test('where so much is new that the two no longer meet, nothing is shown as if nothing lay between', () => {
  const newest = withNewest(page('cba', 'far'), page('zyx'));
  expect([idsOf(newest), newest.next]).toEqual(['zyx', 'more']);
});

test('a newest page that found nothing within what it looked at takes nothing away', () => {
  expect(withNewest(page('cba', 'far'), page('', 'more'))).toEqual(page('cba', 'far'));
});

test('a record that ends on its first page is that page', () => {
  expect(withNewest(page('cba', 'far'), page('dc', null))).toEqual(page('dc', null));
  expect(withNewest(page('a', null), page('', null))).toEqual(page('', null));
});
