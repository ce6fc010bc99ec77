/**
 * A bundle: part of a tenant's log with everything it takes to check it offline. A tar (ustar.ts) of these files in this
 * order; each line of an .ndjson file is canonical JSON. Nothing in it is believed because it is in it: it all stands on the
 * checkpoint, and that on a key the owner knows from somewhere else.
 */
import { utf8 } from '@argus/kit/bytes.ts';
import { canonicalJson, parseCanonical, type Json } from '@argus/kit/canonical-json.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { z } from 'zod';
import { id } from './ids.ts';
import { plainJson } from './json.ts';
import { LEAF_BYTES_MAX } from './leaf.ts';
import { LOG_KEYS_MAX } from './log-keys.ts';
import { base64Of32, base64Of64, isoTimeText } from './text.ts';
import { TAR_FILE_BYTES_MAX } from './ustar.ts';

const KIB = 1024;
/** Ours: a checkpoint with 64 lines of signatures, a leaf with every quote in it escaped once more. */
export const BUNDLE_LINE_BYTES_MAX = 64 * KIB;
export const BUNDLE_LEAVES_MAX = 10_000_000;
export const BUNDLE_CHECKPOINTS_MAX = 256;
const PROOF_HASHES_MAX = 64;
/** Of a kept result in one line: no more, and no less before the last, so that nobody is given it in crumbs. */
export const KEPT_PART_BYTES = 36 * KIB;
/** A checker holds these in memory while the entries pass by. */
const HELD_BYTES_MAX = 64 * KIB * KIB;

/** Name and largest size, in the order they stand in a bundle. */
export const BUNDLE_FILES = [
  { name: 'README.txt', bytesMax: 64 * KIB },
  { name: 'bundle.json', bytesMax: 64 * KIB },
  { name: 'checkpoint.txt', bytesMax: 64 * KIB },
  { name: 'leaves.ndjson', bytesMax: TAR_FILE_BYTES_MAX },
  { name: 'proofs.ndjson', bytesMax: TAR_FILE_BYTES_MAX },
  { name: 'checkpoints.ndjson', bytesMax: BUNDLE_CHECKPOINTS_MAX * BUNDLE_LINE_BYTES_MAX },
  { name: 'agents.ndjson', bytesMax: HELD_BYTES_MAX },
  { name: 'cosignatures.ndjson', bytesMax: HELD_BYTES_MAX },
  { name: 'receipts.ndjson', bytesMax: HELD_BYTES_MAX },
  { name: 'kept.ndjson', bytesMax: TAR_FILE_BYTES_MAX, isOptional: true }, // bundles from before results were kept have none
  { name: 'bundle.sha256', bytesMax: 4 * KIB },
] as const;
export type BundleFileName = (typeof BUNDLE_FILES)[number]['name'];

const place = () => z.int().min(0);

/** An entry that changed the log key, with its proof towards `size`. */
export const BundleRotation = z.strictObject({ index: place(), leaf: z.string().max(LEAF_BYTES_MAX), inclusion: z.array(base64Of32()).max(PROOF_HASHES_MAX) });
export type BundleRotation = z.infer<typeof BundleRotation>;

/** bundle.json */
export const Bundle = z.strictObject({
  v: z.literal(1),
  kind: z.enum(['log', 'period', 'session']),
  instance: id('instance'),
  tenant: id('tenant'),
  made_at: isoTimeText(),
  session: id('session').optional(), // of kind session, and of no other
  from: place(), // the first index covered
  to: place(), //   one past the last
  size: place(), // of the tree under checkpoint.txt
  log_keys: z.array(base64Of32()).min(1).max(LOG_KEYS_MAX), // oldest first; what they are worth, the trust file says
  rotations: z.array(BundleRotation).max(LOG_KEYS_MAX).optional(), // the entries that changed the key, in order
});
export type Bundle = z.infer<typeof Bundle>;
export type BundleKind = Bundle['kind'];

/** leaves.ndjson, ascending. `leaf` is the exact text that was hashed. */
export const BundleLeaf = z.strictObject({ index: place(), leaf: z.string().max(BUNDLE_LINE_BYTES_MAX) });
export type BundleLeaf = z.infer<typeof BundleLeaf>;

/** proofs.ndjson: one line per leaf, in the same order, towards `size`. Empty for a whole log, whose root is recomputed. */
export const BundleProof = z.strictObject({ index: place(), inclusion: z.array(base64Of32()).max(PROOF_HASHES_MAX) });
export type BundleProof = z.infer<typeof BundleProof>;

/** checkpoints.ndjson: earlier ones of this tree, ascending, each with its proof towards `size`. */
export const BundleCheckpoint = z.strictObject({
  size: place(),
  checkpoint: z.string().max(BUNDLE_LINE_BYTES_MAX),
  consistency: z.array(base64Of32()).max(PROOF_HASHES_MAX),
});
export type BundleCheckpoint = z.infer<typeof BundleCheckpoint>;

/** agents.ndjson: whose signatures are in the leaves. The leaf at `enrolled_index` pins the key. */
export const BundleAgent = z.strictObject({ agent: id('agent'), public_key: base64Of32(), enrolled_index: place() });
export type BundleAgent = z.infer<typeof BundleAgent>;

/** cosignatures.ndjson: what machines signed of checkpoints of this tree, as C2SP signature lines. */
export const BundleCosignature = z.strictObject({ agent: id('agent'), size: place(), cosignature: z.string().max(1_024) });
export type BundleCosignature = z.infer<typeof BundleCosignature>;

/** receipts.ndjson: consents the tenant signed itself, exactly as signed. An entry names {key, receipt, signature} by its SHA-256. */
export const BundleReceipt = z.strictObject({ serial: place(), key: base64Of32(), receipt: plainJson(), signature: base64Of64() });
export type BundleReceipt = z.infer<typeof BundleReceipt>;

/**
 * kept.ndjson: results the consent has kept, sealed to the owner's key, in parts, in the order of the outcomes they belong to. The
 * entry at `index` has the SHA-256 of all its parts. `end` stands on the last: the key it is sealed to, and the machine's
 * signature that it sealed this result to this key.
 */
export const BundleKept = z.strictObject({
  index: place(),
  part: place(),
  sealed: z.string().max(Math.ceil(KEPT_PART_BYTES / 3) * 4),
  end: z.strictObject({ key: base64Of32(), signature: base64Of64() }).optional(),
});
export type BundleKept = z.infer<typeof BundleKept>;

/** One line with its line feed. Throws on what no reader would take. */
export function bundleLine(value: Json): string {
  const line = canonicalJson(value);
  if (isTooLong(line)) throw new TypeError('the line is too long for a bundle');
  return `${line}\n`;
}

/** Without its line feed. */
export function parseBundleLine<T>(schema: z.ZodType<T>, line: string): Result<T, string> {
  if (isTooLong(line)) return err('the line is too long');
  const json = parseCanonical(line);
  if (!json.ok) return err(`not canonical JSON: ${json.error}`);
  const read = schema.safeParse(json.value);
  return read.success ? ok(read.data) : err('it does not fit');
}

const isTooLong = (line: string): boolean => line.length > BUNDLE_LINE_BYTES_MAX || utf8(line).length > BUNDLE_LINE_BYTES_MAX;

/** The last line of bundle.sha256, so that nobody takes the digests for a seal. */
export const BUNDLE_NOT_SIGNED = 'signed by the log key: not signed';

/** README.txt, for whoever finds the file. */
export const bundleReadme = ({ kind, tenant, instance, from, to, size, made_at, session }: Bundle): string => `This is a bundle: ${COVERS[kind]} of ${tenant}.

Installation   ${instance}
Made at        ${made_at}
Entries        ${from} to ${to}, where ${to} is the first one that is not in it
Under          the checkpoint over ${size} entries in checkpoint.txt
${session === undefined ? '' : `Session        ${session}\n`}
It says who was on which machine, when, why, and what came of it. Nobody has to believe it:

    argus-verify bundle FILE --trust trust.json

trust.json comes from a machine of yours (argus-agent trust export), not from whoever gave you this file. Without it you
learn whether the bundle agrees with itself, and not whether it is the log your machines have followed.

  leaves.ndjson        the entries, exactly as they were hashed
  proofs.ndjson        that each of them stands under the checkpoint (empty where all entries are here)
  checkpoints.ndjson   earlier signed checkpoints, and that the log has only grown since
  agents.ndjson        the keys machines sign with, and the entries that enrolled them
  cosignatures.ndjson  what machines have signed of this log themselves
  receipts.ndjson      consents that were signed by the owner
  kept.ndjson          results the consent has kept, sealed to the owner's key (argus-verify bundle FILE --open KEY)
  bundle.sha256        digests, to compare two copies; a digest is not a signature
`;
const COVERS: Readonly<Record<BundleKind, string>> = {
  log: 'the whole log',
  period: 'a stretch of the log',
  session: 'one session and the entries it stands on, out of the log',
};
