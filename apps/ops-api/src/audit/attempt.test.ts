import { isoTime } from '@argus/kit/clock.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { AGENT, factOf, INSTANCE, newSessionId, START, TENANT } from '../../test/sample.ts';
import { auditRow, leafOf, NOT_READ, treeOf, UNAUTHENTICATED, type Attempt } from './attempt.ts';

const session = newSessionId();
const whole: Attempt = {
  at: START,
  type: 'remote_support_command',
  phase: 'outcome',
  tenant: TENANT,
  agent: AGENT,
  session,
  operator: 'ana@argus.example',
  ip: '10.1.2.3',
  by: 'agent',
  reason: 'investigate alert',
  gatesPassed: ['network', 'credential'],
  requestId: mustId('request', 'request_1'),
  command: 'ping',
  args: { lines: 200 },
  outcome: 'refused',
  code: 'bad_args',
  answer: { intentSha256: 'ab'.repeat(32), resultSha256: 'cd'.repeat(32), agentAt: isoTime(START + 1), agentSignature: 'signed' },
};

/** Guarantee: the audit row and the leaf say the same thing, field by field. */
test('what was tried is in the audit row', () => {
  expect(auditRow('id-1', whole)).toEqual({
    id: 'id-1', at: isoTime(START), operator: 'ana@argus.example', ip: '10.1.2.3', tenant_id: TENANT, agent_id: AGENT, session_id: session, request_id: 'request_1',
    action: 'remote_support_command', phase: 'outcome', outcome: 'refused', code: 'bad_args', gates_passed: ['network', 'credential'], reason: 'investigate alert', command: 'ping', args: { lines: 200 },
  });
});

test('and in the leaf, with what the agent signed', () => {
  expect(leafOf(whole, { instance: INSTANCE, seq: 7 })).toEqual({
    v: 1, instance: INSTANCE, tenant: TENANT, seq: 7, at: isoTime(START), type: 'remote_support_command', phase: 'outcome', agent: AGENT, session, operator: 'ana@argus.example',
    request_id: 'request_1', command: 'ping', args_commit: { lines: 200 }, outcome: 'refused', code: 'bad_args', reason: 'investigate alert', by: 'agent',
    intent_sha256: 'ab'.repeat(32), result_sha256: 'cd'.repeat(32), agent_at: isoTime(START + 1), agent_signature: 'signed',
  });
});

test('what there was none of is null in the row and absent in the leaf', () => {
  const bare: Attempt = { at: START, type: 'pat_created', phase: 'fact', tenant: null, operator: UNAUTHENTICATED, by: 'server', reason: NOT_READ };
  expect(auditRow('id-2', bare)).toEqual({
    id: 'id-2', at: isoTime(START), operator: 'unauthenticated', ip: null, tenant_id: null, agent_id: null, session_id: null, request_id: null,
    action: 'pat_created', phase: 'fact', outcome: 'ok', code: null, gates_passed: [], reason: '(not read)', command: null, args: null,
  });
  expect(JSON.parse(JSON.stringify(leafOf(bare, { instance: INSTANCE, seq: 0 })))).toEqual({
    v: 1, instance: INSTANCE, seq: 0, at: isoTime(START), type: 'pat_created', phase: 'fact', operator: 'unauthenticated', reason: '(not read)', by: 'server',
  });
});

test('an intent has no outcome yet, whatever it carries', () => {
  expect(auditRow('id-3', { ...whole, phase: 'intent' }).outcome).toBeNull();
});

test('what has no tenant goes to the operator tree', () => {
  expect([treeOf(factOf()), treeOf(factOf({ tenant: null }))]).toEqual([TENANT, 'operator']);
});
