import { expect, test } from 'vitest';
import { questionIn } from './questions.ts';

test.each<[string, Parameters<typeof questionIn>[0], ReturnType<typeof questionIn>]>([
  ['a command that would not pass', { type: 'command_explained', command: 'read_file', args: { would: 'path_not_allowlisted' }, outcome: 'ok' }, { asks: 'asked whether read_file would be let through', answer: 'no, path_not_allowlisted' }],
  ['a command nobody knows', { type: 'command_explained', command: null, args: { would: 'pass' }, outcome: 'ok' }, { asks: 'asked whether a command would be let through', answer: 'yes' }],
  ['a session', { type: 'activation_explained', args: { would: 'pass' }, outcome: 'ok' }, { asks: 'asked whether a session would open', answer: 'yes' }],
  ['one that was refused', { type: 'activation_explained', outcome: 'refused', code: 'bad_ops_token' }, { asks: 'asked whether a session would open', answer: 'not given: bad_ops_token' }],
  ['an act', { type: 'remote_support_command', command: 'read_file', outcome: 'ok' }, null],
])('%s is shown as what it was', (_, entry, said) => expect(questionIn(entry)).toEqual(said));
