import { expect, test } from 'vitest';
import { threshold, timeOf } from './flags.ts';

const withThreshold = (value?: string) => threshold({ flags: { threshold: value }, words: [] });
test.each([['2026-11-21T12:00:00Z', '2026-11-21T12:00:00.000Z'], ['2026-11-21T12:00Z', '2026-11-21T12:00:00.000Z'], ['2026-11-21T14:00:00.5+02:00', '2026-11-21T12:00:00.500Z']])('%s is a time', (raw, iso) => expect(timeOf(raw, 'at')).toBe(iso));
test.each(['2026-11-21', '2026-11-21T12:00:00', '12:00', 'tomorrow', '1795251600', '', '2026-13-41T99:00:00Z'])('%j is none: another clock would read it otherwise, or not at all', (raw) => expect(() => timeOf(raw, 'at')).toThrow(/--at is no time with its zone/));
test('one key has to sign unless more are asked for', () => expect([withThreshold(), withThreshold('2'), withThreshold('16')]).toEqual([1, 2, 16]));
test.each(['0', '17', '-1', '1.5', 'two', ''])('a threshold of %j is refused', (value) => expect(() => withThreshold(value)).toThrow(/from 1 to 16/));
