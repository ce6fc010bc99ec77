import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../testing/scratch.ts';
import { TRUST } from '../../testing/signed-log.ts';
import { openStateDir } from '../adapters/state/state-dir.ts';
import type { Flags } from './command.ts';
import { installServiceCommand } from './install-service.ts';

const state = openStateDir(join(scratch(), 'state'));
state.save(TRUST, new Uint8Array(32).fill(6));
const run = (flags: Flags) => installServiceCommand.run(state, { kind: 'systemd', user: 'argus', ...flags });

test('it writes where it is told; a file that says something else is left alone', () => {
  const out = join(scratch(), 'folder', 'argus-agent.service');
  void run({ out });
  const text = readFileSync(out, 'utf8');
  expect(text).toContain(`"run" "--state" "${state.path}" "--run-dir" "/run/argus-agent"\n`);
  expect(text).toMatch(/^User=argus$/m);
  void run({ out }); // the same again is no reason to complain
  writeFileSync(out, `${text}# mine\n`);
  expect(() => run({ out })).toThrow(/is there already and says something else/);
  expect(readFileSync(out, 'utf8')).toBe(`${text}# mine\n`);
});

test.each<[string, Flags, RegExp]>([
  ['a kind there is not', { kind: 'upstart' }, /--kind systemd/],
  ['a user that is no name', { user: 'argus\nExecStartPre=/bin/sh' }, /no name of a user/],
  ['root as the user', { user: 'root' }, /does not run as root/],
  ['a place nobody may write', { out: '/proc/argus-agent.service' }, /sudo tee/],
  ['Windows without a file', { kind: 'windows' }, /--out FILE/],
])('with %s it says what to do', (_, flags, sentence) => expect(() => run(flags)).toThrow(sentence));
test('a machine that is not enrolled has nothing to keep running', () => {
  expect(() => installServiceCommand.run(openStateDir(join(scratch(), 'empty')), {})).toThrow(/not enrolled yet/);
});
