import { mustId } from '@argus/protocol/ids.ts';
import { EVENT_TYPES, type EventType } from '@argus/protocol/leaf.ts';
import { describe, expect, test } from 'vitest';
import { AGENT, factOf, newSessionId, START, TENANT } from '../../test/sample.ts';
import type { Attempt } from '../audit/attempt.ts';
import { TRIPWIRES, type TripwireKind } from '@argus/protocol/tripwires.ts';
import { alarmOf, firingOf, handshakeFailed, heldLong, manyActivations } from './tripwires.ts';

const activation = (over: Partial<Attempt>) => factOf({ type: 'remote_support_activation', agent: AGENT, ip: '10.1.2.3', ...over });
/** A code that an agent newer than this server may answer with. */
const fromTheFuture = (code: string) => code as NonNullable<Attempt['code']>; // not one of ours yet

/** Every kind, with something that fires it. A kind without a row does not compile. */
const FIRED: { readonly [K in TripwireKind]: readonly unknown[] } = {
  failed_activation: [
    firingOf(activation({ code: 'agent_offline' })),
    firingOf(activation({ phase: 'outcome', outcome: 'unknown', code: 'agent_did_not_acknowledge' })),
    firingOf(activation({ phase: 'outcome', outcome: 'refused', code: 'agent_refused' })),
    firingOf(activation({ type: 'activation_explained', tenant: null, code: 'bad_ops_token' })), // at the same door, with the same guess
  ],
  address_not_allowlisted: [
    firingOf(activation({ tenant: null, code: 'ip_not_allowlisted', ip: '203.0.113.9' })),
    firingOf(factOf({ type: 'remote_support_command', tenant: null, code: 'ip_not_allowlisted', ip: '203.0.113.9' })),
  ],
  patch_signature_failed: [firingOf(factOf({ type: 'remote_support_command', phase: 'outcome', command: 'apply_patch', agent: AGENT, outcome: 'refused', code: fromTheFuture('patch_signature_invalid') }))],
  session_held_long: [heldLong({ id: newSessionId(), tenant: TENANT, agent: AGENT, operator: 'ana@argus.example', createdAt: START }, START)],
  many_activations: [manyActivations({ operator: 'ana@argus.example', activations: 11 }, START)],
  handshake_failed: [handshakeFailed({ address: '198.51.100.4', agent: AGENT, code: 'handshake_refused' }, START)],
  enrollment_code_reused: ['the code was used by another key', 'the code was used before', 'the code was used a moment ago'].map((reason) =>
    firingOf(factOf({ type: 'agent_enrollment_refused', agent: AGENT, code: 'enrollment_refused', reason }))),
  passkey_copied: (['signed_in', 'login_confirmed'] as const).map((type) => firingOf(factOf({ type, tenant: null, outcome: 'refused', code: 'passkey_copied' }))),
  log_forked: [alarmOf({ agent: AGENT, tenant: TENANT }, 'log_forked', START)],
  log_shorter: [alarmOf({ agent: AGENT, tenant: TENANT }, 'log_shorter', START)],
  audit_mismatch: [{ kind: 'audit_mismatch' }], //     fired by the audit itself: nightly.contract.test.ts
  mail_undelivered: [{ kind: 'mail_undelivered' }], // fired by the runner: runner.test.ts
  job_failing: [{ kind: 'job_failing' }],
};
test.each(Object.entries(FIRED))('%s is fired by each of these', (kind, firings) => {
  for (const firing of firings) expect(firing).toMatchObject({ kind });
  expect(firings.length).toBeGreaterThan(0);
});

test('a question why that was answered trips nothing, whatever the answer', () => {
  expect(firingOf(activation({ type: 'activation_explained', outcome: 'ok', args: { would: 'tenant_not_armed' } }))).toBeNull();
});

test('what is said of each is a sentence, and no kind is quiet for more than a day', () => {
  for (const { says, looksAt, quietMs } of Object.values(TRIPWIRES)) {
    expect(says).toMatch(/^[A-Z].*\.$/);
    expect(looksAt.length).toBeGreaterThan(5);
    expect(quietMs).toBeLessThanOrEqual(24 * 3_600_000);
  }
});

describe('nothing else fires', () => {
  test.each([
    ['an activation that began', activation({ phase: 'intent' })],
    ['one that succeeded', activation({ phase: 'outcome', outcome: 'ok' })],
    ['a code that does not exist', factOf({ type: 'agent_enrollment_refused', reason: 'no such code', code: 'enrollment_refused' })],
    ['a command that was refused for its arguments', factOf({ type: 'remote_support_command', code: 'bad_args' })],
    ['a code with the name of a member every object has', factOf({ type: 'remote_support_command', code: fromTheFuture('constructor') })],
  ])('%s', (_what, attempt) => expect(firingOf(attempt)).toBeNull());

  /** Guarantee: our own entries, and whatever else is a success, never trip a wire: nothing goes in circles. */
  test.each(Object.keys(EVENT_TYPES) as EventType[])('%s that went well', (type) => {
    expect(firingOf(factOf({ type, outcome: 'ok', code: undefined as never, reason: 'the code was used' }))).toBeNull();
  });
  test('an alarm we do not know', () => expect(alarmOf({ agent: AGENT, tenant: TENANT }, 'tea_is_ready', START)).toBeNull());
});

test('a summary of many refusals counts as many, and an argument of a command does not', () => {
  expect(firingOf(activation({ tenant: null, code: 'ip_not_allowlisted', args: { count: 40 } }))?.times).toBe(40);
  expect(firingOf(activation({ tenant: null, code: 'ip_not_allowlisted' }))?.times).toBe(1);
  expect(firingOf(factOf({ type: 'remote_support_command', command: 'apply_patch', phase: 'outcome', code: fromTheFuture('patch_signature_invalid'), args: { count: 40 } }))?.times).toBe(1);
});

test('a handshake that proved nothing writes into no owner\'s tree, whichever agent it claims to be', () => {
  expect(handshakeFailed({ address: '198.51.100.4', agent: AGENT, code: 'handshake_refused' }, START).tenant ?? null).toBeNull();
});

test('the same session fires under one key for ever; the same operator under one per hour', () => {
  const session = { id: newSessionId(), tenant: TENANT, agent: mustId('agent', 'agent_x_1'), operator: 'a', createdAt: START };
  expect(heldLong(session, START).key).toBe(heldLong(session, START + 9e6).key);
  const busy = { operator: 'ana@argus.example', activations: 12 };
  expect(manyActivations(busy, START).key).toBe(manyActivations(busy, START + 3_599_000).key);
  expect(manyActivations(busy, START).key).not.toBe(manyActivations(busy, START + 3_600_000).key);
});
