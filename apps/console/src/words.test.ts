import { expect, test } from 'vitest';
import { afterWords, answerSays, endWords, outcomeTone, stepSays, stepWords, titleOf, withWords } from './words.ts';

const answer = (outcome: 'ok' | 'refused' | 'unknown', code?: string) => ({ index: 8, at: '2026-03-01T12:00:00.000Z', outcome, ...(code !== undefined && { code }) });
const fact = (type: string, code?: string, args = {}) => ({ type, args, answer: answer('ok', code) });

test.each([
  ['ok', null, 'good'],
  ['ok', 'deactivate', 'calm'],
  ['ok', 'expired', 'calm'],
  ['ok', 'tenant_kill_switch', 'warn'],
  ['ok', 'a code of tomorrow', 'calm'],
  ['refused', 'bad_args', 'bad'],
  ['refused', null, 'bad'],
  ['unknown', 'command_timed_out', 'warn'],
  [null, null, 'calm'],
] as const)('only what went well is green: %s with %s is %s', (outcome, code, tone) => expect(outcomeTone(outcome, code)).toBe(tone));

test('the end of a session and the last word of its machine are called by two names, and both say how it ended', () => {
  const [ended, closed] = [fact('remote_support_session_ended', 'deactivate', { agent_said: 'tenant_kill_switch' }), fact('remote_support_session_closed', 'tenant_kill_switch', { agent_said: 'tenant_kill_switch' })];
  expect([titleOf(ended), stepSays(ended).says, withWords(ended)]).toEqual(['Session ended', 'ended by the operator', 'the machine said: switched off on the machine']);
  expect([titleOf(closed), stepSays(closed)]).toEqual(['Last word of the machine', { tone: 'warn', says: 'switched off on the machine', why: null }]);
  expect(withWords(closed)).toBeNull(); // what is said already, is not said twice
});

test('what was refused says so, and why in words; so does what nobody knows the outcome of', () => {
  expect(answerSays(answer('refused', 'path_not_allowlisted'))).toEqual({ tone: 'bad', says: 'refused', why: 'The agent may not show this file' });
  expect(answerSays(answer('unknown', 'command_timed_out'))).toMatchObject({ tone: 'warn', says: 'not known', why: expect.stringMatching(/^[A-Z].* / ) });
  expect(answerSays(answer('refused', 'toString'))).toEqual({ tone: 'bad', says: 'refused', why: 'toString' }); // of tomorrow: as it is called
  expect(answerSays(null)).toEqual({ tone: 'calm', says: 'no answer yet', why: null });
});

test('a session that did not open is not called opened, and of its arguments only the time is said', () => {
  const asked = { type: 'remote_support_activation', args: { login: 'lgn_1', minutes: 30, scope: '{"agents":"all"}' } };
  expect([titleOf({ ...asked, answer: answer('ok') }), withWords({ ...asked, answer: answer('ok') })]).toEqual(['Session opened', 'for 30 minutes']);
  expect([titleOf({ ...asked, answer: answer('refused', 'agent_refused') }), titleOf({ ...asked, answer: null })]).toEqual(['Session asked for', 'Session asked for']);
});

test('a command is called by its name, and the digest of what is sensitive is called salted', () => {
  const step = { type: 'remote_support_command', command: 'apply_patch', args: { patch: { sha256: 'ab'.repeat(32) }, lines: 5 }, answer: null };
  expect([titleOf(step), withWords(step)]).toEqual(['apply_patch', 'patch (salted digest abababababab…), lines 5']);
});

test('a question is no success: its answer is said, and calm', () => {
  const step = { type: 'activation_explained', args: { would: 'pass' }, answer: answer('ok') };
  expect([titleOf(step), stepSays(step), withWords(step)]).toEqual(['asked whether a session would open', { tone: 'calm', says: 'the answer was: yes', why: null }, null]);
});

/** Guarantee: a machine signs how a session ended in words of its own. One that every object knows would be drawn as what it is not, and take the page with it. */
test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a machine that says %s is shown with that word', (said) => {
  expect([endWords(said), stepWords(said), afterWords(said)]).toEqual([said, said, '']);
});
