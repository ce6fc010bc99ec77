import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { createMachine } from '../../../testing/machine.ts';
import { scratch } from '../../../testing/scratch.ts';
import { OPERATOR, SESSION } from '../../../testing/signed-log.ts';
import type { Indicator } from '../../ports.ts';
import { statusBoard } from './board.ts';
import { statusFileIndicator } from './status-file.ts';
import { wholeIndicator } from './whole.ts';

/** I8 with the real parts: status file, system journal, and what the sockets tell the tray. */
function machineWithIndicator() {
  const path = join(scratch(), 'status.json');
  const journal: string[] = [];
  const told: string[] = [];
  const fails = { journal: false };
  const m = createMachine();
  const write = (line: string) => {
    if (fails.journal) throw new Error('the journal takes nothing');
    journal.push(line);
  };
  const board = statusBoard({ clock: m.clock, killSwitch: m.deps.killSwitch, tell: () => void told.push(board.now().remote_support) });
  const indicator = wholeIndicator([statusFileIndicator({ path, clock: m.clock, journal: write, daemon: { pid: 42, boot: 'boot' } }), board]);
  Object.assign(m.deps.indicator, indicator); // the deps of the machine, with the real thing in the place of one port
  return { m, path, journal, told, board, fails, status: () => (JSON.parse(readFileSync(path, 'utf8')) as { remote_support: string }).remote_support };
}

test('all parts are on before the acknowledgement, and off once when it ends', async () => {
  const { m, journal, told, board, status } = machineWithIndicator();
  await m.wake();
  expect([status(), journal.length, told]).toEqual(['live', 1, ['live']]);
  expect(board.now()).toMatchObject({ remote_support: 'live', session: SESSION, operator: OPERATOR, reason: 'investigate alert' });
  m.switchOff();
  await settle();
  expect([status(), journal.length, told]).toEqual(['dormant', 2, ['live', 'off']]);
});

test.each<[string, (w: ReturnType<typeof machineWithIndicator>) => void]>([
  ['the status file cannot be written', ({ path }) => mkdirSync(`${path}.new`)],
  ['the system journal takes nothing', ({ fails }) => void (fails.journal = true)],
])('%s: no session, indicator_failed, and nothing is told as live', async (_, breakIt) => {
  const w = machineWithIndicator();
  w.m.connect();
  breakIt(w);
  await w.m.hear(w.m.activation());
  await settle();
  expect(w.m.codes()).toEqual(['indicator_failed']);
  expect(w.m.agent.session()).toBeNull();
  expect(w.told).not.toContain('live');
  w.fails.journal = false;
  rmSync(`${w.path}.new`, { recursive: true, force: true });
  await w.m.hear(w.m.activation());
  expect(w.m.codes().at(-1)).toBe('awake');
  expect(existsSync(w.path)).toBe(true);
});

test('every part is lowered, also when the one before it fails', async () => {
  const lowered: string[] = [];
  const part = (name: string, fails = false): Indicator => ({
    raise: async () => undefined,
    async lower() {
      lowered.push(name);
      if (fails) throw new Error(name);
    },
  });
  await expect(wholeIndicator([part('one'), part('two', true), part('three')]).lower()).rejects.toThrow('two');
  expect(lowered).toEqual(['one', 'two', 'three']);
});
