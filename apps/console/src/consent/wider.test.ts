import { keyFingerprint } from '@argus/keys/consent.ts';
import type { ConsentHours } from '@argus/protocol/consent-hours.ts';
import type { RecordConsent } from '@argus/protocol/http/shapes.ts';
import { mustId } from '@argus/protocol/ids.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import { expect, test } from 'vitest';
import type { CheckedReceipt } from './receipt-check.ts';
import { widerThan } from './wider.ts';

const [AT, LATER] = ['2026-04-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z'];
const KEYS = [`${'A'.repeat(43)}=`, `${'B'.repeat(42)}A=`] as const;
const hours = (from: string, to: string, zone = 'Europe/Berlin'): ConsentHours => ({ time_zone: zone, windows: [{ days: ['mon', 'tue'], from, to }] });
const RECORD = { document_id: 'DOC-1', document_sha256: 'ab'.repeat(32), signed_at: '2026-01-01T00:00:00.000Z', signer: { name: 'Kim Park', email: 'kim@tenant.example' }, recorded_by: 'ada', expires_at: AT, leaf_index: 1 };
const SIGNED = { serial: 7, key_fingerprint: 'f'.repeat(32), not_before: '2026-01-01T00:00:00.000Z', not_after: AT, needs_operator_proof: true, sha256: 'ab'.repeat(32) };
const ON_RECORD = {
  consent_record: RECORD,
  consent_scope: { commands: ['ping' as const], cameras: [], agents: [mustId('agent', 'agent_one')], hours: hours('08:00', '18:00') },
  keeps_results: { key_fingerprint: keyFingerprint(KEYS[0]), days: 30 },
  receipt: null,
};
const SAME: RecordConsent = { document_id: 'DOC-2', document_sha256: 'cd'.repeat(32), signed_at: AT, signer: RECORD.signer, expires_at: AT, scope: ON_RECORD.consent_scope, keep_results: { key: KEYS[0], days: 30 } };
const wider = (over: Partial<RecordConsent>, onRecord: Partial<Parameters<typeof widerThan>[0]> = {}) => widerThan({ ...ON_RECORD, ...onRecord }, { body: { ...SAME, ...over }, receipt: null });
const scope = (over: Partial<NonNullable<RecordConsent['scope']>>): Partial<RecordConsent> => ({ scope: { ...ON_RECORD.consent_scope, ...over } });
const without = (side: string): Partial<RecordConsent> => ({ scope: Object.fromEntries(Object.entries(ON_RECORD.consent_scope).filter(([name]) => name !== side)) });
const byReceipt = (over: Partial<Receipt>): CheckedReceipt => ({ text: '', fingerprint: SIGNED.key_fingerprint, scope: ON_RECORD.consent_scope, receipt: { v: 1, instance: mustId('instance', `ins_${'a'.repeat(20)}`), tenant: mustId('tenant', 'SHOP_BERLIN'), agents: '*', commands: '*', cameras: '*', document_sha256: 'ab'.repeat(32), serial: 8, not_before: RECORD.signed_at, not_after: AT, ...over } });

test('the same, or less on any side, goes no further', () => {
  for (const less of [{}, scope({ commands: [] }), scope({ agents: [] }), scope({ hours: hours('09:00', '17:00') }), { expires_at: RECORD.signed_at }, { keep_results: { key: KEYS[0], days: 1 } }, { keep_results: undefined }] as readonly Partial<RecordConsent>[]) expect(wider(less)).toEqual([]);
  expect(widerThan({ ...ON_RECORD, consent_record: null }, { body: { ...SAME, scope: undefined }, receipt: null })).toEqual([]);
});

test.each<readonly [what: string, over: Partial<RecordConsent>]>([
  ['the commands tail_log, apply_patch', scope({ commands: ['ping', 'tail_log', 'apply_patch'] })],
  ['all commands', without('commands')],
  ['the cameras cam_1', scope({ cameras: [mustId('camera', 'cam_1')] })],
  ['all cameras', without('cameras')],
  ['the machines agent_two', scope({ agents: [mustId('agent', 'agent_two')] })],
  ['all machines', without('agents')],
  ['other hours', scope({ hours: hours('08:00', '18:01') })],
  ['other hours', scope({ hours: hours('08:00', '18:00', 'America/Lima') })],
  ['other hours', without('hours')],
  ['a later end', { expires_at: LATER }],
  ['a later end', { expires_at: undefined }],
  ['results kept for longer', { keep_results: { key: KEYS[0], days: 31 } }],
  ['results sealed to another key', { keep_results: { key: KEYS[1], days: 1 } }],
])('what is wider on one side is said: %s', (what, over) => expect(wider(over)).toEqual([what]));

test('results that were not kept and now are, are said', () => expect(wider({}, { keeps_results: null })).toEqual(['results that are kept']));

test('where the tenant’s own hand stood, a mere record is said to be less; and a receipt that names no operators any more', () => {
  expect(wider({}, { receipt: SIGNED })).toEqual(['no signature by the tenant’s own key']);
  expect(widerThan({ ...ON_RECORD, receipt: SIGNED }, { body: SAME, receipt: byReceipt({}) })).toEqual(['no proof by an operator’s key']);
  expect(widerThan({ ...ON_RECORD, receipt: { ...SIGNED, needs_operator_proof: false } }, { body: SAME, receipt: { ...byReceipt({}), fingerprint: 'e'.repeat(32) } })).toEqual(['signed with another key than the last one']);
  expect(widerThan(ON_RECORD, { body: SAME, receipt: byReceipt({ not_after: LATER }) })).toEqual(['a later end']);
});
