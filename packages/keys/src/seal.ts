import { createCipheriv, createDecipheriv } from 'node:crypto';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { deriveKey } from './hash.ts';
import type { Random } from './random.ts';

/** What a sealed secret is for. It opens for this purpose, this tenant and this agent, and for nothing else. */
export type SealPurpose = { readonly purpose: 'passkey' | 'log_key' | 'totp'; readonly tenant: string | null; readonly agent: string | null; readonly user?: string };

const NONCE = 12;
const TAG = 16;
const aad = ({ purpose, tenant, agent, user }: SealPurpose) => Buffer.from(canonicalJson(user === undefined ? [purpose, tenant, agent] : [purpose, tenant, agent, user]));
const sealingKey = (masterKey: Uint8Array) => deriveKey(masterKey, 'argus/seal/v1');

/** AES-256-GCM: nonce ‖ ciphertext ‖ tag. */
export function seal(masterKey: Uint8Array, secret: Uint8Array, { purpose, random }: { purpose: SealPurpose; random: Random }): Uint8Array {
  const nonce = random(NONCE);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(masterKey), nonce).setAAD(aad(purpose));
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}

/** Null when it was sealed with another key, for another purpose, or was changed. */
export function unseal(masterKey: Uint8Array, sealed: Uint8Array, purpose: SealPurpose): Uint8Array | null {
  if (sealed.length < NONCE + TAG) return null;
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(masterKey), sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(aad(purpose)).setAuthTag(sealed.subarray(-TAG));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]);
  } catch {
    return null; // GCM says only that the tag does not match
  }
}
