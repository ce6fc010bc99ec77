/**
 * What an assertion of Cloudflare Access proves: that this team's key vouches, for our application and at this moment,
 * for one e-mail that is allowed in. RSA with SHA-256 or nothing; the header chooses no algorithm and brings no key.
 * One text per assertion: what two readers could read differently is not read.
 */
import { constants, verify, type KeyObject } from 'node:crypto';
import { fromUtf8 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Denial } from '@argus/protocol/errors.ts';

/** Cloudflare's own stay below 4 KiB: they also travel as a cookie. */
export const ASSERTION_LENGTH_MAX = 8_192;
/** How far ahead the issuer's clock may be. The end of an assertion gets no such grace. */
export const CLOCK_SKEW_S = 60;
const KEY_ID_LENGTH_MAX = 256;

/** Why an assertion is not taken, in our own words: they are in the record, and a caller never learns them. */
export type Flaw =
  | 'malformed'
  | 'algorithm'
  | 'no_key_id'
  | 'unknown_key'
  | 'keys_unavailable'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'time'
  | 'expired'
  | 'no_email'
  | 'email_not_allowed';

/** Read, and not believed yet: only the key id may be used before the signature is verified. */
export type Assertion = { readonly keyId: string; readonly signed: string; readonly claims: Uint8Array; readonly signature: Uint8Array };

/** Exact, but for the case of plain letters. A domain is what stands behind the @, all of it. */
export type Allowed = { readonly emails: readonly string[]; readonly domains: readonly string[] };

export type Expected = { readonly key: KeyObject; readonly aud: string; readonly issuer: string; readonly allowed: Allowed; readonly now: number };

/** Whom an assertion lets in, or why it does not. `email` is there once it was verified. */
export type AccessVerdict = Result<{ readonly email: string }, AccessRefusal>;
/** Costs something when it is asked, and looks at most once. */
export type WayIn = () => AccessVerdict | Promise<AccessVerdict>;
export type AccessRefusal = { readonly denial: Denial; readonly flaw?: Flaw; readonly email?: string };

export function readAssertion(text: string): Result<Assertion, Flaw> {
  if (text.length > ASSERTION_LENGTH_MAX) return err('malformed');
  const [head, body, tail, ...more] = text.split('.').map(fromBase64Url);
  if (!head || !body || !tail || more.length > 0) return err('malformed');
  const header = readObject(head);
  // `crit` names what a reader has to understand, and we understand nothing beyond the plain form.
  if (!header || 'crit' in header || (header['typ'] ?? 'JWT') !== 'JWT') return err('malformed');
  if (header['alg'] !== 'RS256') return err('algorithm');
  const keyId = header['kid'];
  if (typeof keyId !== 'string' || keyId === '' || keyId.length > KEY_ID_LENGTH_MAX) return err('no_key_id');
  return ok({ keyId, signed: text.slice(0, text.lastIndexOf('.')), claims: body, signature: tail });
}

/** The signature first: nothing in the claims is looked at that the team did not sign. The answer is the e-mail. */
export function verifyAssertion(
  { signed, claims: bytes, signature }: Assertion,
  { key, aud, issuer, allowed, now }: Expected,
): Result<string, { readonly flaw: Flaw; readonly email?: string }> {
  const rsa = { key, padding: constants.RSA_PKCS1_PADDING };
  if (key.asymmetricKeyType !== 'rsa' || !verify('RSA-SHA256', Buffer.from(signed), rsa, signature)) return err({ flaw: 'signature' });
  const claims = readObject(bytes);
  if (!claims) return err({ flaw: 'malformed' });
  if (claims['iss'] !== issuer) return err({ flaw: 'issuer' });
  if (!isFor(claims['aud'], aud)) return err({ flaw: 'audience' });
  const outOfTime = timeFlaw(claims, now / 1_000);
  if (outOfTime !== null) return err({ flaw: outOfTime });
  const email = emailOf(claims['email']);
  if (email === null) return err({ flaw: 'no_email' });
  return isAllowed(email, allowed) ? ok(email) : err({ flaw: 'email_not_allowed', email });
}

/** The same person? Another alphabet's look-alikes never become one of our letters. */
export const sameEmail = (a: string, b: string): boolean => inLowerCase(a) === inLowerCase(b);

const isFor = (claim: unknown, aud: string): boolean => {
  const all: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return all.every((one) => typeof one === 'string') && all.includes(aud);
};

const isTime = (claim: unknown): claim is number => typeof claim === 'number' && Number.isSafeInteger(claim) && claim >= 0;

export function timeFlaw({ exp, nbf, iat }: Readonly<Record<string, unknown>>, nowS: number): Flaw | null {
  if (!isTime(exp)) return 'time';
  for (const begin of [nbf, iat]) {
    if (begin === undefined) continue;
    if (!isTime(begin) || begin > nowS + CLOCK_SKEW_S || begin > exp) return 'time';
  }
  return nowS < exp ? null : 'expired';
}

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
/** Without the star, which is legal, nobody's, and looks like a pattern in a list of who is allowed. */
const LOCAL_PART = /^[A-Za-z0-9.!#$%&'+/=?^_`{|}~-]{1,64}$/;
const EMAIL_LENGTH_MAX = 320;

export const isDomain = (text: string): boolean => text.length <= 255 && DOMAIN.test(text);
/** Plain addresses of plain letters, as identity providers give them; nothing quoted, named or listed. */
export function isEmail(text: string): boolean {
  const [local = '', domain = '', ...more] = text.split('@');
  return text.length <= EMAIL_LENGTH_MAX && more.length === 0 && LOCAL_PART.test(local) && isDomain(domain);
}

const emailOf = (claim: unknown): string | null => (typeof claim === 'string' && isEmail(claim) ? inLowerCase(claim) : null);

function isAllowed(email: string, { emails, domains }: Allowed): boolean {
  const domain = email.slice(email.indexOf('@') + 1);
  return emails.some((one) => inLowerCase(one) === email) || domains.some((one) => inLowerCase(one) === domain);
}

/** Not toLowerCase: that makes a k of the Kelvin sign. */
const inLowerCase = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Null for every spelling but the one we would write ourselves: no padding, no spare bits, no other letters. */
function fromBase64Url(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : null;
}

/** Null unless it is one JSON object, in UTF-8, in which no object names a member twice. */
export function readObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const text = fromUtf8(bytes);
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // Without a prototype: what every object has must not be taken for a claim.
    return isObject && !namesTwice(text) ? Object.assign(Object.create(null) as Record<string, unknown>, value) : null;
  } catch {
    return null; // not UTF-8, or not JSON
  }
}

/** For text that is JSON already, so that strings and brackets can be found without parsing it again. */
function namesTwice(json: string): boolean {
  const open: (Set<string> | null)[] = []; // the names in each open object; null for a list
  let last = '';
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const names = open.at(-1);
      const name = JSON.parse(last) as string; // a string stands before every colon
      if (names?.has(name)) return true;
      names?.add(name);
    } else last = token;
  }
  return false;
}
