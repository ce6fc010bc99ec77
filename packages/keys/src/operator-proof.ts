import { fromBase64, toBase64, utf8 } from '@argus/kit/bytes.ts';
import type { PasskeyProof, ProofCheck } from '@argus/protocol/operator-proof.ts';
import { verifyText } from './ed25519.ts';
import { sha256 } from './hash.ts';
import type { Assertion } from './webauthn/assert.ts';
import { verifyByPasskey } from './webauthn/passkey.ts';

/** How signatures of proofs are checked where node:crypto is. */
export const PROOF_CRYPTO: Pick<ProofCheck, 'verify' | 'passkey' | 'sha256'> = { verify: verifyText, passkey: verifyByPasskey, sha256 };

/** A passkey that signs an activation: what it is challenged with is the hash of the very text an Ed25519 key would sign. */
export const proofChallenge = (text: string): Uint8Array => sha256(utf8(text));

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
