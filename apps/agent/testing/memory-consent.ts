/** The owner's consent key, in memory: pinned and revoked as the owner does it, and a disk that fails when told to. */
import { signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import { signReceipt } from '@argus/keys/consent.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import type { PinnedConsent, PinnedState } from '../src/ports.ts';
import { remembered } from '../src/receipt.ts';
import { INSTANCE, START, TENANT } from './signed-log.ts';

export const CONSENT_KEY: SigningKey = signingKeyOf(new Uint8Array(32).fill(21));
export const OPERATOR_KEY: SigningKey = signingKeyOf(new Uint8Array(32).fill(22));
const HOUR = 3_600_000;

/** A receipt for everything, from an hour before START to a day after it. */
export const receiptOf = (over: Partial<Receipt> = {}): Receipt => ({
  v: 1,
  instance: INSTANCE,
  tenant: TENANT,
  agents: '*',
  commands: '*',
  cameras: '*',
  document_sha256: 'ab'.repeat(32),
  serial: 10,
  not_before: new Date(START - HOUR).toISOString(),
  not_after: new Date(START + 24 * HOUR).toISOString(),
  ...over,
});
export const signedReceipt = (over: Partial<Receipt> = {}, key: SigningKey = CONSENT_KEY): string => signReceipt(key, receiptOf(over));

export const NOT_PINNED: PinnedState = { key: null, highest: { serial: 0, sha256: '' }, revokedThrough: 0, proofs: [] };
export const PINNED: PinnedState = { ...NOT_PINNED, key: CONSENT_KEY.publicKeyText };

export function memoryConsent(first: PinnedState = NOT_PINNED): PinnedConsent & { pin(key: SigningKey): void; revoke(through: number): void; fails: boolean } {
  let state = first;
  return {
    fails: false,
    state: () => state,
    remember(seen, now) {
      if (this.fails) throw new Error('the disk is full');
      state = { ...state, ...remembered(state, seen, now) };
    },
    pin: (key) => void (state = { ...state, key: key.publicKeyText }),
    revoke: (through) => void (state = { ...state, revokedThrough: Math.max(through, state.revokedThrough) }),
  };
}
