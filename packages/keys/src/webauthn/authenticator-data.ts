import { err, ok, type Result } from '@argus/kit/result.ts';
import { isCborMap, readCbor } from './cbor.ts';
import { readCoseKey, type PasskeyKey } from './passkey.ts';

/** What an authenticator says of itself (WebAuthn, 6.1), to the last byte: nothing may follow what its flags announce. */
export type AuthenticatorData = {
  readonly rpIdHash: Uint8Array;
  readonly isUserPresent: boolean;
  readonly isUserVerified: boolean;
  readonly mayBeCopied: boolean; //  a passkey that is backed up, or could be
  readonly counter: number;
  readonly credential: { readonly id: Uint8Array; readonly key: PasskeyKey } | null;
};

export const AUTHENTICATOR_DATA_MAX = 8_192;
export const CREDENTIAL_ID_MAX = 1_023;
const CREDENTIAL_ID_MIN = 16;
const FLAGS = { present: 0x01, verified: 0x04, eligible: 0x08, backedUp: 0x10, credential: 0x40, extensions: 0x80 } as const;
const HEAD = 37; // hash, flags, counter

export function readAuthenticatorData(bytes: Uint8Array): Result<AuthenticatorData, string> {
  if (bytes.length > AUTHENTICATOR_DATA_MAX) return err('the authenticator data is too long');
  if (bytes.length < HEAD) return err('the authenticator data is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(32);
  const has = (flag: number) => (flags & flag) !== 0;
  if (has(FLAGS.backedUp) && !has(FLAGS.eligible)) return err('the authenticator data says backed up, and that it cannot be');
  const credential = has(FLAGS.credential) ? readCredential(bytes) : ok({ credential: null, end: HEAD });
  if (!credential.ok) return credential;
  const end = has(FLAGS.extensions) ? extensionsEnd(bytes, credential.value.end) : ok(credential.value.end);
  if (!end.ok) return end;
  if (end.value !== bytes.length) return err('the authenticator data has something behind its end');
  return ok({
    rpIdHash: bytes.slice(0, 32),
    isUserPresent: has(FLAGS.present),
    isUserVerified: has(FLAGS.verified),
    mayBeCopied: has(FLAGS.eligible),
    counter: view.getUint32(33),
    credential: credential.value.credential,
  });
}

type ReadCredential = { readonly credential: AuthenticatorData['credential']; readonly end: number };

function readCredential(bytes: Uint8Array): Result<ReadCredential, string> {
  const idAt = HEAD + 16 + 2; // the model of the authenticator is not looked at: nothing is decided by it
  if (bytes.length < idAt) return err('the authenticator data is cut off');
  const length = ((bytes[idAt - 2] ?? 0) << 8) | (bytes[idAt - 1] ?? 0);
  if (length < CREDENTIAL_ID_MIN || length > CREDENTIAL_ID_MAX) return err('the id of the passkey is too short or too long');
  if (bytes.length < idAt + length) return err('the authenticator data is cut off');
  const cose = readCbor(bytes, idAt + length);
  if (!cose.ok) return err(`the key of the passkey ${cose.error}`);
  const key = readCoseKey(cose.value.value);
  return key.ok ? ok({ credential: { id: bytes.slice(idAt, idAt + length), key: key.value }, end: cose.value.end }) : key;
}

/** Browsers ask for some by themselves. They are read to find their end, and then forgotten. */
function extensionsEnd(bytes: Uint8Array, from: number): Result<number, string> {
  const read = readCbor(bytes, from);
  if (!read.ok) return err(`the extensions: ${read.error}`);
  return isCborMap(read.value.value) ? ok(read.value.end) : err('the extensions are no map');
}
