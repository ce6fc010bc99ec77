import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { scratch } from '../../../testing/scratch.ts';
import { START } from '../../../testing/signed-log.ts';
import { switchFile } from './kill-switch.ts';

const clock = manualClock(START);
const place = () => join(scratch(), 'remote-support-off');

test('off is on disk when it returns, and another process sees it; on takes it away', () => {
  const path = place();
  const mine = switchFile(path, clock);
  expect(mine.isOff()).toBe(false);
  expect(mine.off()).toBe(true);
  expect([mine.isOff(), switchFile(path, clock).isOff(), existsSync(path)]).toEqual([true, true, true]);
  expect(mine.off()).toBe(true); // again is no error
  switchFile(path, clock).on();
  expect(mine.isOff()).toBe(false);
});

test.each<[string, (path: string) => void]>([
  ['an empty file', (path) => writeFileSync(path, '')],
  ['a file nobody may read', (path) => (writeFileSync(path, ''), chmodSync(path, 0))],
  ['a link to nowhere', (path) => symlinkSync('/nowhere/at/all', path)],
  ['a folder', (path) => mkdirSync(path)],
])('%s of that name is off', (_, make) => {
  const path = place();
  make(path);
  expect(switchFile(path, clock).isOff()).toBe(true);
});

test('what cannot be looked at is off', () => {
  const file = place();
  writeFileSync(file, '');
  expect(switchFile(join(file, 'below-a-file'), clock).isOff()).toBe(true);
});

test('it can be off before any disk was waited for', () => {
  const path = place();
  const mine = switchFile(path, clock);
  mine.hold();
  expect([mine.isOff(), existsSync(path)]).toEqual([true, false]);
});

test('off that cannot be put on disk holds in this process, and says so', () => {
  const mine = switchFile(join(scratch(), 'no-such-folder', 'remote-support-off'), clock);
  expect(mine.off()).toBe(false);
  expect(mine.isOff()).toBe(true);
});
