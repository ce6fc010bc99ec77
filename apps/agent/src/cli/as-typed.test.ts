import { expect, test } from 'vitest';
import { asTyped, calledBy, WITH_RUN_DIR, WORDS } from './as-typed.ts';
import { CLI } from './index.ts';

test('every command of the table is found in a sentence, and those that take --run-dir are known', () => {
  expect([...WORDS].toSorted()).toEqual(CLI.map(({ words }) => words).toSorted());
  expect([...WITH_RUN_DIR].toSorted()).toEqual(CLI.filter(({ options }) => Object.hasOwn(options ?? {}, 'run-dir')).map(({ words }) => words).toSorted());
});

test.each<[string, string, Parameters<typeof asTyped>[1], NodeJS.ProcessEnv, string]>([
  ['nothing was given', 'Run: argus-agent remote-support-on\n', {}, {}, 'Run: argus-agent remote-support-on\n'],
  ['the state was named', 'argus-agent consent pin FILE', { state: '/s t', 'allow-root': true }, {}, "argus-agent consent pin --state '/s t' --allow-root FILE"],
  ['the run directory was named', 'argus-agent remote-support-on, argus-agent activity', { 'run-dir': '/run/a' }, {}, 'argus-agent remote-support-on --run-dir /run/a, argus-agent activity'],
  ['a key belongs to no machine', 'argus-agent consent keygen --out FILE', { state: '/s' }, {}, 'argus-agent consent keygen --out FILE'],
  ['npm called us', 'See argus-agent --help, or argus-agent status.', { state: '/s' }, { npm_lifecycle_event: 'argus-agent' }, 'See npm run --silent argus-agent -- --help, or npm run --silent argus-agent -- status --state /s.'],
  ['it is no command', 'An argus-agent runs here; /opt/argus-agent run', { state: '/s' }, { npm_lifecycle_event: 'argus-agent' }, 'An argus-agent runs here; /opt/argus-agent run'],
])('a command in a sentence works where it is read: %s', (_, text, flags, env, typed) => expect(asTyped(text, { ...flags, ...calledBy(env) })).toBe(typed));
