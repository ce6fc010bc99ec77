/** Guarantee: however much is asked for at once, the owner's switch and the lease wait for one piece of it at the most. */
import { settle } from '@argus/kit/clock.ts';
import { err, ok } from '@argus/kit/result.ts';
import { deny } from '@argus/protocol/errors.ts';
import { expect, test } from 'vitest';
import { createMachine } from '../testing/machine.ts';
import { SESSION } from '../testing/signed-log.ts';
import { IN_FLIGHT_MAX } from './commands-in-flight.ts';
import { redactConfig, redactConfigSlowly } from './files/redact-config.ts';
import { slowly } from './in-steps.ts';
import { createLargeInTurn } from './large-in-turn.ts';
import { jpegSteps, writeJpeg } from './picture/write-jpeg.ts';

const always = () => true;

/** Reads of a whole log that come from the disk together would be one long moment otherwise. */
test('of as many reads at once as there can be, each is answered, and between any two of them everything else has its turn', async () => {
  const m = createMachine();
  await m.wake();
  await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, () => m.hear(m.command({ command: 'tail_log', args_commit: { file: 'argus.log', lines: 200 } }, { args: { file: 'argus.log', lines: 200 } }))));
  expect(m.codes()).toEqual(Array.from({ length: IN_FLIGHT_MAX }, () => 'ok'));
  const turns = m.record.filter((line) => line === 'breathe' || line.startsWith('read '));
  expect(turns).toEqual(Array.from({ length: IN_FLIGHT_MAX }, () => ['breathe', 'read argus.log']).flat());
});

test('a small command does not wait for the large ones before it', async () => {
  const m = createMachine();
  await m.wake();
  m.waits.files.shut();
  void m.hear(m.command({ command: 'tail_log', args_commit: { file: 'argus.log', lines: 200 } }, { args: { file: 'argus.log', lines: 200 } }));
  await settle();
  await m.hear(m.command());
  expect(m.codes()).toEqual(['ok']);
  m.waits.files.open();
  await settle();
  expect(m.codes()).toEqual(['ok', 'ok']);
});

test('switched off while many wait for their turn, none of those reads anything', async () => {
  const m = createMachine();
  await m.wake();
  m.waits.files.shut();
  for (let n = 0; n < 5; n++) void m.hear(m.command({ command: 'read_file', args_commit: { path: 'version.txt' } }, { args: { path: 'version.txt' } }));
  await settle();
  expect(m.switchOff()).toBe(SESSION);
  m.waits.files.open();
  await settle();
  expect(m.record.filter((line) => line.startsWith('read '))).toHaveLength(1);
  expect(m.codes()).toEqual(Array.from({ length: 5 }, () => 'session_expired'));
});

test('one that throws or is refused does not hold up the next, and what came of it is its own', async () => {
  const inTurn = createLargeInTurn(async () => undefined);
  const bug = inTurn(always, () => Promise.reject(new Error('a bug')));
  const refused = inTurn(always, async () => err(deny('file_not_found')));
  const unwanted = inTurn(() => false, async () => ok('never'));
  await expect(bug).rejects.toThrow('a bug');
  expect([await refused, await unwanted, await inTurn(always, async () => ok(1))]).toMatchObject([{ error: { code: 'file_not_found' } }, { error: { code: 'session_expired' } }, { value: 1 }]);
});

test('a long configuration is read with breaths in between, to the same end', async () => {
  const text = '- a\nb: token\n'.repeat(20_000);
  let breaths = 0;
  const slowly = await redactConfigSlowly(text, { isWhole: true }, async () => void breaths++);
  expect(slowly).toBe(redactConfig(text, { isWhole: true }));
  expect(breaths).toBeGreaterThanOrEqual(40);
});

test('a picture is written with breaths in between, to the same bytes', async () => {
  const picture = { width: 24, height: 60, rgb: Uint8Array.from({ length: 24 * 60 * 3 }, (_, i) => (i * 37) & 255) };
  let breaths = 0;
  expect(await slowly(jpegSteps(picture), async () => void breaths++)).toEqual(writeJpeg(picture));
  expect(breaths).toBe(8); // one for each row of blocks
});
