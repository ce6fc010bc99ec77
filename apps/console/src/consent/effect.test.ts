import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { effectOf, standing, unmovedBy } from './effect.ts';

const TENANT = { id: mustId('tenant', 'BAKERY_NORTH'), name: 'Bakery North', created_at: '2026-01-01T00:00:00.000Z', consent: 'missing', consent_document_id: null, armed: false, armed_until: null } as const;

test('where there was no consent, recording opens nothing', () => expect(effectOf(TENANT)).toBe('Recording opens nothing: whoever arms the tenant next asserts this very document.'));

test('where one stood it is said which one counts no more', () => expect(effectOf({ ...TENANT, consent: 'signed', consent_document_id: 'DOC-1' })).toMatch(/^It takes the place of DOC-1.*very same record again changes nothing\.$/));

test('while the tenant is armed it is said that this disarms and ends what is live', () =>
  expect(effectOf({ ...TENANT, consent: 'signed', consent_document_id: 'DOC-1', armed: true, armed_until: '2027-01-01T00:00:00.000Z' })).toMatch(/^Bakery North is armed\. .*disarms the tenant and ends any LIVE session at once/));

test('where another consent is on record, or the tenant is armed meanwhile, what somebody looked over is another thing', () => {
  const record = { document_id: 'DOC-1', document_sha256: 'ab'.repeat(32), signed_at: '2026-01-01T00:00:00.000Z', signer: { name: 'Kim', email: 'kim@tenant.example' }, recorded_by: 'ada', expires_at: null, leaf_index: 4 };
  const before = { consent_record: record, armed: false, receipt: null };
  expect(standing({ ...before, consent_record: { ...record } })).toBe(standing(before));
  for (const other of [{ ...before, consent_record: null }, { ...before, consent_record: { ...record, leaf_index: 7 } }, { ...before, armed: true }]) expect(standing(other)).not.toBe(standing(before));
});

test('machines that go by a key of the tenant are named: what is only recorded opens nothing there', () => {
  const machine = (agent: string, key: string | null) => ({ agent_id: mustId('agent', agent), key_fingerprint: key, pinned: 'none' as const });
  expect(unmovedBy({ consent_keys: [machine('agent_one', null)] })).toBeNull();
  expect(unmovedBy({ consent_keys: [machine('agent_one', null), machine('agent_two', 'f00d')] })).toMatch(/^agent_two goes by a key of the tenant and takes receipts only/);
});
