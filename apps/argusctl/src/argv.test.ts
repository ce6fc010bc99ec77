import { expect, test } from 'vitest';
import { LOGGED_IN, PAT, run, SESSION } from '../test/run.ts';
import { readArgv } from './argv.ts';
import { COMMANDS } from './commands/index.ts';

const wish = (line: string) => readArgv(line.split(' ').filter((word) => word !== ''), COMMANDS);
const said = (line: string): string => {
  const made = wish(line);
  return made.do === 'refuse' ? made.problem.says : `not refused: ${made.do}`;
};

test.each([
  'agent ls --tenant UTD_7ELEVEN_001',
  '--tenant UTD_7ELEVEN_001 agent ls',
  'agent --tenant=UTD_7ELEVEN_001 ls',
])('flags may stand anywhere: %s', (line) => {
  const made = wish(line);
  expect(made).toMatchObject({ do: 'run', command: { name: 'agent ls' } });
  expect(made.do === 'run' && [...made.given.flags]).toEqual([['tenant', 'UTD_7ELEVEN_001']]);
});

test.each([
  ['--demo agent ls', ''],
  ['agent ls --demo', ''],
  ['--demo --json agent ls', ''],
  ['--demo .argus agent ls', '.argus'],
  ['--demo /tmp/two agent ls', '/tmp/two'],
  ['--demo=two agent ls', 'two'],
])('%s: the demo in %j', (line, folder) => {
  const made = wish(line);
  expect(made).toMatchObject({ do: 'run', command: { name: 'agent ls' } });
  expect(made.do === 'run' && made.given.flags.get('demo')).toBe(folder);
});

test.each([
  ['agnt ls', 'There is no command agnt ls. Did you mean agent ls?'],
  ['agent lss', 'There is no command agent lss. Did you mean agent ls?'],
  ['frobnicate', 'There is no command frobnicate.'],
  ['help agent lss', 'There is no command agent lss. Did you mean agent ls?'],
  ['agent ls --tenat X', 'There is no flag --tenat. Did you mean --tenant?'],
  ['agent ls -t X', 'There is no flag -t.'],
  ['agent ls --reason x', 'agent ls takes no --reason.'],
  ['agent ls --dry-run', 'agent ls takes no --dry-run.'],
  ['agent ls --ops-token x', 'agent ls takes no --ops-token.'],
  ['agent ls --tenant', '--tenant lacks its value.'],
  ['agent ls --tenant --json', '--tenant lacks its value.'],
  ['agent ls --tenant A --tenant B', '--tenant is given twice.'],
  ['agent ls --json=yes', '--json takes no value.'],
  ['agent ls UTD_7ELEVEN_001', 'There is a word too many for agent ls.'],
  ['agent ls -- --tenant', 'There is a word too many for agent ls.'],
])('%s: %s', (line, sentence) => expect(said(line)).toBe(sentence));

test.each(['toString', 'constructor ls', '__proto__', '--__proto__ agent ls', '--constructor agent ls'])('%s is nothing special', (line) =>
  expect(wish(line).do).toBe('refuse'));

test.each([['', ''], ['help', ''], ['--help', ''], ['-h', ''], ['agent', 'agent'], ['help support', 'support']])('%j: help on the group %j', (line, group) =>
  expect(wish(line)).toEqual({ do: 'help', about: null, group }));

test.each(['agent ls --help', 'help agent ls', 'agent ls -h', '--help agent ls'])('%s: help on one command', (line) =>
  expect(wish(line)).toMatchObject({ do: 'help', about: { name: 'agent ls' } }));

/** A secret slips to where a name belongs: it must not stand in a log of errors because of that. */
test.each([
  [SESSION],
  ['agent', SESSION],
  [`--${SESSION}`],
  [`--sesion=${SESSION}`, 'support', 'command'],
  ['--sesion', SESSION, 'support', 'command'],
  ['support', 'command', SESSION],
  ['support', 'command', 'UTD_7ELEVEN_001', '--command', 'ping', '--args', SESSION],
  ['support', 'command', 'UTD_7ELEVEN_001', '--command', SESSION],
  ['agent', 'activate', PAT, '--tenant', PAT, '--reason', PAT],
  ['agent', 'activate', 'agent_a_1', '--tenant', 'UTD_7ELEVEN_001', '--reason', `the token is ${SESSION}`],
  ['agent', 'ls', '--url', `https://${PAT}@ops.example`],
])('a secret in the wrong place is not repeated (%#)', async (...argv) => {
  const { exit, stdout, stderr, sent } = await run(argv, { env: { ARGUS_PAT: LOGGED_IN.ARGUS_PAT } });
  expect(exit).toBeGreaterThan(1);
  expect(sent).toEqual([]);
  expect(stdout + stderr).not.toMatch(/P{8}|S{8}/);
});
