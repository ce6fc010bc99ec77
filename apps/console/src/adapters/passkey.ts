/** The browser's passkeys: what the server asks for becomes what a browser takes, and back. A touch that does not come is a sentence. */
import { fromBase64, toBase64, utf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { AddPasskey, NewPasskeyAsked, PasskeyAsked, UsePasskey } from '@argus/protocol/http/passkeys.ts';

/** Null: this page can use one of that site. A browser makes and uses passkeys of its own site, by name. */
export function noPasskeyHere(rpId: string): string | null {
  if (typeof window.PublicKeyCredential !== 'function') return 'This browser has no passkeys, or this page did not come over https.';
  const { hostname } = window.location;
  return hostname === rpId || hostname.endsWith(`.${rpId}`) ? null : `Passkeys of this server work at ${rpId}, and this page is at ${hostname}. Open it there.`;
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(fromBase64(text) ?? []);
const base64 = (buffer: ArrayBuffer): string => toBase64(new Uint8Array(buffer));
const named = (id: string): PublicKeyCredentialDescriptor => ({ type: 'public-key', id: bytes(id) });

export async function makePasskey({ challenge, rp, user, algorithms, exclude }: NewPasskeyAsked): Promise<Result<Pick<AddPasskey, 'client_data' | 'attestation_object'>, string>> {
  const elsewhere = noPasskeyHere(rp.id);
  if (elsewhere !== null) return err(elsewhere);
  return touched(async () => {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: bytes(challenge),
        rp,
        user: { id: bytes(user.id), name: user.name, displayName: user.display_name },
        pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
        excludeCredentials: exclude.map(named),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        attestation: 'none',
      },
    });
    if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) return null;
    return { client_data: base64(made.response.clientDataJSON), attestation_object: base64(made.response.attestationObject) };
  });
}

/** None named: the browser offers what it has. */
export async function usePasskey({ challenge, rp_id: rpId, allow }: Pick<PasskeyAsked, 'challenge' | 'rp_id' | 'allow'>): Promise<Result<UsePasskey, string>> {
  const elsewhere = noPasskeyHere(rpId);
  if (elsewhere !== null) return err(elsewhere);
  return touched(async () => {
    const used = await navigator.credentials.get({ publicKey: { challenge: bytes(challenge), rpId, allowCredentials: allow.map(named), userVerification: 'required' } });
    if (!(used instanceof PublicKeyCredential) || !(used.response instanceof AuthenticatorAssertionResponse)) return null;
    const { clientDataJSON, authenticatorData, signature } = used.response;
    return { credential_id: base64(used.rawId), client_data: base64(clientDataJSON), authenticator_data: base64(authenticatorData), signature: base64(signature) };
  });
}

/** What a passkey signs that stands for a text: its hash. */
export const challengeOf = async (text: string): Promise<string> => base64(await crypto.subtle.digest('SHA-256', new Uint8Array(utf8(text))));

const WHY: Readonly<Record<string, string>> = {
  NotAllowedError: 'Nobody touched a passkey, or the browser has none for this server.',
  InvalidStateError: 'That passkey is one of yours already.',
  SecurityError: 'The browser takes no passkey on this page. Open the server by its name.',
};
async function touched<T>(touch: () => Promise<T | null>): Promise<Result<T, string>> {
  try {
    const value = await touch();
    return value === null ? err('The browser gave something that is no passkey.') : ok(value);
  } catch (thrown) {
    return err((thrown instanceof DOMException && WHY[thrown.name]) || 'The browser could not use a passkey. Try again.');
  }
}
