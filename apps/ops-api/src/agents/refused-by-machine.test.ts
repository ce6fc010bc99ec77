import { globSync, readFileSync } from 'node:fs';
import { ERRORS, isErrorCode } from '@argus/protocol/errors.ts';
import { expect, test } from 'vitest';
import { commandRefusedByMachine, refusedByMachine, wordOfMachine } from './refused-by-machine.ts';

/** Guarantee: what a console does by itself when our doors refuse, such as signing somebody out or asking for a second factor, no machine brings about. */
test.each(['unauthenticated', 'step_up_required', 'second_factor_required', 'sign_in_refused', 'csrf_refused', 'foreign_origin', 'missing_role', 'audit_unavailable', 'outcome_unrecorded', 'bad_agent_signature', 'result_gone', 'shutting_down', 'toString', 'out_of_paper'])(
  'a machine that says %s has refused, and no more',
  (said) => expect(wordOfMachine(said)).toBe('agent_refused'),
);

test('of all codes there are, none that says who somebody is comes from a machine', () => {
  const said = Object.keys(ERRORS).filter((code) => wordOfMachine(code) === code);
  expect(said.filter((code) => isErrorCode(code) && ERRORS[code].status === 401)).toEqual([]);
  expect(said.filter((code) => /token|role|auth|step_up|factor|csrf|origin|user|login|sign_in|password|passkey|provider|tenant_not|audit/.test(code))).toEqual([]);
});

test('whatever the agent can refuse with is taken from it', () => {
  const root = new URL('../../../..', import.meta.url).pathname;
  const files = globSync(['apps/agent/src/**/*.ts', 'packages/protocol/src/{patch,patch-*,commands/*}.ts'], { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
  const said = new Set(files.flatMap((file) => [...readFileSync(`${root}/${file}`, 'utf8').matchAll(/\bdeny\('(\w+)'/g)].map(([, code]) => code ?? '')));
  expect(said.size).toBeGreaterThan(20);
  expect([...said].filter((code) => wordOfMachine(code) !== code)).toEqual(['bad_frame']); // of a frame, never of a command or an activation
});

test('it is said that it was the machine, in our words alone', () => {
  for (const denial of [refusedByMachine('<b>out of paper</b>'), commandRefusedByMachine('<b>out of paper</b>')]) {
    expect(denial).toMatchObject({ code: 'agent_refused', facts: { refused_by: 'machine' } });
    expect(JSON.stringify(denial.facts)).not.toContain('paper');
  }
});
