import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { atTheEndOfTheFile } from '@argus/testkit/end-of-file.ts';

const NEEDED: Readonly<Record<string, string>> = { 'dbus-daemon': 'dbus', 'dbus-send': 'dbus', dunst: 'dunst', Xvfb: 'xvfb' };

/** A program of Debian. One that is not here fails the test, with what to install. */
export function program(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, stdio: 'pipe' | 'ignore' = 'pipe'): ChildProcess {
  const child = spawn(name, args, { env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env }, stdio: ['ignore', stdio, 'ignore', stdio] });
  child.on('error', () => {
    throw new Error(`${name} is not here. Install the Debian package ${NEEDED[name] ?? name}, then run this again.`);
  });
  atTheEndOfTheFile(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** A session bus of its own, by the real daemon. */
export async function privateBus(): Promise<string> {
  const daemon = program('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address']);
  daemon.stdout?.setEncoding('utf8');
  const [line] = (await once(daemon.stdout ?? daemon, 'data')) as [string];
  return line.trim();
}

/** What libdbus makes of us: its answer as it prints it. */
export async function dbusSend(address: string, ...args: readonly string[]): Promise<string> {
  const sending = program('dbus-send', [`--bus=${address}`, '--print-reply', '--reply-timeout=3000', ...args]);
  let said = '';
  sending.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(sending, 'close');
  return said;
}
