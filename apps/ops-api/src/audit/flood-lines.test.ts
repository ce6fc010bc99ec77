import { isoTime, manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { START } from '../../test/sample.ts';
import type { Log } from '../ports.ts';
import { SOURCES_MAX, TELL_EVERY_MS } from './flood.ts';
import { createFloodLines } from './flood-lines.ts';

function output() {
  const clock = manualClock(START);
  const said: Parameters<Log>[] = [];
  const say = createFloodLines({ clock, log: (...line) => void said.push(line) });
  return { clock, said, knock: (address: string, code = 'bad_frame') => say({ what: 'refused', code, address, facts: { why: 'x' } }) };
}

test('the first refusal of an address is a line with why, the others of the minute are one line that counts them', async () => {
  const { clock, said, knock } = output();
  for (let i = 0; i < 1_000; i++) knock('203.0.113.9');
  expect(said).toEqual([['warn', 'refused', { code: 'bad_frame', address: '203.0.113.9', why: 'x' }]]);
  await clock.advance(TELL_EVERY_MS);
  expect(said.slice(1)).toEqual([['warn', 'refused', { code: 'bad_frame', address: '203.0.113.9', count: 999, first: isoTime(START), last: isoTime(START) }]]);
  await clock.advance(10 * TELL_EVERY_MS);
  expect(said).toHaveLength(2);
  knock('203.0.113.9');
  expect(said).toHaveLength(3);
});

test('one IPv6 network is one source, and beyond so many sources all others are one line', async () => {
  const { clock, said, knock } = output();
  for (let i = 1; i <= 100; i++) knock(`2001:db8:1:2::${i.toString(16)}`);
  expect(said).toHaveLength(1);
  for (let i = 0; i < 1_000; i++) knock(`198.51.${100 + (i >> 8)}.${i & 255}`);
  expect(said).toHaveLength(SOURCES_MAX);
  await clock.advance(TELL_EVERY_MS);
  expect(said.slice(SOURCES_MAX).map(([, , facts]) => [facts?.['address'], facts?.['count']])).toEqual([['2001:db8:1:2::/64', 99], ['many', 1_000 - SOURCES_MAX + 1]]);
});

test('a flood of one code hides no refusal with another', () => {
  const { said, knock } = output();
  for (let i = 0; i < 200; i++) knock(`198.51.100.${i}`);
  knock('198.51.100.1', 'clock_skew');
  expect(said.at(-1)).toMatchObject(['warn', 'refused', { code: 'clock_skew' }]);
});
