import { cleanText } from '@argus/protocol/text.ts';
import type { ActivityLine, ReadActivity } from './activity.ts';

/** The record as a person reads it: who did what, why, when, and what came of it. Pure, and plain to any terminal. */
const HOW: Readonly<Record<string, string>> = {
  deactivate: 'by the operator or the server',
  expired: 'its time was up',
  tenant_kill_switch: 'switched off on this machine',
  disarmed: 'the tenant was disarmed',
  consent_withdrawn: 'the consent was withdrawn',
  agent_revoked: 'the enrollment was revoked',
  agent_lost: 'the line or this program broke off',
  not_acknowledged: 'nobody heard that it had begun',
  server_shutdown: 'the server stopped',
};

export function renderActivity(lines: readonly ActivityLine[]): string {
  const outcomes = new Map<string, ActivityLine>(); // the last word on each act
  for (const line of lines) if (line.phase === 'outcome') outcomes.set(keyOf(line), line);
  return lines
    .filter(({ phase }) => phase !== 'outcome')
    .map((line) => `${line.at.slice(0, 19).replace('T', ' ')}  ${sentence(line, outcomes.get(keyOf(line)))}\n`)
    .join('');
}

const keyOf = ({ what, session, request, entry }: ActivityLine): string => JSON.stringify([what, session, request, entry]);

function sentence(line: ActivityLine, outcome: ActivityLine | undefined): string {
  const [who, why] = [plain(line.operator, 320), plain(line.reason, 500)];
  const entry = line.entry === undefined ? '' : `, entry ${line.entry}`;
  switch (line.what) {
    case 'session':
      return `session ${plain(line.session, 64)} for ${who}, ${minutesOf(line)} min: ${becameOf(outcome)}${entry}. Why: ${why}`;
    case 'command':
      return `  ${plain(line.command, 64)}${argsOf(line)} by ${who}: ${becameOf(outcome)}${entry}${patchedOf(outcome)}`;
    case 'session_ended':
      return `session ${plain(line.session, 64)} ended: ${(Object.hasOwn(HOW, line.code ?? '') && HOW[line.code ?? '']) || plain(line.code, 64)}`;
    case 'switched_off':
      return `remote support was switched off${line.code === undefined ? '' : ' while the daemon did not run'}`;
    case 'switched_on':
      return `remote support was switched on again${line.code === undefined ? '' : ' while the daemon did not run'}`;
    case 'log_accepted':
      return `another log was accepted (${line.code === 'fork' ? 'after a fork' : 'the server had a shorter one'}): ${plain(line.reason, 500)}`;
    case 'consent_pinned':
      return 'a consent key was pinned on this machine';
    case 'consent_revoked':
      return 'the consent was revoked on this machine';
    default:
      return line.what satisfies never;
  }
}

function becameOf(outcome: ActivityLine | undefined): string {
  if (!outcome) return 'begun, and nothing was written of its outcome';
  if (outcome.outcome === 'ok') return 'done';
  return `${outcome.outcome === 'refused' ? 'refused' : 'unknown'} (${plain(outcome.code, 64)})`;
}

function argsOf({ args = {} }: ActivityLine): string {
  const shown = Object.entries(args).map(([name, value]) => `${plain(name, 64)}=${typeof value === 'object' ? `salted:${plain(value.sha256, 12)}…` : plain(String(value), 200)}`);
  return shown.length === 0 ? '' : ` ${shown.join(' ')}`;
}

/** Which files of this machine are others than before. */
function patchedOf(outcome: ActivityLine | undefined): string {
  if (!outcome?.patch) return '';
  const { files, note } = outcome.patch;
  return `. Wrote ${files.map((path) => plain(path, 128)).join(', ')}${note === '' ? '' : ` (${plain(note, 500)})`}`;
}

const minutesOf = ({ args }: ActivityLine): string => (typeof args?.['minutes'] === 'number' ? String(args['minutes']) : '?');

/** Read back from a file, it is a stranger's text once more. */
const plain = (text: string | undefined, max: number): string => (text === undefined ? '?' : cleanText(text, max));

/** What the chain says of itself, in sentences. `missing`: acts the witness knows of and the record does not. */
export function chainSentences({ lines, breaks }: ReadActivity, missing: number | null): readonly string[] {
  const broken = breaks.map(({ line, why }) => `The chain is broken at line ${line}: ${why}.`);
  if (missing !== null) broken.push(`The end is missing: this machine acted on entry ${missing} of the log, and the record does not have it.`);
  // The two are flushed side by side: a power cut, or a disk with room for only one of them, leaves the same as a cut does.
  if (missing !== null && breaks.length === 0) return [...broken, 'The machine lost its power or its room on the disk in that moment, or somebody cut this record. Compare it with the log: argus-agent trust export.'];
  if (broken.length > 0) return [...broken, 'Somebody or something changed this record. Compare it with the log: argus-agent trust export.'];
  return [`The chain holds: ${lines.length} lines${lines[0] && lines[0].n > 0 ? `, from number ${lines[0].n} on; older ones were put away` : ''}.`];
}
