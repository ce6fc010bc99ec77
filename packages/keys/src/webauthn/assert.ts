import { concatBytes, sameBytes, utf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256 } from '../hash.ts';
import { readAuthenticatorData } from './authenticator-data.ts';
import { clientDataProblem, type AskedFor } from '@argus/protocol/webauthn.ts';
import { verifyByPasskey, type PasskeyKey } from './passkey.ts';

/**
 * A passkey used (WebAuthn, 7.2). Somebody touched it and it verified who (a finger, a face, a PIN): without that it would
 * be something one has and nothing more. Pure: whether its counter went up is asked with `counterProblem`.
 */
export type Assertion = { readonly authenticatorData: Uint8Array; readonly clientData: Uint8Array; readonly signature: Uint8Array };

/** What the signature is over. */
export const signedByPasskey = ({ authenticatorData, clientData }: Pick<Assertion, 'authenticatorData' | 'clientData'>): Uint8Array => concatBytes(authenticatorData, sha256(clientData));

export function readAssertion(assertion: Assertion, key: PasskeyKey, asked: AskedFor): Result<{ readonly counter: number }, string> {
  const problem = clientDataProblem(assertion.clientData, 'webauthn.get', asked);
  if (problem !== null) return err(problem);
  const data = readAuthenticatorData(assertion.authenticatorData);
  if (!data.ok) return data;
  const { rpIdHash, isUserPresent, isUserVerified, credential, counter } = data.value;
  if (credential !== null) return err('there is a passkey in it, where one is used');
  if (!sameBytes(rpIdHash, sha256(utf8(asked.rpId)))) return err('the passkey is for another site');
  if (!verifyByPasskey(key, signedByPasskey(assertion), assertion.signature)) return err('the signature is not by this passkey');
  if (!isUserPresent) return err('nobody touched the authenticator');
  return isUserVerified ? ok({ counter }) : err('the authenticator did not verify who touched it');
}

/** Two copies of one authenticator count apart. One that never counts says nothing. */
export const counterProblem = (before: number, now: number): string | null =>
  (before === 0 && now === 0) || now > before ? null : 'the counter of the passkey did not go up: there may be a copy of it';
