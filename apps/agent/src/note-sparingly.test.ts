import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { scratch } from '../testing/scratch.ts';
import { START, TRUST } from '../testing/signed-log.ts';
import { openStateDir } from './adapters/state/state-dir.ts';
import { createLife } from './cli/life.ts';
import { EVERY_MS, noteSparingly } from './note-sparingly.ts';

function ready() {
  const clock = manualClock(START);
  const notes: [string, Readonly<Record<string, string | number>>][] = [];
  return { clock, notes, note: noteSparingly((what, facts = {}) => void notes.push([what, facts]), clock) };
}
const refusal = (n: number, code = 'not_in_log') => ({ request: `request_${n}`, code, why: '' });

test('the first refusal is noted at once, the others of a minute in one note that counts them', async () => {
  const { clock, notes, note } = ready();
  for (let n = 0; n < 10_000; n++) note('command_refused', refusal(n));
  expect(notes).toEqual([['command_refused', refusal(0)]]);
  await clock.advance(EVERY_MS);
  expect(notes.slice(1)).toEqual([['command_refused', { ...refusal(9_999), count: 9_999 }]]);
  for (let n = 0; n < 5; n++) note('command_refused', refusal(n));
  await clock.advance(EVERY_MS);
  expect(notes.slice(2)).toEqual([['command_refused', { ...refusal(4), count: 5 }]]);
  await clock.advance(EVERY_MS); // a minute without any: it is news again
  note('command_refused', refusal(7));
  expect(notes.at(-1)).toEqual(['command_refused', refusal(7)]);
});

test('each kind and each code is counted by itself', async () => {
  const { clock, notes, note } = ready();
  for (const what of ['command_refused', 'activation_refused']) for (const code of ['not_in_log', 'rate_limited']) for (let n = 0; n < 3; n++) note(what, refusal(n, code));
  expect(notes.map(([what, { code }]) => `${what} ${code}`)).toEqual(['command_refused not_in_log', 'command_refused rate_limited', 'activation_refused not_in_log', 'activation_refused rate_limited']);
  await clock.advance(EVERY_MS);
  expect(notes.slice(4).map(([, { count }]) => count)).toEqual([2, 2, 2, 2]);
});

test('what is not for a server to bring about is noted each time', () => {
  const { notes, note } = ready();
  for (let n = 0; n < 5; n++) note('session_ended', { session: 'rss_x' });
  expect(notes).toHaveLength(5);
});

test('there is an end to kinds, too', () => {
  const { notes, note } = ready();
  for (let n = 0; n < 10_000; n++) note('command_refused', refusal(n, `code_${n}`));
  expect(notes.length).toBeLessThan(100);
});

/** Guarantee: no server fills the disk of a machine with what the machine refuses. */
test('of ten thousand refusals argus.log gets one line', () => {
  const install = scratch();
  const life = createLife({ clock: manualClock(START), trust: { ...TRUST, install_root: install }, state: openStateDir(join(scratch(), 'state')), configs: { see: () => undefined } });
  for (let n = 0; n < 10_000; n++) life.note('command_refused', refusal(n));
  expect(readFileSync(join(install, 'argus.log'), 'utf8').split('\n').filter((line) => line.includes('command_refused'))).toHaveLength(1);
});
