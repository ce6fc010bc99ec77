import { expect, test } from 'vitest';
import { climb, type Gate } from './gate.ts';

type Facts = { readonly asked: string[]; readonly refuse: string };
const gate = (name: string): Gate<Facts, string> => ({
  name,
  check: (f) => {
    f.asked.push(name);
    return f.refuse === name ? `no: ${name}` : null;
  },
});
const ladder = [gate('one'), { ...gate('two'), check: async (f: Facts) => gate('two').check(f) }, gate('three')];

test('the first denial wins and later gates are never consulted', async () => {
  const facts = { asked: [] as string[], refuse: 'two' };
  expect(await climb(ladder, facts)).toEqual({ passed: ['one'], denial: 'no: two' });
  expect(facts.asked).toEqual(['one', 'two']);
});

test('a whole climb names every gate in order', async () => {
  expect(await climb(ladder, { asked: [], refuse: '' })).toEqual({ passed: ['one', 'two', 'three'], denial: null });
});

test('a second stretch remembers the first', async () => {
  const { passed } = await climb([gate('three')], { asked: [], refuse: 'three' }, ['one', 'two']);
  expect(passed).toEqual(['one', 'two']);
});

test('a gate that throws opens nothing', async () => {
  const broken: Gate<Facts, string> = { name: 'broken', check: () => { throw new Error('database is down'); } };
  await expect(climb([broken, gate('one')], { asked: [], refuse: '' })).rejects.toThrow('database is down');
});
