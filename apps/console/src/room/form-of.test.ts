import { COMMANDS, contractFor } from '@argus/protocol/commands/index.ts';
import { expect, test } from 'vitest';
import { argsOf, fieldsOf } from './form-of.ts';

const formOf = (name: string) => fieldsOf(contractFor(name) ?? expect.unreachable());

test('a form has the fields of its contract, with its limits, its defaults and what the log keeps', () => {
  expect(formOf('tail_log')).toEqual([
    { name: 'lines', kind: 'whole', first: '200', isNeeded: false, limits: '1 to 5000', kept: 'public' },
    { name: 'file', kind: 'text', first: 'argus.log', isNeeded: false, limits: null, kept: 'public' },
  ]);
  expect(formOf('ping')).toEqual([]);
  expect(formOf('apply_patch')).toMatchObject([{ name: 'patch', kind: 'file', isNeeded: true, kept: 'sensitive' }]);
});

test.each(COMMANDS.map((contract) => [contract.name, contract] as const))('%s: every argument has a field, and what is typed into it is an argument', (_name, contract) => {
  const fields = fieldsOf(contract);
  expect(fields.map(({ name }) => name)).toEqual(Object.keys(contract.args.shape));
  const typed = fields.filter(({ kind }) => kind !== 'file');
  const example = contract.example as Readonly<Record<string, string | number>>; // of those that are typed
  const args = argsOf(typed, Object.fromEntries(typed.map(({ name, first }) => [name, String(example[name] ?? first)])));
  expect(contract.parse({ ...example, ...args }).ok).toBe(true);
});

test('what is left empty is left out, and what is no number stays what was typed', () => {
  expect(argsOf(formOf('tail_log'), { lines: '', file: ' argus.log.1 ' })).toEqual({ file: 'argus.log.1' });
  expect(argsOf(formOf('tail_log'), { lines: '12x' })).toEqual({ lines: '12x', file: 'argus.log' });
});
