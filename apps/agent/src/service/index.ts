import { launchdPlist } from './launchd.ts';
import type { ServiceFacts, ServiceKind } from './definition.ts';
import { systemdUnit } from './systemd.ts';
import { windowsTask } from './windows.ts';

export const RENDERERS: Readonly<Record<ServiceKind, (facts: ServiceFacts) => string>> = { systemd: systemdUnit, launchd: launchdPlist, windows: windowsTask };
export const isServiceKind = (text: string): text is ServiceKind => Object.hasOwn(RENDERERS, text);

/** Why these facts cannot stand in a definition. One line of it has to stay one line, whatever a folder is called. */
export function problemWith(kind: ServiceKind, { user, program, state, installRoot }: ServiceFacts): string | null {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const odd = [...program, state, installRoot].find((path) => /[\u0000-\u001f\u007f]/.test(path));
  if (odd !== undefined) return `A path has a control character in it (${JSON.stringify(odd)}). Move it to a plain one.`;
  // Arguments may be called anything; for the program itself systemd has no way to write these.
  if (kind === 'systemd' && /["'\\]/.test(program[0] ?? '')) return `systemd cannot start a program at ${program[0]}. Move it to a path without quotes and backslashes.`;
  if (user !== null && !/^[A-Za-z_][\w.-]{0,31}$/.test(user)) return `${JSON.stringify(user)} is no name of a user. Pass one with --user NAME.`;
  return user === 'root' ? 'argus-agent does not run as root. Make a user for it, and pass --user NAME.' : null;
}
