import { sameBytes, utf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256 } from '../hash.ts';
import { readAuthenticatorData } from './authenticator-data.ts';
import { isCborMap, readWholeCbor } from './cbor.ts';
import { clientDataProblem, type AskedFor } from '@argus/protocol/webauthn.ts';
import type { PasskeyKey } from './passkey.ts';

/**
 * A new passkey (WebAuthn, 7.1). Whoever made the authenticator is not asked: an attestation is read past and never
 * trusted. What counts is that the person who is signed in made it here, for us, and was verified doing so.
 */
export type Registration = { readonly attestationObject: Uint8Array; readonly clientData: Uint8Array };
export type NewPasskey = { readonly id: Uint8Array; readonly key: PasskeyKey; readonly counter: number; readonly mayBeCopied: boolean };

/** Certificates of an attestation are a few kilobytes. */
export const ATTESTATION_MAX = 16_384;

export function readRegistration({ attestationObject, clientData }: Registration, asked: AskedFor): Result<NewPasskey, string> {
  const problem = clientDataProblem(clientData, 'webauthn.create', asked);
  if (problem !== null) return err(problem);
  const authData = authDataIn(attestationObject);
  if (!authData.ok) return authData;
  const data = readAuthenticatorData(authData.value);
  if (!data.ok) return data;
  const { rpIdHash, isUserPresent, isUserVerified, credential, counter, mayBeCopied } = data.value;
  if (!sameBytes(rpIdHash, sha256(utf8(asked.rpId)))) return err('the passkey is for another site');
  if (!isUserPresent) return err('nobody touched the authenticator');
  if (!isUserVerified) return err('the authenticator did not verify who touched it');
  return credential === null ? err('there is no passkey in it') : ok({ id: credential.id, key: credential.key, counter, mayBeCopied });
}

function authDataIn(attestationObject: Uint8Array): Result<Uint8Array, string> {
  if (attestationObject.length > ATTESTATION_MAX) return err('the attestation is too long');
  const read = readWholeCbor(attestationObject);
  if (!read.ok) return err(`the attestation ${read.error}`);
  const object = read.value;
  const isOne = isCborMap(object) && object.size === 3 && typeof object.get('fmt') === 'string' && isCborMap(object.get('attStmt'));
  const authData = isOne ? object.get('authData') : undefined;
  return authData instanceof Uint8Array ? ok(authData) : err('the attestation is none');
}
