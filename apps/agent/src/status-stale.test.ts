import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isoTime } from '@argus/kit/clock.ts';
import { expect, onTestFinished, test, vi } from 'vitest';
import { scratch } from '../testing/scratch.ts';
import { START, TRUST } from '../testing/signed-log.ts';
import { isRunning, thisProcess } from './adapters/process/this-process.ts';
import { openStateDir } from './adapters/state/state-dir.ts';
import { statusCommand } from './cli/status.ts';
import { staleness } from './status-stale.ts';

const daemon = { pid: 42, boot: 'boot' };
const live = { remote_support: 'live', session: 'rss_x', until: isoTime(START + 60_000), since: isoTime(START), daemon };
const told = (status: unknown, { now = START, runs = true } = {}) => staleness(status, { now, isRunning: () => runs });

test('a status that says live is taken back when its daemon is gone, or its time was up', () => {
  expect(told(live)).toBeNull();
  expect(told(live, { now: START + 60_000 })).toBeNull();
  expect(told(live, { runs: false })).toContain('does not run any more');
  expect(told(live, { now: START + 60_001 })).toContain(`was over by ${live.until}`);
});
test.each([null, 'live', {}, { remote_support: 'dormant', daemon }, { remote_support: 'live' }])('%j is no such claim', (status) => expect(told(status, { runs: false, now: START * 2 })).toBeNull());
test('one of an older version has its time only', () => {
  const { daemon: _, ...older } = live;
  expect(told(older, { runs: false })).toBeNull();
  expect(told(older, { now: START + 60_001 })).toContain('out of date');
});

test('a process that runs is found; one of another start of the machine, or that has ended, is not', () => {
  const here = thisProcess();
  expect(isRunning(here)).toBe(true);
  expect(isRunning({ ...here, boot: 'another' })).toBe(false);
  expect(isRunning({ ...here, pid: 2 ** 30 })).toBe(false);
});

test.each<[string, object, RegExp]>([
  ['of a daemon that is gone', { ...thisProcess(), pid: 2 ** 30 }, /does not run any more/],
  ['of one that runs, about a session whose time is up', thisProcess(), /was over by/],
])('argus-agent status says that a live status %s is out of date', (_, writer, says) => {
  const state = openStateDir(join(scratch(), 'state'));
  state.save(TRUST, new Uint8Array(32).fill(6));
  writeFileSync(state.file('status.json'), JSON.stringify({ ...live, daemon: writer }));
  const out: string[] = [];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  onTestFinished(() => stdout.mockRestore());
  void statusCommand.run(state, {});
  expect(out.join('')).toMatch(says);
});
