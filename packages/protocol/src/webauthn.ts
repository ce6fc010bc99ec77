import { fromBase64, fromUtf8, sameBytes, toBase64Url, utf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Sha256 } from './args-commit.ts';
import { parseJson } from './handshake.ts';
import type { PasskeyOperatorKey, PasskeyProof } from './operator-proof.ts';

/**
 * What a browser and a passkey say when they sign (Web Authentication Level 3), as far as everybody who checks a proof has to
 * read it: the server, the machine, and whoever checks a log years later, in a browser too. No key is looked at here.
 */
export const CLIENT_DATA_MAX = 4_096;

export type Ceremony = 'webauthn.create' | 'webauthn.get';
export type AskedFor = {
  readonly challenge: Uint8Array;
  readonly origins: readonly string[]; // exact, as browsers write them
  readonly rpId: string;
};

/** Why this is not the answer to what was asked; null: it is. A browser may say more; what we go by has to be there, and has to be ours. */
export function clientDataProblem(bytes: Uint8Array, ceremony: Ceremony, { challenge, origins }: AskedFor): string | null {
  const said = read(bytes);
  if (said === null) return 'the client data cannot be read';
  if (said['type'] !== ceremony) return 'the client data is of another ceremony';
  if (said['challenge'] !== toBase64Url(challenge)) return 'the challenge is another than was asked';
  if (typeof said['origin'] !== 'string' || !origins.includes(said['origin'])) return 'the origin is not one of ours';
  if (said['crossOrigin'] !== undefined && said['crossOrigin'] !== false) return 'it was made inside a page of another origin';
  return said['topOrigin'] === undefined ? null : 'it was made inside a page of another origin';
}

/** The challenge it says it answers, to look up which of ours that is. Nothing is believed by it. */
export function challengeIn(bytes: Uint8Array): Uint8Array | null {
  const said = read(bytes)?.['challenge'];
  const challenge = typeof said === 'string' ? fromBase64Url(said) : null;
  return challenge && toBase64Url(challenge) === said ? challenge : null;
}

function read(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  if (bytes.length > CLIENT_DATA_MAX) return null;
  try {
    const said = parseJson(fromUtf8(bytes));
    return typeof said === 'object' && said !== null && !Array.isArray(said) ? (said as Readonly<Record<string, unknown>>) : null; // looked at member by member
  } catch {
    return null; // not UTF-8
  }
}

const fromBase64Url = (text: string): Uint8Array | null => fromBase64(text.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat((4 - (text.length % 4)) % 4));

const [PRESENT, VERIFIED] = [0x01, 0x04];
const ELIGIBLE_OR_BACKED_UP = 0x18;
const HEAD = 37;

/** What the signature of a proof has to be over. */
export type SignedByPasskey = { readonly message: Uint8Array; readonly signature: Uint8Array };

/**
 * A proof, all of it but the signature: a passkey of this site, used on a page the tenant named, by somebody it verified, over
 * this text. Nothing is asked of it beyond that, so there is nothing behind the 37 bytes.
 */
export function readPasskeyProof(proof: PasskeyProof, text: string, { key, sha256 }: { readonly key: PasskeyOperatorKey; readonly sha256: Sha256 }): Result<SignedByPasskey, string> {
  const [data, clientData, signature] = [fromBase64(proof.authenticator_data), fromBase64(proof.client_data), fromBase64(proof.signature)];
  if (!data || !clientData || !signature) return err('not base64');
  const problem = clientDataProblem(clientData, 'webauthn.get', { challenge: sha256(utf8(text)), origins: key.origins, rpId: key.rp_id });
  if (problem !== null) return err(problem);
  const flags = data[32] ?? 0;
  if (data.length !== HEAD || (flags & ~(PRESENT | VERIFIED | ELIGIBLE_OR_BACKED_UP)) !== 0) return err('the authenticator says more than was asked, or less');
  if (!sameBytes(data.subarray(0, 32), sha256(utf8(key.rp_id)))) return err('the passkey is for another site');
  if ((flags & PRESENT) === 0) return err('nobody touched the authenticator');
  if ((flags & VERIFIED) === 0) return err('the authenticator did not verify who touched it');
  const message = new Uint8Array(HEAD + 32);
  message.set(data);
  message.set(sha256(clientData), HEAD);
  return ok({ message, signature });
}
