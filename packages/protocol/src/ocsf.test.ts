import { expect, test } from 'vitest';
import { EVENT_TYPES, Leaf, leafText, type EventType } from './leaf.ts';
import { OCSF_ACTIVITIES, ocsfOf } from './ocsf.ts';

const ORIGIN = 'argus/ins_aaaaaaaaaaaaaaaaaaaa/tenant/UTD_7ELEVEN_001';
const leafOf = (over: Partial<Record<keyof Leaf, unknown>> = {}) =>
  leafText(Leaf.parse({
    v: 1, instance: 'ins_aaaaaaaaaaaaaaaaaaaa', tenant: 'UTD_7ELEVEN_001', seq: 7, at: '2026-03-01T12:00:00.000Z', type: 'remote_support_command', phase: 'outcome',
    agent: 'agent_macpro_lobby_01', session: 'rss_aaaaaaaaaaaaaaaaaaaa', operator: 'ana@argus.example', request_id: 'req_00000001', command: 'ping', outcome: 'ok', by: 'agent', ...over,
  }));
const event = (over?: Parameters<typeof leafOf>[0]) => ocsfOf({ index: 7, leaf: leafOf(over) }, ORIGIN) as Record<string, unknown>;

test('an entry as an event: who, what, on what, what came of it, and the exact text', () => {
  expect(event({ code: 'camera_failed', outcome: 'refused' })).toEqual({
    category_uid: 6, class_uid: 6003, activity_id: 99, activity_name: 'remote_support_command', type_uid: 600_399, time: Date.UTC(2026, 2, 1, 12), severity_id: 2,
    status_id: 2, status: 'Failure', status_code: 'camera_failed', message: EVENT_TYPES.remote_support_command,
    metadata: { version: '1.3.0', product: { name: 'Argus', vendor_name: 'Argus' }, log_name: ORIGIN, sequence: 7, uid: `${ORIGIN}#7`, event_code: 'remote_support_command' },
    actor: { user: { email_addr: 'ana@argus.example' }, session: { uid: 'rss_aaaaaaaaaaaaaaaaaaaa' } },
    api: { operation: 'ping', service: { name: 'argus' }, request: { uid: 'req_00000001' } },
    src_endpoint: { name: 'agent', uid: 'agent_macpro_lobby_01' },
    resources: [{ type: 'tenant', uid: 'UTD_7ELEVEN_001' }, { type: 'agent', uid: 'agent_macpro_lobby_01' }],
    unmapped: { phase: 'outcome' },
    raw_data: leafOf({ code: 'camera_failed', outcome: 'refused' }),
  });
});

test('an intent has come to nothing yet, and silence is neither a success nor a failure', () => {
  expect(event({ phase: 'intent', outcome: undefined })).toMatchObject({ status_id: 99, status: 'Intent', severity_id: 1 });
  expect(event({ outcome: 'unknown' })).toMatchObject({ status_id: 0, severity_id: 2 });
  expect(event()).toMatchObject({ status_id: 1, severity_id: 1 });
});

test.each(Object.keys(EVENT_TYPES) as EventType[])('%s has an activity, and what the class asks for', (type) => {
  const { activity_id: activity, type_uid: uid, ...rest } = event({ type, operator: undefined, by: undefined });
  expect([0, 1, 2, 3, 4, 99]).toContain(activity);
  expect(uid).toBe(600_300 + Number(activity));
  for (const member of ['actor', 'api', 'metadata', 'severity_id', 'src_endpoint', 'time']) expect(rest, member).toHaveProperty(member);
});

test('no type is two activities', () => {
  const all = Object.values(OCSF_ACTIVITIES).flatMap(({ types }) => types);
  expect(new Set(all).size).toBe(all.length);
});

/** Guarantee: who changes an entry does not take it out of the sight of whoever collects them. */
test('a text that is no entry any more is handed on as it is, and high', () => {
  expect(ocsfOf({ index: 7, leaf: '{"oops"' }, ORIGIN)).toMatchObject({ severity_id: 4, activity_name: 'unreadable', metadata: { sequence: 7 }, raw_data: '{"oops"' });
});
