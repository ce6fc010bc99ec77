import { expect, test } from 'vitest';
import { namesIn, offered, toggled } from './names.ts';

test('a name is put in or taken out by pressing it, and stands there once', () => {
  expect(toggled('cam_1, cam_2', 'cam_1')).toBe('cam_2');
  expect(toggled('cam_2', 'cam_1')).toBe('cam_2 cam_1');
  expect(namesIn(' a b\na,,b ')).toEqual(['a', 'b']);
});

test('of few all are offered; of many those that are chosen, and those that fit what is being typed', () => {
  expect(offered(['A', 'B'], 'nothing')).toEqual(['A', 'B']);
  const many = Array.from({ length: 300 }, (_, i) => `SHOP_${String(i).padStart(3, '0')}`);
  expect(offered(many, '')).toHaveLength(24);
  expect(offered(many, 'SHOP_250 op_29').slice(0, 3)).toEqual(['SHOP_250', 'SHOP_290', 'SHOP_291']);
  expect(offered(many, 'SHOP_250')).toEqual(['SHOP_250', ...many.slice(0, 23)]);
});
