/**
 * Words into a wish, with nothing loaded but the table of commands. What is said about a wrong word never repeats it
 * unless it can be nothing but a mistyped name: it may be a secret that slipped.
 */
import { parseArgs } from 'node:util';
import { usage, type Command, type LocalProblem } from './command.ts';
import { SECRETS } from './secrets.ts';
import { didYouMean } from './suggest.ts';

export type GlobalFlag = { readonly show?: string; readonly about: string };

/** Flags every command takes. Without `show`: a switch. */
export const GLOBAL_FLAGS = {
  json: { about: 'print the exact answer as JSON; errors too, on stderr' },
  url: { show: 'URL', about: 'the ops API (ARGUS_URL; http://127.0.0.1:8443 when unset)' },
  pat: { show: SECRETS.pat.show, about: `${SECRETS.pat.about}; better ARGUS_PAT, ARGUS_PAT_FILE, or - for stdin` },
  demo: { show: '[=DIR]', about: 'use the demo that `npm start` runs: address and keys from DIR/demo.json (ARGUS_DATA_DIR, or .argus)' },
  profile: { show: 'NAME', about: 'a stored login other than the one in use (argusctl profile ls)' },
  quiet: { about: 'print ids only, one per line (-q); where a secret is shown once, that' },
  help: { about: 'help on a command' },
  version: { about: 'the version of argusctl' },
} as const satisfies Readonly<Record<string, GlobalFlag>>;

export type Given = { readonly flags: ReadonlyMap<string, string | true>; readonly positionals: readonly string[] };
export type Wish =
  | { readonly do: 'version' }
  | { readonly do: 'help'; readonly about: Command | null; readonly group: string | null }
  | { readonly do: 'run'; readonly command: Command; readonly given: Given }
  | { readonly do: 'refuse'; readonly problem: LocalProblem; readonly isJson: boolean };

/** Flags of one command, with whether they take a value. */
export const flagsOf = (command: Command): ReadonlyMap<string, 'text' | 'switch'> =>
  new Map([
    ...Object.entries(GLOBAL_FLAGS).map(([name, flag]) => [name, 'show' in flag ? 'text' : 'switch'] as const),
    ...Object.entries(command.flags).map(([name, { value }]) => [name, value === 'switch' ? 'switch' : 'text'] as const),
    ...command.secrets.map((name) => [SECRETS[name].flag, 'text'] as const),
    ...(command.writes ? [['dry-run', 'switch'] as const] : []),
  ]);

export function readArgv(argv: readonly string[], commands: readonly Command[]): Wish {
  // One name means the same in every command (a test holds that), so flags may stand before the command too.
  const known = new Map(commands.flatMap((command) => [...flagsOf(command)]));
  const words = readWords(joinDemo(argv), known);
  const isJson = argv.includes('--json');
  const refuse = (problem: LocalProblem): Wish => ({ do: 'refuse', problem, isJson });
  if (!words.ok) return refuse(words.problem);
  const { flags, positionals } = words.given;

  if (flags.has('version')) return { do: 'version' };
  const asksHelp = flags.has('help') || positionals[0] === 'help' || positionals.length === 0;
  const typed = positionals[0] === 'help' ? positionals.slice(1) : positionals;
  const command = commandAt(typed, commands);
  if (!command) {
    const group = groupAt(typed, commands);
    return group !== null ? { do: 'help', about: null, group } : refuse(unknownCommand(typed, commands));
  }
  if (asksHelp) return { do: 'help', about: command, group: null };

  const rest = typed.slice(command.name.split(' ').length);
  const foreign = [...flags.keys()].find((name) => !flagsOf(command).has(name));
  if (foreign !== undefined) return refuse(usage(`${command.name} takes no --${foreign}.`, seeHelp(command)));
  const isTooMuch = rest.length > Object.keys(command.positionals).length;
  if (isTooMuch) return refuse(usage(`There is a word too many for ${command.name}.`, seeHelp(command)));
  return { do: 'run', command, given: { flags, positionals: rest } };
}

export const seeHelp = (command: Command): string => `See argusctl ${command.name} --help.`;

/**
 * `--demo DIR` is taken for what it means when DIR looks like a path; otherwise the next word is the command, since
 * `--demo agent ls` is what a newcomer types.
 */
function joinDemo(argv: readonly string[]): string[] {
  const at = argv.indexOf('--demo');
  if (at < 0) return [...argv];
  const next = argv[at + 1];
  const isPath = next !== undefined && /^\.|^\/|[\\/]/.test(next);
  return [...argv.slice(0, at), `--demo=${isPath ? next : ''}`, ...argv.slice(at + (isPath ? 2 : 1))];
}

type Words = { readonly ok: true; readonly given: Given } | { readonly ok: false; readonly problem: LocalProblem };
const no = (problem: LocalProblem): Words => ({ ok: false, problem });

function readWords(argv: string[], known: ReadonlyMap<string, 'text' | 'switch'>): Words {
  const typed = [...known].map(([name, kind]) => [name, { type: kind === 'text' ? 'string' : 'boolean' }] as const);
  const options = { ...Object.fromEntries(typed), help: { type: 'boolean', short: 'h' }, quiet: { type: 'boolean', short: 'q' } } as const;
  const { tokens } = parseArgs({ args: argv, options, strict: false, tokens: true, allowPositionals: true });
  const flags = new Map<string, string | true>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, value } = token;
    const kind = known.get(name);
    if (kind === undefined) return no(unknownFlag(token.rawName, [...known.keys()]));
    if (flags.has(name)) return no(usage(`--${name} is given twice.`));
    if (kind === 'switch' && value !== undefined) return no(usage(`--${name} takes no value.`));
    const isMissing = value === undefined || (!token.inlineValue && value.startsWith('-') && value !== '-');
    if (kind === 'text' && isMissing)
      return no(usage(`--${name} lacks its value.`, `A value that begins with a dash is written --${name}=-…`));
    flags.set(name, kind === 'switch' ? true : (value ?? ''));
  }
  return { ok: true, given: { flags, positionals } };
}

/** Lower-case words only: no secret looks like that. */
const isName = (word: string): boolean => /^[a-z][a-z_-]{0,30}$/.test(word);

function unknownFlag(rawName: string, known: readonly string[]): LocalProblem {
  const name = rawName.replace(/^--?/, '');
  if (!isName(name)) return usage('One of the flags is not known.', 'See argusctl help.');
  return usage(`There is no flag ${rawName}.${didYouMean(name, known, '--')}`, 'See argusctl help.');
}

function unknownCommand(typed: readonly string[], commands: readonly Command[]): LocalProblem {
  const words = typed.slice(0, 2).filter(isName).join(' ');
  if (words === '') return usage('There is no such command.', 'See argusctl help.');
  const names = commands.map((command) => command.name).filter((name) => name.split(' ').length <= 2 || typed.length > 2);
  return usage(`There is no command ${words}.${didYouMean(words, names)}`, 'See argusctl help.');
}

const commandAt = (typed: readonly string[], commands: readonly Command[]): Command | undefined =>
  commands.find((command) => command.name.split(' ').every((word, i) => typed[i] === word));

/** The first words of commands that have more, or nothing for all commands. */
function groupAt(typed: readonly string[], commands: readonly Command[]): string | null {
  if (typed.length === 0) return '';
  const group = typed.join(' ');
  return commands.some((command) => command.name.startsWith(`${group} `)) ? group : null;
}
