import type { EventView } from '@argus/protocol/http/audit.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { activityOf } from './activity-words.ts';

const tenant = mustId('tenant', 'BAKERY_NORTH');
const request = (letter: string) => mustId('request', `req_${letter.repeat(20)}`);
let entries = 0;
function entry(over: Partial<Leaf> & Pick<Leaf, 'type'>): EventView {
  const leaf: Leaf = { v: 1, instance: mustId('instance', `ins_${'a'.repeat(20)}`), tenant, seq: entries, at: '2026-03-01T14:02:00.000Z', phase: 'fact', operator: 'ana@argus.example', by: 'operator', outcome: 'ok', ...over };
  return { id: `e${entries}`, at: leaf.at, source: 'remote_support', type: leaf.type, tenant_id: tenant, tree: tenant, leaf_index: entries++, body: { ...leaf } as EventView['body'] };
}
const agent = mustId('agent', 'agent_oven_display');
const readFile = { type: 'remote_support_command', command: 'read_file', agent, request_id: request('a'), args_commit: { path: 'config.yaml' } } as const;

test('a command and what came of it are one sentence, with how long it took', () => {
  const asked = entry({ ...readFile, phase: 'intent', at: '2026-03-01T14:02:00.000Z' });
  const answered = entry({ ...readFile, phase: 'outcome', at: '2026-03-01T14:02:01.230Z' });
  expect(activityOf([answered, asked])).toEqual([
    { index: asked.leaf_index, at: '2026-03-01T14:02:00.000Z', who: 'ana@argus.example', says: 'read the file config.yaml on agent_oven_display', why: null, outcome: 'ok', code: null, took: '1.2 s', session: null },
  ]);
});

test('what was refused says with what, and what has no answer yet says that', () => {
  const intent = entry({ ...readFile, phase: 'intent' });
  const { outcome: _, ...open } = intent.body as Record<string, EventView['body']>;
  expect(activityOf([{ ...intent, body: open }])).toMatchObject([{ outcome: 'open', took: null }]);
  expect(activityOf([entry({ ...readFile, outcome: 'refused', code: 'consent_scope_exceeded' })])).toMatchObject([
    { says: 'tried to read the file config.yaml on agent_oven_display, and was refused', outcome: 'refused', code: 'consent_scope_exceeded' },
  ]);
  expect(activityOf([entry({ ...readFile, command: 'view_camera', args_commit: { camera: 'cam_1' }, outcome: 'refused', code: 'bad_args' })])[0]?.says).toBe('tried to look through the camera cam_1 of agent_oven_display, and was refused');
});

test('an answer whose question is on an older page stands for itself', () => {
  expect(activityOf([entry({ ...readFile, phase: 'outcome' })])).toMatchObject([{ says: 'read the file config.yaml on agent_oven_display', took: null }]);
});

test('a reason in somebody’s own words is given, and how a session ended is no refusal', () => {
  const [ended, opened] = activityOf([
    entry({ type: 'remote_support_session_ended', agent, by: 'tenant', code: 'tenant_kill_switch', reason: 'investigate alert' }),
    entry({ type: 'remote_support_activation', agent, reason: 'investigate alert', args_commit: { minutes: 30 } }),
  ]);
  expect(ended).toMatchObject({ who: null, says: 'the session on agent_oven_display is over: switched off on the machine', code: null, why: null });
  expect(opened).toMatchObject({ says: 'opened a session on agent_oven_display for 30 minutes', why: 'investigate alert' });
});

test('a session is opened, asked for or refused, and how long the opening took is not said of it', () => {
  const activation = { type: 'remote_support_activation', agent, request_id: request('b'), args_commit: { minutes: 30 } } as const;
  const asked = entry({ ...activation, phase: 'intent' });
  const came = (over: Partial<Leaf>) => activityOf([entry({ ...activation, phase: 'outcome', at: '2026-03-01T14:02:00.400Z', ...over }), asked])[0];
  expect(came({})).toMatchObject({ says: 'opened a session on agent_oven_display for 30 minutes', took: null });
  expect(came({ outcome: 'unknown' })?.says).toBe('asked to open a session on agent_oven_display for 30 minutes');
  expect(came({ outcome: 'refused', code: 'agent_refused' })?.says).toBe('tried to open a session on agent_oven_display for 30 minutes, and was refused');
});

test('an alert is told in the words of its tripwire, and one of tomorrow by its name', () => {
  const fired = (kind: string) => activityOf([entry({ type: 'tripwire_fired', by: 'server', args_commit: { kind } })])[0]?.says;
  expect([fired('failed_activation'), fired('toString')]).toEqual(['an alert was raised: An activation failed.', 'an alert was raised: toString']);
  expect(activityOf([entry({ type: 'tenant_disarmed' })])[0]?.says).toBe('disarmed the tenant, so that no session can be opened');
});

/** Guarantee: an operator chooses what a refused command is called, and cannot take the page from the tenant with it. */
test.each(['constructor', '__proto__', 'toString', 'valueOf'])('a command called %s is told by that name', (command) => {
  expect(activityOf([entry({ ...readFile, command, outcome: 'refused', code: 'command_not_allowlisted' })])[0]?.says).toBe(`tried to send ${command} to agent_oven_display, and was refused`);
});

test('what is no entry, or of a kind nobody knows here, does not stop the rest', () => {
  const strange = { ...entry({ type: 'tenant_armed' }), body: { hello: 1 } };
  expect(activityOf([strange, entry({ type: 'log_key_rotated', by: 'server' })])).toMatchObject([{ who: null, says: expect.stringMatching(/log key was changed/) }]);
});
