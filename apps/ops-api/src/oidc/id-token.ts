/**
 * What an ID token proves (OpenID Connect Core, 3.1.3.7): that this provider's key vouches, to this client and for this
 * very attempt, for one person with a verified e-mail. RSA with SHA-256 or nothing; the token chooses no algorithm.
 */
import { constants, verify, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { isEmail, readObject, timeFlaw, type Assertion, type Flaw } from '../gates/cf-access.ts';

export type TokenFlaw = Flaw | 'nonce' | 'authorized_party' | 'no_subject' | 'email_not_verified' | 'groups';
export type TokenExpected = { readonly key: KeyObject; readonly issuer: string; readonly clientId: string; readonly nonce: string; readonly groupsClaim: string; readonly now: number };
export type Vouched = { readonly subject: string; readonly email: string; readonly name: string | null; readonly groups: readonly string[] };

const SUBJECT_MAX = 255; // as the specification says
const GROUPS_MAX = 500;

/** The signature first: nothing in the claims is looked at that the provider did not sign. */
export function verifyIdToken({ signed, claims: bytes, signature }: Assertion, { key, issuer, clientId, nonce, groupsClaim, now }: TokenExpected): Result<Vouched, TokenFlaw> {
  const rsa = { key, padding: constants.RSA_PKCS1_PADDING };
  if (key.asymmetricKeyType !== 'rsa' || !verify('RSA-SHA256', Buffer.from(signed), rsa, signature)) return err('signature');
  const claims = readObject(bytes);
  if (!claims) return err('malformed');
  if (claims['iss'] !== issuer) return err('issuer');
  const party = partyFlaw(claims, clientId);
  if (party !== null) return err(party);
  if (claims['iat'] === undefined) return err('time');
  const outOfTime = timeFlaw(claims, now / 1_000);
  if (outOfTime !== null) return err(outOfTime);
  if (claims['nonce'] !== nonce) return err('nonce');
  return personIn(claims, groupsClaim);
}

/** For us, and where it is for others as well, made for us to use. */
function partyFlaw({ aud, azp }: Readonly<Record<string, unknown>>, clientId: string): TokenFlaw | null {
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!all.every((one) => typeof one === 'string') || !all.includes(clientId)) return 'audience';
  if (azp === undefined) return all.length === 1 ? null : 'authorized_party';
  return azp === clientId ? null : 'authorized_party';
}

/** Words that say no: some providers send `email_verified` as text, and that is not taken for a yes. */
function personIn(claims: Readonly<Record<string, unknown>>, groupsClaim: string): Result<Vouched, TokenFlaw> {
  const { sub, email, email_verified: isVerified, name } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > SUBJECT_MAX) return err('no_subject');
  if (typeof email !== 'string' || !isEmail(email)) return err('no_email');
  if (isVerified !== true) return err('email_not_verified');
  const groups: unknown = claims[groupsClaim] ?? [];
  if (!Array.isArray(groups) || groups.length > GROUPS_MAX || !groups.every((group): group is string => typeof group === 'string')) return err('groups');
  return ok({ subject: sub, email: email.toLowerCase(), name: typeof name === 'string' ? name : null, groups });
}
