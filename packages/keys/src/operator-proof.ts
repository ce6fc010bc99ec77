import { fromBase64, toBase64, utf8 } from '@argus/kit/bytes.ts';
import type { PasskeyOperatorKey, PasskeyProof, VerifyPasskey } from '@argus/protocol/operator-proof.ts';
import { sha256 } from './hash.ts';
import { readAssertion, type Assertion } from './webauthn/assert.ts';

/** A passkey that signs an activation: what it is challenged with is the hash of the very text an Ed25519 key would sign. */
export const proofChallenge = (text: string): Uint8Array => sha256(utf8(text));

export const verifyPasskeyProof: VerifyPasskey = ({ alg, public_key, rp_id, origins }: PasskeyOperatorKey, text, proof) => {
  const assertion = assertionOf(proof);
  if (assertion === null) return 'the passkey of the proof: not base64';
  const read = readAssertion(assertion, { alg, public_key }, { challenge: proofChallenge(text), origins, rpId: rp_id });
  return read.ok ? null : `the passkey of the proof: ${read.error}`;
};

export function assertionOf({ authenticator_data, client_data, signature }: Pick<PasskeyProof, 'authenticator_data' | 'client_data' | 'signature'>): Assertion | null {
  const [authenticatorData, clientData, signed] = [fromBase64(authenticator_data), fromBase64(client_data), fromBase64(signature)];
  return authenticatorData && clientData && signed ? { authenticatorData, clientData, signature: signed } : null;
}

export const passkeyProof = (publicKey: string, { authenticatorData, clientData, signature }: Assertion, { nonce, timestamp }: Pick<PasskeyProof, 'nonce' | 'timestamp'>): PasskeyProof => ({
  kind: 'passkey',
  public_key: publicKey,
  nonce,
  timestamp,
  authenticator_data: toBase64(authenticatorData),
  client_data: toBase64(clientData),
  signature: toBase64(signature),
});
