/** A browser at our own page, and an authenticator beside it. */
import { fromBase64, toBase64, utf8 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import type { NewPasskeyAsked, PasskeyAsked, UsePasskey } from '@argus/protocol/http/passkeys.ts';
import { createAuthenticator, type Over, type SoftAuthenticator } from '../../../packages/keys/testing/authenticator.ts';

export const PUBLIC_URL = 'https://argus.example';
export const SITE = { origin: PUBLIC_URL, rpId: 'argus.example' };

export const bytesOf = (text: string): Uint8Array => fromBase64(text) ?? new Uint8Array();

export const madeBy = (soft: SoftAuthenticator, { challenge }: Pick<NewPasskeyAsked, 'challenge'>, { name = 'laptop', ...over }: Over & { readonly name?: string } = {}) => {
  const { attestationObject, clientData } = soft.register(bytesOf(challenge), over);
  return { name, client_data: toBase64(clientData), attestation_object: toBase64(attestationObject) };
};
export function usedBy(soft: SoftAuthenticator, { challenge }: Pick<PasskeyAsked, 'challenge'>, over: Over = {}): UsePasskey {
  const { authenticatorData, clientData, signature } = soft.assert(bytesOf(challenge), over);
  return { credential_id: toBase64(soft.id), client_data: toBase64(clientData), authenticator_data: toBase64(authenticatorData), signature: toBase64(signature) };
}

let devices = 0;
/** Another one each time: no two have the same id. */
export function newDevice(over: Partial<Parameters<typeof createAuthenticator>[0]> = {}): SoftAuthenticator {
  devices += 1;
  return createAuthenticator({ ...SITE, id: sha256(utf8(`device ${devices}`)), ...over });
}
