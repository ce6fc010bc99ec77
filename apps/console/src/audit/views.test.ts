import { expect, test } from 'vitest';
import { readViews, VIEWS_MAX, withoutView, withView } from './views.ts';

test('a view is kept as its name and what it asks, and nothing else of what stood in the address', () => {
  expect(readViews('[{"name":" Refused today ","query":"?outcome=refused&last=24h&entry=X:1&token=pat_x","rows":[1]}]')).toEqual([{ name: 'Refused today', query: '?outcome=refused&last=24h' }]);
});

test.each([null, '', 'x', '{}', '[1,null,"x",[]]', '[{"name":1,"query":"?a=b"}]', '[{"name":" ","query":""}]', '[{"name":"x"}]'])('%j is no list of views', (text) => expect(readViews(text)).toEqual([]));

test('a name is given once, the newest stands first, and there is an end to how many are kept', () => {
  const many = Array.from({ length: VIEWS_MAX }, (_, i) => ({ name: `view ${i}`, query: '' }));
  const views = withView(many, { name: 'view 3', query: '?code=bad_args' });
  expect(views[0]).toEqual({ name: 'view 3', query: '?code=bad_args' });
  expect(views).toHaveLength(VIEWS_MAX);
  expect(withView(many, { name: 'new', query: '' })).toHaveLength(VIEWS_MAX);
  expect(withoutView(views, 'view 3').map(({ name }) => name)).not.toContain('view 3');
});
