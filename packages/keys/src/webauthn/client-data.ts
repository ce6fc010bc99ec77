import { fromUtf8, toBase64Url } from '@argus/kit/bytes.ts';
import { parseJson } from '@argus/protocol/handshake.ts';

/** What the browser says it asked for (WebAuthn, 5.8.1). It may say more; what we go by has to be there, and has to be ours. */
export const CLIENT_DATA_MAX = 4_096;

export type Ceremony = 'webauthn.create' | 'webauthn.get';
export type AskedFor = {
  readonly challenge: Uint8Array;
  readonly origins: readonly string[]; // exact, as browsers write them
  readonly rpId: string;
};

/** Why this is not the answer to what was asked; null: it is. */
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
  if (typeof said !== 'string') return null;
  const challenge = new Uint8Array(Buffer.from(said, 'base64url'));
  return toBase64Url(challenge) === said ? challenge : null;
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
