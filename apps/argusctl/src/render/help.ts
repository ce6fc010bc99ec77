/** Help pages, printed from the table of commands. Loads nothing. */
import { GLOBAL_FLAGS } from '../argv.ts';
import type { Command, Flag } from '../command.ts';
import { SECRETS } from '../secrets.ts';
import { VERSION } from '../version.ts';

type Row = readonly [left: string, right: string];

const rowsText = (rows: readonly Row[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
};

const globalRows: readonly Row[] = Object.entries(GLOBAL_FLAGS).map(([name, flag]) => {
  const show = 'show' in flag ? flag.show : '';
  return [`--${name}${show === '' || show.startsWith('[') ? show : ` ${show}`}`, flag.about] as const;
});

/** All commands, or those of one group: `argusctl agent`. */
export function overview(commands: readonly Command[], group = ''): string {
  const shown = commands.filter((command) => group === '' || command.name.startsWith(`${group} `));
  return [
    `argusctl ${VERSION}: remote support whose owner can prove what was done\n`,
    '\nUsage: argusctl COMMAND [flags]\n\n',
    groupsText(shown),
    group === '' ? '\n  help COMMAND  The page of one command, or of a group such as agent\n' : '',
    '\nFlags of every command:\n',
    rowsText(globalRows),
    '\nEvery command has its own page: argusctl COMMAND --help\n',
  ].join('');
}

/** Commands with the same first word stand together. */
function groupsText(shown: readonly Command[]): string {
  const width = Math.max(...shown.map(({ name }) => name.length));
  const firstOf = (command: Command | undefined) => (command?.name.includes(' ') ? command.name.split(' ')[0] : '');
  return shown.map((command, i) => `${i > 0 && firstOf(command) !== firstOf(shown[i - 1]) ? '\n' : ''}  ${command.name.padEnd(width)}  ${command.summary}\n`).join('');
}

export function commandHelp(command: Command, details: readonly string[]): string {
  const { name, summary, positionals, example } = command;
  const words = Object.values(positionals);
  const rows: readonly Row[] = [
    ...words.map(({ show, about }) => [show, about] as const),
    ...Object.entries(command.flags).map(flagRow),
    ...secretRows(command),
    ...dryRunRow(command),
  ];
  return [
    `${summary}\n`,
    `\nUsage: argusctl ${[name, ...words.map((word) => word.show), ...requiredFlags(command)].join(' ')} [flags]\n`,
    ...(rows.length === 0 ? [] : ['\n', rowsText(rows)]),
    ...(details.length === 0 ? [] : [`\n${details.join('\n')}\n`]),
    '\nFlags of every command:\n',
    rowsText(globalRows),
    `\nExample:\n  ${folded(example)}\n`,
  ].join('');
}

const LINE_MAX = 110;
/** As it can be pasted: broken before a flag, with a backslash. */
function folded(example: string): string {
  const lines: string[] = [];
  for (const part of example.split(/ (?=--)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length + 3 <= LINE_MAX) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines.join(' \\\n    ');
}

const isRequired = (flag: Flag): boolean => flag.value !== 'switch' && flag.isRequired === true;
const spelled = (name: string, flag: Flag): string => (flag.value === 'switch' ? `--${name}` : `--${name} ${flag.show}`);

const requiredFlags = ({ flags }: Command): readonly string[] =>
  Object.entries(flags).flatMap(([name, flag]) => (isRequired(flag) ? [spelled(name, flag)] : []));

const flagRow = ([name, flag]: readonly [string, Flag]): Row => [
  spelled(name, flag),
  `${flag.about}${isRequired(flag) ? ' (required)' : ''}`,
];

const secretRows = ({ secrets }: Command): readonly Row[] =>
  secrets.map((name) => {
    const { flag, show, env, about } = SECRETS[name];
    return [`--${flag} ${show}`, `${about}; better ${env}, ${env}_FILE, or - for stdin`];
  });

const dryRunRow = ({ writes }: Command): readonly Row[] =>
  writes ? [['--dry-run', 'print the request, secrets redacted, and send nothing']] : [];
