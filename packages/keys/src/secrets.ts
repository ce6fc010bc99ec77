import { concatBytes, sameBytes, toBase64Url, utf8 } from '@argus/kit/bytes.ts';
import { mustId, type EnrollmentCode, type HandoffCode, type Invitation, type LoginSecret, type Pat, type SessionToken } from '@argus/protocol/ids.ts';
import { deriveKey, hmac, sha256 } from './hash.ts';
import type { Random } from './random.ts';

/**
 * Bearer secrets: a prefix and 43 base64url characters. The 32 bytes of a session token are all random; a PAT ends
 * in a checksum, so a mistyped one is known without a look-up; an enrollment code ends in the fingerprint of the log
 * key, so the machine knows which log to trust before it talks to anybody.
 */
const PAT_CHECKSUM = 4;
const CODE_FINGERPRINT = 12;

export const newSessionToken = (random: Random): SessionToken => mustId('sessionToken', `rst_${toBase64Url(random(32))}`);

export function newPat(random: Random): Pat {
  const body = random(32 - PAT_CHECKSUM);
  return mustId('pat', `pat_${toBase64Url(concatBytes(body, patChecksum(body)))}`);
}

export function isPatIntact(pat: Pat): boolean {
  const bytes = bodyOf(pat);
  // The last of 43 letters has two bits that decode to nothing: the checksum alone would not see them change.
  return `pat_${toBase64Url(bytes)}` === pat && sameBytes(patChecksum(bytes.subarray(0, -PAT_CHECKSUM)), bytes.subarray(-PAT_CHECKSUM));
}

export const newLoginSecret = (random: Random): LoginSecret => mustId('loginSecret', `lgs_${toBase64Url(random(32))}`);
export const newInvitation = (random: Random): Invitation => mustId('invitation', `inv_${toBase64Url(random(32))}`);
export const newHandoffCode = (random: Random): HandoffCode => mustId('handoffCode', `hnd_${toBase64Url(random(32))}`);

export const newEnrollmentCode = (random: Random, logPublicKey: Uint8Array): EnrollmentCode =>
  mustId('enrollmentCode', `enr_${toBase64Url(concatBytes(random(32 - CODE_FINGERPRINT), fingerprint(logPublicKey)))}`);

/** Does this code vouch for this log key? */
export const codeNamesLogKey = (code: EnrollmentCode, logPublicKey: Uint8Array): boolean =>
  sameBytes(bodyOf(code).subarray(-CODE_FINGERPRINT), fingerprint(logPublicKey));

const patChecksum = (body: Uint8Array) => sha256(concatBytes(utf8('argus/pat/v1'), body)).subarray(0, PAT_CHECKSUM);
const fingerprint = (key: Uint8Array) => sha256(key).subarray(0, CODE_FINGERPRINT);
const bodyOf = (secret: Pat | EnrollmentCode) => Buffer.from(secret.slice(4), 'base64url');

export type SecretPurpose = 'pat' | 'session_token' | 'enrollment_code' | 'nonce' | 'login' | 'csrf' | 'invitation' | 'recovery_code' | 'account' | 'passkey_challenge' | 'oidc_attempt' | 'handoff';

/**
 * How a bearer secret is stored. The key comes from the master key, which no database holds, so a row written by a
 * database administrator mints nothing.
 */
export function makeSecretHash(masterKey: Uint8Array): (purpose: SecretPurpose, secret: string) => Uint8Array {
  const keys = new Map<SecretPurpose, Uint8Array>();
  return (purpose, secret) => {
    let key = keys.get(purpose);
    if (!key) keys.set(purpose, (key = deriveKey(masterKey, `argus/secret/${purpose}/v1`)));
    return hmac(key, secret);
  };
}
export type SecretHash = ReturnType<typeof makeSecretHash>;
