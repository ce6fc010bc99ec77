import { activityCommand } from './activity.ts';
import { auditVerifyCommand } from './audit-verify.ts';
import type { CliCommand, Flags } from './command.ts';
import { consentKeygenCommand } from './consent-keygen.ts';
import { consentPinCommand } from './consent-pin.ts';
import { consentRevokeCommand } from './consent-revoke.ts';
import { consentShowCommand } from './consent-show.ts';
import { consentSignCommand } from './consent-sign.ts';
import { enrollCommand } from './enroll.ts';
import { installServiceCommand } from './install-service.ts';
import { logAcceptCommand } from './log-accept.ts';
import { logShowCommand } from './log-show.ts';
import { remoteSupportOffCommand } from './remote-support-off.ts';
import { remoteSupportOnCommand } from './remote-support-on.ts';
import { resultsKeygenCommand } from './results-keygen.ts';
import { runCommand } from './run.ts';
import { statusCommand } from './status.ts';
import { trayCommand } from './tray.ts';
import { trustExportCommand } from './trust-export.ts';

/** Everything a person at the machine can have it do. */
export const CLI: readonly CliCommand[] = [
  enrollCommand,
  runCommand,
  statusCommand,
  remoteSupportOffCommand,
  remoteSupportOnCommand,
  activityCommand,
  logShowCommand,
  logAcceptCommand,
  auditVerifyCommand,
  consentKeygenCommand,
  consentSignCommand,
  consentPinCommand,
  consentShowCommand,
  consentRevokeCommand,
  resultsKeygenCommand,
  trayCommand,
  trustExportCommand,
  installServiceCommand,
];

/** What was typed; a last word that a command takes comes as a flag of it. */
export function commandOf(words: readonly string[]): { readonly command: CliCommand; readonly flags: Flags } | null {
  const whole = CLI.find((one) => one.words === words.join(' '));
  if (whole) return { command: whole, flags: {} };
  const taking = CLI.find((one) => one.takes !== undefined && one.words === words.slice(0, -1).join(' '));
  return taking ? { command: taking, flags: { [taking.takes ?? '']: words.at(-1) } } : null;
}

const WIDTH = 28;
const line = ({ words, usage, summary }: CliCommand): string =>
  usage === undefined ? `  argus-agent ${words.padEnd(WIDTH - 14)}  ${summary}` : `  argus-agent ${words} ${usage}\n${' '.repeat(WIDTH)}  ${summary}`;

const EVERYWHERE = `  --state DIR      where keys and trust file live (default: $XDG_STATE_HOME/argus-agent)
  --allow-root     run as root all the same
  --help           after a command: more about it
  --version        which version this is
`;

export const HELP = `argus-agent: the owner's side of remote support. It dials out, stays dormant, and acts only on what the owner's log proves.

${CLI.map(line).join('\n')}

${EVERYWHERE}`;

/** One command: everything it takes, and nothing of the others. */
export function helpOn({ words, usage, summary, options = {} }: CliCommand): string {
  const said = usage ?? '';
  const more = Object.entries(options).filter(([name]) => !said.includes(`--${name}`)).map(([name, { type }]) => `[--${name}${type === 'string' ? ' …' : ''}]`);
  return `argus-agent ${[words, said, ...more].filter((text) => text !== '').join(' ')}\n\n${summary[0]?.toUpperCase()}${summary.slice(1)}\n\n${EVERYWHERE}`;
}

