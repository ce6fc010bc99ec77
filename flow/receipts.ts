/** What a tenant of the flow tests signs. */
import { isoTime } from '@argus/kit/clock.ts';
import { signReceipt } from '@argus/keys/consent.ts';
import type { SigningKey } from '@argus/keys/ed25519.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import { CONSENT_KEY, OPERATOR_KEY } from '../apps/agent/testing/memory-consent.ts';
import { DOCUMENT, START, TENANT } from './world.ts';

const HOUR = 3_600_000;
const receiptFor = (instance: InstanceId, over: Partial<Receipt>): Receipt => ({
  v: 1,
  instance,
  tenant: TENANT,
  agents: '*',
  commands: '*',
  cameras: '*',
  document_sha256: DOCUMENT.document_sha256,
  serial: 10,
  not_before: isoTime(START - HOUR),
  not_after: isoTime(START + 24 * HOUR),
  ...over,
});

export const signedFor = (instance: InstanceId, over: Partial<Receipt> = {}, key: SigningKey = CONSENT_KEY): string => signReceipt(key, receiptFor(instance, over));
export const OPERATORS: Partial<Receipt> = { operator_keys: [{ kind: 'ed25519', public_key: OPERATOR_KEY.publicKeyText }] };
export const receiptNamingOperators = (instance: InstanceId): string => signedFor(instance, OPERATORS);
