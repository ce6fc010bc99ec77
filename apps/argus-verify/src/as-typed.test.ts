import { FINDINGS } from '@argus/evidence/findings.ts';
import { expect, test } from 'vitest';
import { offline } from '../testing/check-directory.ts';
import { asTyped } from './as-typed.ts';
import { COMMANDS } from './commands/index.ts';
import { run } from './run.ts';

const BY_NPM = { npm_lifecycle_event: 'argus-verify' };

test.each([
  ['See argus-verify --help.', 'See npm run --silent argus-verify -- --help.'],
  ['Export one: argus-agent trust export.', 'Export one: npm run --silent argus-agent -- trust export.'],
  ['(argus-agent remote-support-off)', '(npm run --silent argus-agent -- remote-support-off)'],
  ['Check with argus-verify. The user of argus-agent on that machine; /opt/argus-verify live', 'Check with argus-verify. The user of argus-agent on that machine; /opt/argus-verify live'],
])('called through npm, "%s" is said so that it works', (said, typed) => {
  expect(asTyped(said, BY_NPM)).toBe(typed);
  expect(asTyped(said, {})).toBe(said);
});

test('no command is left bare in what is said to help: of the commands themselves, and of every finding', () => {
  const said = [...COMMANDS.map(({ word, teaches }) => `argus-verify ${word}. ${teaches}`), ...Object.values(FINDINGS).map(({ means, next }) => `${means} ${next}`)];
  // What follows a name in a sentence and is no command.
  const bare = said.flatMap((text) => asTyped(text, BY_NPM).match(/(?<!--silent )argus-(agent|verify) (?!on |-- )[a-z-]+/g) ?? []);
  expect(bare).toEqual([]);
});

test('help and refusals are typed as they were called, and what programs read stays as it is', async () => {
  const world = { ...offline, env: BY_NPM };
  expect((await run(['bundle', '--help'], world)).stdout).toContain('npm run --silent argus-verify -- bundle FILE');
  expect((await run(['nothing'], world)).stderr).toContain('npm run --silent argus-verify -- --help');
  expect((await run(['nothing', '--json'], world)).stderr).toContain('See argus-verify --help');
  expect((await run(['nothing'], offline)).stderr).toContain('See argus-verify --help');
});
