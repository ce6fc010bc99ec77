import { webcrypto } from 'node:crypto';
import { webCrypto } from '@argus/evidence/web-crypto.ts';
import { keyFingerprint, signReceipt } from '@argus/keys/consent.ts';
import { newSigningKey } from '@argus/keys/ed25519.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { ALL, type Receipt } from '@argus/protocol/receipt.ts';
import { expect, test } from 'vitest';
import { checkReceipt } from './receipt-check.ts';

const key = newSigningKey();
const { verify } = webCrypto(webcrypto.subtle);
const RECEIPT: Receipt = {
  v: 1, instance: mustId('instance', `ins_${'a'.repeat(20)}`), tenant: mustId('tenant', 'SHOP_BERLIN'), agents: [mustId('agent', 'agent_lobby_01')], commands: ['ping', 'tail_log'], cameras: ALL,
  document_sha256: 'ab'.repeat(32), serial: 1_795_251_600, not_before: '2026-11-21T09:00:00.000Z', not_after: '2027-11-21T09:00:00.000Z',
};
const tenant = { id: RECEIPT.tenant, instance: RECEIPT.instance, receipt: null };
const TEXT = signReceipt(key, RECEIPT);
const onRecord = (serial: number) => ({ ...tenant, receipt: { serial, key_fingerprint: '', not_before: '', not_after: '', needs_operator_proof: false, sha256: '' } });
const check = async (text: string, of: Parameters<typeof checkReceipt>[1]['tenant'] = tenant): Promise<string> => {
  const checked = await checkReceipt(text, { tenant: of, verify });
  return checked.ok ? 'taken' : checked.error;
};

test('what the tenant signed is taken as it is, with how far it goes and whose key it is', async () => {
  expect(await checkReceipt(TEXT, { tenant, verify })).toEqual({ ok: true, value: { text: TEXT, receipt: RECEIPT, scope: { agents: ['agent_lobby_01'], commands: ['ping', 'tail_log'] }, fingerprint: keyFingerprint(key.publicKeyText) } });
  expect(await check(`${TEXT}\n`)).toBe('taken');
});

test('with any one byte of it changed it is not taken', async () => {
  const taken: string[] = [];
  for (let at = 0; at < TEXT.length; at++) {
    const changed = TEXT.slice(0, at) + (TEXT[at] === '1' ? '2' : '1') + TEXT.slice(at + 1);
    if ((await check(changed)) === 'taken') taken.push(changed);
  }
  expect(taken).toEqual([]);
});

test('signed with one key and naming another, it is not taken', async () => {
  expect(await check(TEXT.replace(key.publicKeyText, newSigningKey().publicKeyText))).toContain('signature does not hold');
});

test.each<readonly [why: string, text: string, of: Parameters<typeof checkReceipt>[1]['tenant'], says: string]>([
  ['of another tenant', signReceipt(key, { ...RECEIPT, tenant: mustId('tenant', 'BAKERY_NORTH') }), tenant, 'of another tenant: BAKERY_NORTH'],
  ['for another installation', TEXT, { ...tenant, instance: mustId('instance', `ins_${'b'.repeat(20)}`) }, 'another installation'],
  ['with a command that there is not', signReceipt(key, { ...RECEIPT, commands: ['ping', 'run_shell'] }), tenant, 'a command that there is not'],
  ['with a serial below the one on record', TEXT, onRecord(RECEIPT.serial + 1), 'below 1795251601'],
  ['no receipt at all', '{"key":"x"}', tenant, 'not the file that argus-agent consent sign wrote'],
])('%s, it is not taken, and the sentence says why', async (_, text, of, says) => expect(await check(text, of)).toContain(says));

test('with the serial that is on record it is taken again', async () => expect(await check(TEXT, onRecord(RECEIPT.serial))).toBe('taken'));

test('where signatures cannot be checked nothing is taken on faith', async () => {
  const checked = await checkReceipt(TEXT, { tenant, verify: null });
  expect(checked.ok ? 'taken' : checked.error).toContain('cannot check the signature');
});
