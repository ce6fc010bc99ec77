/**
 * What a patch is, and when it counts. Signatures come first: of a patch that is not signed nothing is ever described,
 * not even what is wrong with it. Pure: who verifies, what time it is and what was seen are given.
 */
import { fromBase64, toHex } from '@argus/kit/bytes.ts';
import type { Json } from '@argus/kit/canonical-json.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { z } from 'zod';
import type { Sha256 } from './args-commit.ts';
import { deny, denyWith, type Denial } from './errors.ts';
import { id, type AgentId, type PatchId } from './ids.ts';
import { plainJson } from './json.ts';
import { problemsOf } from './problems.ts';
import { signedText } from './signature.ts';
import { base64Of32, base64Of64, isoTimeText, plainText, sha256Hex } from './text.ts';

export const PATCH_FILES_MAX = 64;
/** The content of all files together. */
export const PATCH_BYTES_MAX = 4 * 1_048_576;
/** The same in base64, with paths, digests and signatures around it. */
export const PATCH_TEXT_MAX = 5.5 * 1_048_576;
const SIGNATURES_MAX = 16;

/** One list, one level deep, fixed here. Nothing on it is read as a program, and nothing on it decides whom to trust. */
export const PATCH_ALLOWLIST = ['config.yaml', 'hotfix/*.json', 'hotfix/*.yaml'] as const;
const allowed = /^(config\.yaml|hotfix\/[A-Za-z0-9_][A-Za-z0-9._-]{0,63}\.(json|yaml))$/;
export const isPatchable = (path: string): boolean => allowed.test(path);

export const PatchManifest = z.strictObject({
  v: z.literal(1),
  id: id('patch'),
  agent: id('agent'),
  files: z
    .array(z.strictObject({ path: z.string().min(1).max(8_192), sha256: sha256Hex(), size: z.int().min(0).max(PATCH_BYTES_MAX), content_base64: z.string().max(PATCH_TEXT_MAX) }))
    .min(1)
    .max(PATCH_FILES_MAX),
  not_before: isoTimeText(),
  not_after: isoTimeText(),
  note: plainText(0, 500),
});
export type PatchManifest = z.infer<typeof PatchManifest>;

/** The manifest stays as it came: what is signed is its canonical JSON, whatever stands in it. */
export const SignedPatch = z.strictObject({
  manifest: plainJson(),
  signatures: z.array(z.strictObject({ key_id: z.string().max(64), sig: base64Of64() })).max(SIGNATURES_MAX),
});
export type SignedPatch = z.infer<typeof SignedPatch>;

/** Who may sign for a machine: in its trust file, and in the file that argus-sign prints for it. */
export const PatchKeys = z.array(z.strictObject({ key_id: z.string().min(1).max(64).regex(/^[A-Za-z0-9._-]+$/, { error: 'is not letters, digits, dots and dashes' }), public_key: base64Of32() })).min(1).max(16);
export type PatchKey = z.infer<typeof PatchKeys>[number];

/** Everybody can sign with the key of the example in the documentation. No machine may trust it. */
export const EXAMPLE_PATCH_KEY: PatchKey = { key_id: 'example', public_key: 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=' };

export type PatchFile = { readonly path: string; readonly bytes: Uint8Array; readonly sha256: string };
export type VerifiedPatch = { readonly id: PatchId; readonly files: readonly PatchFile[]; readonly manifest: PatchManifest; readonly signers: readonly string[] };

export type PatchFacts = {
  readonly agent: AgentId;
  readonly now: number;
  readonly keys: readonly PatchKey[];
  readonly threshold: number;
  readonly isSeen: (id: PatchId) => boolean;
  readonly verify: (publicKey: string, text: string, signature: string) => boolean;
  readonly sha256: Sha256;
};

export function verifyPatch(raw: unknown, facts: PatchFacts): Result<VerifiedPatch, Denial> {
  const { signers } = signaturesOf(raw, facts);
  if (signers.length < Math.max(1, facts.threshold)) return err(deny('patch_signature_invalid', `${signers.length} of ${facts.threshold}`));
  const read = readPatch(raw);
  if (!read.ok) return read;
  const { manifest } = read.value;
  const denial = refusalFor(manifest, facts);
  if (denial) return err(denial);
  const files = contentOf(manifest, facts.sha256);
  return files.ok ? ok({ id: manifest.id, files: files.value, manifest, signers }) : files;
}

/** Who signed exactly this, by the ids of their keys; and whose signature is none, which makes all the others worth nothing. */
export type Signatures = { readonly signers: readonly string[]; readonly spoiled: string | null };

/**
 * Each key once, by the first signature in its name: neither a repeated signature nor a second name for a key counts. Each check reads megabytes while nothing
 * else happens, so there is one for each key that did sign, and one more at the most: the first that fails is the last.
 */
export function signaturesOf(raw: unknown, { keys, verify }: Pick<PatchFacts, 'keys' | 'verify'>): Signatures {
  const signed = SignedPatch.safeParse(raw);
  if (!signed.success) return { signers: [], spoiled: null };
  const named = signed.data.signatures.flatMap(({ key_id, sig }) => keys.filter((key) => key.key_id === key_id).map(({ public_key }) => ({ key_id, sig, public_key })));
  const ours = named.filter(({ public_key }, n) => named.findIndex((other) => other.public_key === public_key) === n);
  if (ours.length === 0) return { signers: [], spoiled: null };
  const text = signedText('patch', signed.data.manifest);
  const failed = ours.find(({ public_key, sig }) => !verify(public_key, text, sig));
  return failed ? { signers: [], spoiled: failed.key_id } : { signers: ours.map(({ key_id }) => key_id), spoiled: null };
}

/** `signed` is the manifest as it came, which is what signatures are over; `manifest` the same, read. */
export type ReadPatch = { readonly manifest: PatchManifest; readonly signed: Json; readonly signatures: SignedPatch['signatures'] };

/** Its shape and nothing else. For what only shows a patch, or is about to sign it. */
export function readPatch(raw: unknown): Result<ReadPatch, Denial> {
  const signed = SignedPatch.safeParse(raw);
  if (!signed.success) return err(denyWith('bad_args', { problems: problemsOf(signed.error, raw) }));
  const { signatures } = signed.data;
  const manifest = PatchManifest.safeParse(signed.data.manifest);
  return manifest.success ? ok({ manifest: manifest.data, signed: signed.data.manifest, signatures }) : err(denyWith('bad_args', { problems: problemsOf(manifest.error, signed.data.manifest) }));
}

const ill = (problem: string): Denial => denyWith('bad_args', { problems: [problem] });

/** In this order, the first one counts. */
const RUNGS: readonly ((patch: PatchManifest, facts: Pick<PatchFacts, 'agent' | 'now' | 'isSeen'>) => Denial | null)[] = [
  (patch, { agent }) => (patch.agent === agent ? null : deny('patch_wrong_target')),
  ({ not_before, not_after }) => (Date.parse(not_before) < Date.parse(not_after) ? null : ill('not_after: is not after not_before')),
  ({ not_before }, { now }) => (now >= Date.parse(not_before) ? null : deny('patch_not_yet_valid')),
  ({ not_after }, { now }) => (now < Date.parse(not_after) ? null : deny('patch_expired')),
  (patch, { isSeen }) => (isSeen(patch.id) ? deny('patch_replayed') : null),
  ({ files }) => (files.every(({ path }) => isPatchable(path)) ? null : deny('patch_target_not_allowlisted')),
  // Where the file system does not tell A from a, the second would replace the first.
  ({ files }) => (new Set(files.map(({ path }) => path.toLowerCase())).size === files.length ? null : ill('files: names one path twice')),
  ({ files }) => (files.reduce((sum, { size }) => sum + size, 0) <= PATCH_BYTES_MAX ? null : ill(`files: are larger than ${PATCH_BYTES_MAX} bytes together`)),
];

/** Who it is for, when, and where it writes. What it writes is `contentOf`. */
export function refusalFor(manifest: PatchManifest, facts: Pick<PatchFacts, 'agent' | 'now' | 'isSeen'>): Denial | null {
  for (const rung of RUNGS) {
    const denial = rung(manifest, facts);
    if (denial) return denial;
  }
  return null;
}

/** The bytes themselves, each the size and digest that stand beside it, and none that a kernel would take for a program. */
export function contentOf({ files }: PatchManifest, sha256: Sha256): Result<readonly PatchFile[], Denial> {
  const contents: PatchFile[] = [];
  for (const [n, file] of files.entries()) {
    const bytes = fromBase64(file.content_base64);
    if (!bytes || bytes.length !== file.size) return err(ill(`files.${n}: its content is not of the size it names`));
    if (toHex(sha256(bytes)) !== file.sha256) return err(ill(`files.${n}: its content is not what its sha256 says`));
    if (startsAsScript(bytes)) return err(deny('patch_mode_forbidden', 'content starts with #!'));
    contents.push({ path: file.path, bytes, sha256: file.sha256 });
  }
  return ok(contents);
}

const MARKS = new Set([0xef, 0xbb, 0xbf, 0xfe, 0xff, 0x00]); // of every byte order, and what wider letters are padded with

/** `#!`, also after byte order marks and in letters of two or four bytes. */
export function startsAsScript(bytes: Uint8Array): boolean {
  const first: number[] = [];
  for (const byte of bytes.subarray(0, 64)) {
    if (!MARKS.has(byte)) first.push(byte);
    if (first.length === 2) break;
  }
  return first[0] === 0x23 && first[1] === 0x21;
}
