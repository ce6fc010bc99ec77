import type { TenantShown } from '@argus/protocol/http/shapes.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { answering, run } from '../../test/run.ts';

const agent = (name: string) => mustId('agent', `agent_${name}_01`);
const key = 'ab'.repeat(16);
const signed: TenantShown = {
  id: mustId('tenant', 'UTD_7ELEVEN_001'),
  name: 'Seven Eleven',
  created_at: '2026-01-01T09:00:00.000Z',
  consent: 'signed',
  consent_document_id: 'DOC-2026-014',
  armed: true,
  armed_until: '2026-03-31T12:00:00.000Z',
  instance: mustId('instance', `ins_${'a'.repeat(20)}`),
  consent_kind: 'tenant_signed',
  consent_record: { document_id: 'DOC-2026-014', document_sha256: 'cd'.repeat(32), signed_at: '2026-01-01T09:00:00.000Z', signer: { name: 'Kim Park', email: 'kim@tenant.example' }, recorded_by: 'ana@argus.example', expires_at: null, leaf_index: 1 },
  consent_scope: null,
  keeps_results: { key_fingerprint: '12'.repeat(16), days: 90 },
  receipt: { serial: 1_772_366_400, key_fingerprint: key, not_before: '2026-03-01T12:00:00.000Z', not_after: '2026-12-31T18:00:00.000Z', needs_operator_proof: true, sha256: 'cd'.repeat(32) },
  consent_keys: [
    { agent_id: agent('lobby'), key_fingerprint: key, pinned: 'same_key' },
    { agent_id: agent('till'), key_fingerprint: 'ef'.repeat(16), pinned: 'another_key' },
    { agent_id: agent('yard'), key_fingerprint: null, pinned: 'none' },
  ],
};
const recorded: TenantShown = { ...signed, consent_kind: 'recorded', keeps_results: null, receipt: null, consent_keys: [{ agent_id: agent('yard'), key_fingerprint: null, pinned: 'none' }] };
const none: TenantShown = { ...recorded, consent: 'missing', consent_document_id: null, consent_record: null, consent_kind: null, armed: false, armed_until: null, consent_keys: [] };

test.each([['tenant-signed', signed], ['recorded', recorded], ['none', none]])('a consent that is %s is shown as what it is', async (name, shown) => {
  const { exit, stdout, stderr, sent } = await run(['tenant', 'show', 'UTD_7ELEVEN_001'], { fetch: answering(200, shown) });
  expect([exit, stderr, sent.length]).toEqual([0, '', 1]);
  await expect(stdout).toMatchFileSnapshot(`../../golden/tenant-show/${name}.txt`);
});

test('for a program it is what the server said', async () => {
  const { stdout } = await run(['tenant', 'show', 'UTD_7ELEVEN_001', '--json'], { fetch: answering(200, signed) });
  expect(JSON.parse(stdout)).toMatchObject({ consent_kind: 'tenant_signed', receipt: { serial: 1_772_366_400 } });
});
