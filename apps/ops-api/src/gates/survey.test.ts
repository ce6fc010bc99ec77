import type { Gate } from '@argus/kit/gate.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { expect, test } from 'vitest';
import { activationLadder } from './activation.ts';
import { commandLadder } from './command.ts';
import { ACTIVATION_NEEDS, COMMAND_NEEDS, survey, type Needs } from './survey.ts';

const asked: string[] = [];
const gate = (name: string, isOpen: boolean): Gate<object, Denial> => ({ name, check: () => (asked.push(name), isOpen ? null : deny('bad_request')) });
async function seen(gates: readonly [string, boolean][], needs: Needs, passed: readonly string[] = []) {
  asked.length = 0;
  const all = await survey(gates.map(([name, isOpen]) => gate(name, isOpen)), {}, { needs, passed });
  return all.map((one) => `${one.gate} ${one.state}${one.state === 'not_looked_at' ? ` behind ${one.behind}` : ''}`);
}

test('it goes on behind a gate that would refuse', async () => {
  expect(await seen([['a', false], ['b', true], ['c', false]], { a: [], b: [], c: [] })).toEqual(['a not_passed', 'b passed', 'c not_passed']);
});

test('a gate behind one it hangs on is not asked, and neither is one behind that', async () => {
  expect(await seen([['a', false], ['b', true], ['c', true]], { a: [], b: ['a'], c: ['b'] })).toEqual(['a not_passed', 'b not_looked_at behind a', 'c not_looked_at behind b']);
  expect(asked).toEqual(['a']);
});

/** Guarantee: a gate that is added to a ladder tells nothing behind a refusal until somebody has said what it may tell. */
test('a gate nobody wrote down hangs on every gate before it', async () => {
  expect(await seen([['a', false], ['new', true]], { a: [] })).toEqual(['a not_passed', 'new not_looked_at behind a']);
  expect(await seen([['a', true], ['new', true]], { a: [] }, ['earlier'])).toEqual(['a passed', 'new passed']);
});

const LADDERS = [['activation', activationLadder, ACTIVATION_NEEDS, 'agent'], ['command', commandLadder, COMMAND_NEEDS, 'operator']] as const;

test.each(LADDERS)('of the %s ladder every gate behind the identity is written down, and hangs on gates before it', (_name, ladder, needs) => {
  const names = ladder.map(({ name }) => name);
  expect(names.slice(names.indexOf('enabled'))).toEqual(Object.keys(needs));
  for (const [name, before] of Object.entries(needs)) for (const needed of before) expect(names.indexOf(needed), `${name} needs ${needed}`).toBeLessThan(names.indexOf(name));
});

/** Guarantee: what is about a tenant is told to nobody who may not see it. */
test.each(LADDERS)('of the %s ladder nothing behind %s that looks at a tenant goes without it', (name, ladder, needs, wall) => {
  const OF_THE_BODY = ['request', 'known', 'args'];
  const behind = ladder.map((gate) => gate.name).slice(ladder.findIndex((gate) => gate.name === wall) + 1).filter((gate) => !OF_THE_BODY.includes(gate));
  const reaches = (gate: string): boolean => gate === wall || (needs[gate] ?? []).some(reaches);
  expect(behind.filter((gate) => !reaches(gate)), name).toEqual([]);
  expect(behind.length).toBeGreaterThan(2);
});
