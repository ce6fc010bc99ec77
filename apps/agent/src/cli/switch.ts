import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isoTime, systemClock } from '@argus/kit/clock.ts';
import { readActivity } from '../adapters/state/activity-journal.ts';
import type { StateDir } from '../adapters/state/state-dir.ts';
import type { Activity, KillSwitch } from '../ports.ts';
import { given, type Flags } from './command.ts';

/** In the state directory. While it is there, remote support is off. */
export const SWITCH_FILE = 'remote-support-off';

export const runDirOf = (state: StateDir, flags: Flags): string => resolve(given(flags, 'run-dir') ?? join(state.path, 'run'));

/** Where the daemon of this state directory may listen: as asked, or else where it said it does. */
export function runDirsOf(state: StateDir, flags: Flags): readonly string[] {
  const asked = given(flags, 'run-dir');
  if (asked !== undefined) return [resolve(asked)];
  const said = existsSync(state.file('run-dir')) ? [readFileSync(state.file('run-dir'), 'utf8').trim()] : [];
  return [...new Set([...said, join(state.path, 'run')])];
}

/** Switched while no daemon ran, it is in nobody's record yet: only one process writes there. */
export function noteSwitchFound(state: StateDir, killSwitch: KillSwitch, activity: Activity): void {
  const last = readActivity(state.file('activity.log'))?.lines.findLast(({ what }) => what === 'switched_off' || what === 'switched_on');
  const wasOff = last?.what === 'switched_off';
  if (wasOff !== killSwitch.isOff()) activity.record({ at: isoTime(systemClock.now()), what: killSwitch.isOff() ? 'switched_off' : 'switched_on', phase: 'fact', code: 'while_not_running' });
}
