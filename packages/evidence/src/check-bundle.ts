/** Everything a bundle says, checked: its parts against each other, its entries against its checkpoint and the trust file. */
import { concatBytes, fromBase64 } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { Bundle, BUNDLE_NOT_SIGNED, BundleAgent, BundleCheckpoint, BundleCosignature, BundleKept, BundleLeaf, BundleProof, BundleReceipt, KEPT_PART_BYTES, parseBundleLine, type BundleFileName } from '@argus/protocol/bundle.ts';
import { KEPT_BYTES_MAX } from '@argus/protocol/kept.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import type { z } from 'zod';
import { linesIn, openBundle, type OpenedBundle, type Source } from './bundle-source.ts';
import { checkLog, type Checked, type CheckPorts } from './check-log.ts';
import { createFindings, type Note } from './findings.ts';
import type { Part, ProvedEntry } from './places.ts';
import type { GivenKept } from './rules/kept.ts';
import type { Rule } from './rules/rule.ts';
import type { Digest } from './sha256.ts';
import { readCheckpoint } from './signed-notes.ts';

export type BundlePorts = CheckPorts & {
  readonly newDigest: () => Digest;
  /** By the clock of whoever checks: a bundle cannot have been made later, whatever it says. Absent: it is taken at its word. */
  readonly now?: number;
};
export type CheckedBundle = Checked & { readonly bundle: Bundle };

/** Refused with a sentence when it is no bundle at all. */
export async function checkBundle(source: Source, trust: TrustFile | null, ports: BundlePorts): Promise<Result<CheckedBundle, string>> {
  const opened = await openBundle(source, ports.newDigest);
  if (!opened.ok) return opened;
  const { text } = opened.value;
  const bundle = parseBundleLine(Bundle, text('bundle.json').replace(/\n$/, ''));
  if (!bundle.ok) return err(`Its bundle.json cannot be read: ${bundle.error}.`);
  const findings = createFindings();
  const { note } = findings;
  checkDigests(opened.value, note);
  checkSelf(bundle.value, text('checkpoint.txt'), note);

  const list = <T>(name: BundleFileName, schema: z.ZodType<T>): readonly T[] => readList(text(name), schema, () => note('bundle_line_unreadable', { detail: name }));
  const agents = list('agents.ndjson', BundleAgent);
  const checked = await checkLog(
    {
      trust,
      checkpoint: text('checkpoint.txt'),
      claimedKeys: bundle.value.log_keys,
      rotations: bundle.value.rotations ?? [],
      part: partOf(bundle.value),
      asOf: Math.min(Date.parse(bundle.value.made_at), ports.now ?? Number.POSITIVE_INFINITY),
      earlier: list('checkpoints.ndjson', BundleCheckpoint),
      machines: agents.map(({ agent, public_key }) => ({ agent, publicKey: public_key })),
      cosignatures: list('cosignatures.ndjson', BundleCosignature),
      receipts: list('receipts.ndjson', BundleReceipt),
      kept: keptIn(source, opened.value, note),
    },
    entriesIn(source, opened.value, { bundle: bundle.value, note }),
    { ...ports, findings, alsoSee: (also) => both(enrollments(agents, also), ports.alsoSee?.(also)) },
  );
  return ok({ ...checked, bundle: bundle.value });
}

function partOf({ kind, from, to }: Bundle): Part {
  return kind === 'period' ? { kind, from, to } : { kind };
}

function checkSelf({ kind, instance, tenant, size, from, to, session }: Bundle, checkpoint: string, note: Note): void {
  const problem = (detail: string) => note('bundle_contradicts_itself', { detail });
  const told = readCheckpoint(checkpoint);
  if (told && told.size !== size) problem(`it says it is over ${size} entries, its checkpoint says ${told.size}`);
  if (told && told.origin !== `argus/${instance}/tenant/${tenant}`) problem(`it says it is of ${tenant} at ${instance}, its checkpoint is of ${told.origin}`);
  if (from > to || to > size || (kind === 'log' && (from !== 0 || to !== size))) problem(`it says it has ${from} to ${to} of ${size}`);
  if ((kind === 'session') !== (session !== undefined)) problem('it does not say whether it is about one session');
}

function checkDigests({ text, digests }: OpenedBundle, note: Note): void {
  const lines = text('bundle.sha256').split('\n');
  const named = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  for (const [name, digest] of digests) if (name !== 'bundle.sha256' && named.get(name) !== digest) note('digest_differs', { detail: name });
  if (!lines.includes(BUNDLE_NOT_SIGNED)) note('digest_differs', { detail: 'the list does not say that it is not signed' });
}

function readList<T>(text: string, schema: z.ZodType<T>, unreadable: () => void): readonly T[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') unreadable(); // cut short
  return lines.flatMap((line) => {
    const read = parseBundleLine(schema, line);
    if (!read.ok) unreadable();
    return read.ok ? [read.value] : [];
  });
}

/** Side by side: each entry with its proof. A whole log has none. */
async function* entriesIn(source: Source, { stretch }: OpenedBundle, { bundle, note }: { readonly bundle: Bundle; readonly note: Note }): AsyncGenerator<ProvedEntry> {
  const proofs = linesIn(source, stretch('proofs.ndjson'));
  let nth = 0;
  for await (const line of linesIn(source, stretch('leaves.ndjson'))) {
    nth++;
    const leaf = line === null ? err('') : parseBundleLine(BundleLeaf, line);
    const proved = bundle.kind === 'log' ? null : await proofIn(proofs);
    if (!leaf.ok) {
      note('bundle_line_unreadable', { detail: `line ${nth} of leaves.ndjson` });
      continue;
    }
    if (proved && proved.index !== leaf.value.index) note('bundle_contradicts_itself', { index: leaf.value.index, detail: `its proof is of entry ${proved.index}` });
    yield { ...leaf.value, ...(proved && { inclusion: proved.inclusion }) };
  }
  if ((await proofs.next()).done !== true) note('bundle_contradicts_itself', { detail: 'there are more proofs than entries' });
}

async function proofIn(proofs: AsyncGenerator<string | null>): Promise<BundleProof | null> {
  const line = await proofs.next();
  const proof = line.done === true || line.value === null ? null : parseBundleLine(BundleProof, line.value);
  return proof?.ok === true ? proof.value : null;
}

/** Part by part; of what is out of order, in crumbs, or longer than anything that is kept, nothing is put together. */
async function* keptIn(source: Source, { stretch }: OpenedBundle, note: Note): AsyncGenerator<GivenKept> {
  let parts: Uint8Array[] = [];
  let of = -1; // the entry they belong to
  let [nth, bytes] = [0, 0];
  for await (const line of linesIn(source, stretch('kept.ndjson'))) {
    nth++;
    const read = line === null ? err('') : parseBundleLine(BundleKept, line);
    const sealed = read.ok ? fromBase64(read.value.sealed) : null;
    const isNext = read.ok && (read.value.part === 0 ? parts.length === 0 && read.value.index > of : read.value.index === of && read.value.part === parts.length);
    const isWhole = sealed?.length === KEPT_PART_BYTES || (read.ok && read.value.end !== undefined && sealed?.length !== 0);
    bytes += sealed?.length ?? 0;
    if (!read.ok || !sealed || !isNext || !isWhole || bytes > KEPT_BYTES_MAX) {
      note('bundle_line_unreadable', { detail: `line ${nth} of kept.ndjson` });
      [parts, bytes] = [[], 0];
      continue;
    }
    of = read.value.index;
    parts.push(sealed);
    const { end } = read.value;
    if (end === undefined) continue;
    yield { index: of, ...end, sealed: concatBytes(...parts) };
    [parts, bytes] = [[], 0];
  }
  if (parts.length > 0) note('bundle_line_unreadable', { detail: 'kept.ndjson is cut short' });
}

/** What the bundle says of machines has to be what their enrollment says, where that is here. */
const enrollments = (agents: readonly BundleAgent[], note: Note): Rule => ({
  see({ index, leaf }) {
    if (leaf.type !== 'agent_enrolled' || leaf.outcome !== 'ok') return;
    const named = agents.find(({ agent }) => agent === leaf.agent);
    const isSame = !named || (named.enrolled_index === index && named.public_key === leaf.args_commit?.['public_key']);
    if (!isSame) note('bundle_contradicts_itself', { index, detail: `agents.ndjson says something else of ${leaf.agent ?? ''}` });
  },
});

const both = (one: Rule, other: Rule | undefined): Rule =>
  other
    ? {
        see(entry) {
          void one.see(entry);
          return other.see(entry);
        },
        end: () => other.end?.(),
      }
    : one;
