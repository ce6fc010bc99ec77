import { createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { concatBytes, fromBase64, toBase64, toHex } from '@argus/kit/bytes.ts';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { fieldsIn, KEPT_BYTES_MAX, keptContext, readResultsPublicKey, RESULTS_KEY, RESULTS_PUBLIC_KEY, sealedBytes, signedKept, type KeptOf, type KeptReply } from '@argus/protocol/kept.ts';
import type { SigningKey } from './ed25519.ts';
import { deriveKey, sha256 } from './hash.ts';
import { openUnder, sealUnder, type UnderPassphrase } from './passphrase.ts';
import type { Random } from './random.ts';
import { signValue, verifyValue } from './signature.ts';

/**
 * A result sealed to the tenant: X25519 with a key made for this one text, HKDF-SHA-256, AES-256-GCM. The key is used once, so
 * the nonce is twelve zeros; which result it is stands beside it as additional data, and cannot be exchanged.
 */
const SPKI_HEAD = Buffer.from('302a300506032b656e032100', 'hex');
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const INFO = 'argus/kept-result/v1';
const NONCE = new Uint8Array(12);
const [EPHEMERAL, TAG] = [32, 16];

export type ResultsKey = { readonly publicKeyText: string; readonly secret: Uint8Array };

const privateOf = (secret: Uint8Array): KeyObject => createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, secret]), format: 'der', type: 'pkcs8' });
const publicOf = (raw: Uint8Array): KeyObject => createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });

export function resultsKeyOf(secret: Uint8Array): ResultsKey {
  if (secret.length !== 32) throw new TypeError('an X25519 key has 32 bytes');
  return { secret, publicKeyText: toBase64(new Uint8Array(createPublicKey(privateOf(secret)).export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length))) };
}

/** Both public keys are in it, so a key that was agreed on for one tenant is none for another. Throws at one that agrees with everybody. */
function contentKey(secret: Uint8Array, theirs: Uint8Array, publics: { readonly ephemeral: Uint8Array; readonly tenant: Uint8Array }): Uint8Array {
  const shared = diffieHellman({ privateKey: privateOf(secret), publicKey: publicOf(theirs) });
  return deriveKey(shared, INFO, concatBytes(publics.ephemeral, publics.tenant));
}

export type ContentKey = { readonly ephemeral: Uint8Array; readonly key: Uint8Array };

/** For one text and no other. Null: the tenant's key is none that anything can be sealed to. */
export function newContentKey(tenantKey: string, random: Random): ContentKey | null {
  const tenant = fromBase64(tenantKey);
  if (tenant?.length !== 32) return null;
  const mine = resultsKeyOf(random(32));
  const ephemeral = fromBase64(mine.publicKeyText) ?? new Uint8Array();
  try {
    return { ephemeral, key: contentKey(mine.secret, tenant, { ephemeral, tenant }) };
  } catch {
    return null;
  }
}

/** Is it a key at all? Some points agree with every secret on the same. */
export const canSealTo = (tenantKey: string): boolean => newContentKey(tenantKey, (length) => new Uint8Array(length).fill(1)) !== null;

/** The same bytes each time, so that who is told the key of a text comes to the very bytes that were signed. */
export function sealResult({ ephemeral, key }: ContentKey, text: string, of: KeptOf): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, NONCE).setAAD(Buffer.from(keptContext(of)));
  return sealedBytes(ephemeral, Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]));
}

/** Null: sealed to another key, for another result, or changed. */
export function openResult({ secret, publicKeyText }: ResultsKey, sealed: Uint8Array, of: KeptOf): string | null {
  if (sealed.length < EPHEMERAL + TAG || sealed.length > KEPT_BYTES_MAX) return null;
  const [ephemeral, tenant] = [sealed.subarray(0, EPHEMERAL), fromBase64(publicKeyText) ?? new Uint8Array()];
  try {
    const decipher = createDecipheriv('aes-256-gcm', contentKey(secret, ephemeral, { ephemeral, tenant }), NONCE, { authTagLength: TAG });
    decipher.setAAD(Buffer.from(keptContext(of))).setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(EPHEMERAL, -TAG)), decipher.final()]).toString('utf8');
  } catch {
    return null; // GCM says only that the tag does not match
  }
}

/** What a machine adds to its answer. Null: it cannot be sealed, or is too long; then it is not kept. */
export function keptReply(identity: SigningKey, { tenantKey, text, of, random }: { readonly tenantKey: string; readonly text: string; readonly of: KeptOf; readonly random: Random }): KeptReply | null {
  const made = newContentKey(tenantKey, random);
  if (!made) return null;
  const sealed = sealResult(made, text, of);
  if (sealed.length > KEPT_BYTES_MAX) return null;
  const named = { key: tenantKey, sealed_sha256: toHex(sha256(sealed)) };
  return { ...named, ephemeral: toBase64(made.ephemeral), content_key: toBase64(made.key), signature: signValue(identity, 'kept', signedKept(of, named)) };
}

export type Kept = { readonly key: string; readonly sealed: Uint8Array; readonly sha256: string; readonly signature: string };

/** The very bytes the machine signed, made again. Null: it said something else, or the signature is not its own. */
export function keptAgain(publicKey: string, said: KeptReply, { text, of }: { readonly text: string; readonly of: KeptOf }): Kept | null {
  const [ephemeral, key] = [fromBase64(said.ephemeral), fromBase64(said.content_key)];
  if (!ephemeral || !key || !verifyValue(publicKey, 'kept', signedKept(of, said), said.signature)) return null;
  const sealed = sealResult({ ephemeral, key }, text, of);
  return sealed.length <= KEPT_BYTES_MAX && toHex(sha256(sealed)) === said.sealed_sha256 ? { key: said.key, sealed, sha256: said.sealed_sha256, signature: said.signature } : null;
}

const besideOf = (publicKey: string) => ({ kind: RESULTS_KEY, public_key: publicKey });

export function resultsKeyText({ publicKeyText, secret }: ResultsKey, { passphrase, random, cost }: { readonly passphrase: string; readonly random: Random; readonly cost?: Pick<UnderPassphrase, 'n' | 'r' | 'p'> }): string {
  const beside = besideOf(publicKeyText);
  return `${JSON.stringify({ v: 1, ...beside, secret: sealUnder(passphrase, secret, { beside, random, ...(cost && { cost }) }) }, null, 2)}\n`;
}
export const resultsPublicKeyText = ({ publicKeyText }: ResultsKey): string => `${canonicalJson({ v: 1, kind: RESULTS_PUBLIC_KEY, public_key: publicKeyText })}\n`;

/** Null: no sealed key, another passphrase, or the file was changed. */
export function openResultsKey(text: string, passphrase: string): ResultsKey | null {
  const [file, publicKey] = [fieldsIn(text), readResultsPublicKey(text)];
  const under = file?.['secret'];
  if (publicKey === null || file?.['kind'] !== RESULTS_KEY || !isUnderPassphrase(under)) return null;
  const secret = openUnder(passphrase, under, besideOf(publicKey));
  const key = secret?.length === 32 ? resultsKeyOf(secret) : null;
  return key?.publicKeyText === publicKey ? key : null;
}

const isRecord = (raw: unknown): raw is Readonly<Record<string, unknown>> => typeof raw === 'object' && raw !== null;
function isUnderPassphrase(raw: unknown): raw is UnderPassphrase {
  return isRecord(raw) && ['n', 'r', 'p'].every((name) => typeof raw[name] === 'number') && ['salt', 'nonce', 'sealed'].every((name) => typeof raw[name] === 'string');
}
