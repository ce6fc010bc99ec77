/** Reads a bundle as somebody would who trusts nothing but the log key. */
import { concatBytes, fromBase64, fromUtf8, sameBytes, utf8 } from '@argus/kit/bytes.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { openCheckpoint } from '@argus/ledger/checkpoint.ts';
import { emptyFrontier, frontierRoot, grow } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { verifyConsistency, verifyInclusion } from '@argus/ledger/proofs.ts';
import { Bundle, BUNDLE_FILES, BUNDLE_NOT_SIGNED, BundleAgent, BundleCheckpoint, BundleLeaf, BundleProof, parseBundleLine, type BundleFileName } from '@argus/protocol/bundle.ts';
import { originOf } from '@argus/protocol/origin.ts';
import { createTarReader } from '@argus/protocol/ustar.ts';
import type { z } from 'zod';

export type Opened = {
  readonly texts: Readonly<Record<BundleFileName, string>>;
  readonly bundle: Bundle;
  readonly leaves: readonly BundleLeaf[];
  readonly proofs: readonly BundleProof[];
  readonly checkpoints: readonly BundleCheckpoint[];
  readonly agents: readonly BundleAgent[];
};

/** The files of a tar, or why it is none. */
export function filesOf(tar: Uint8Array): Readonly<Record<string, Uint8Array>> {
  const reader = createTarReader(BUNDLE_FILES);
  const files: Record<string, Uint8Array[]> = {};
  let name = '';
  for (let at = 0; at < tar.length; at += 4_096) {
    const pieces = reader.push(tar.subarray(at, at + 4_096));
    if (!pieces.ok) throw new Error(pieces.error);
    for (const piece of pieces.value) {
      if (piece.kind === 'file') files[(name = piece.name)] = [];
      else if (piece.kind === 'bytes') files[name]?.push(piece.bytes.slice());
    }
  }
  const end = reader.end();
  if (!end.ok) throw new Error(end.error);
  return Object.fromEntries(Object.entries(files).map(([file, parts]) => [file, concatBytes(...parts)]));
}

/** Throws with a sentence at the first thing that is not as it has to be. */
export function openBundle(tar: Uint8Array, logKey: Uint8Array): Opened {
  const files = filesOf(tar);
  const digests = BUNDLE_FILES.slice(0, -1).map(({ name }) => `${sha256Hex(files[name] ?? new Uint8Array())}  ${name}\n`).join('');
  const texts = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, fromUtf8(bytes)])) as Opened['texts']; // the reader took these names and no others
  if (texts['bundle.sha256'] !== `${digests}${BUNDLE_NOT_SIGNED}\n`) throw new Error('the digests are not those of the files');
  const bundle = Bundle.parse(JSON.parse(texts['bundle.json']));
  const opened = {
    texts,
    bundle,
    leaves: linesOf(texts['leaves.ndjson'], BundleLeaf),
    proofs: linesOf(texts['proofs.ndjson'], BundleProof),
    checkpoints: linesOf(texts['checkpoints.ndjson'], BundleCheckpoint),
    agents: linesOf(texts['agents.ndjson'], BundleAgent),
  };
  check(opened, logKey);
  return opened;
}

function linesOf<T>(text: string, schema: z.ZodType<T>): readonly T[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  return text.slice(0, -1).split('\n').map((line) => {
    const read = parseBundleLine(schema, line);
    if (!read.ok) throw new Error(read.error);
    return read.value;
  });
}

function check({ texts, bundle, leaves, proofs, checkpoints }: Opened, logKey: Uint8Array): void {
  const origin = originOf(bundle.instance, bundle.tenant);
  const open = (note: string) => openCheckpoint({ sha256, verify: verifyEd25519, note, origin, publicKey: logKey }) ?? fail('a checkpoint is not signed by the log key');
  const head = open(texts['checkpoint.txt']);
  if (head.size !== bundle.size) fail('the checkpoint is of another size');
  const hashes = (texts: readonly string[]) => texts.map((text) => fromBase64(text) ?? fail('a proof has something that is no hash'));
  if (bundle.kind === 'log') {
    let frontier = emptyFrontier;
    for (const [i, { index, leaf }] of leaves.entries()) {
      if (index !== i) fail(`entry ${i} is missing`);
      frontier = grow(sha256, frontier, leafHash(sha256, utf8(leaf))).frontier;
    }
    if (!sameBytes(frontierRoot(sha256, frontier), head.root)) fail('the leaves do not have the root of the checkpoint');
  } else {
    if (proofs.length !== leaves.length) fail('not as many proofs as leaves');
    for (const [i, { index, leaf }] of leaves.entries()) {
      const proof = proofs[i];
      const claim = { index, size: head.size, leafHash: leafHash(sha256, utf8(leaf)), proof: hashes(proof?.inclusion ?? []), root: head.root };
      if (proof?.index !== index || !verifyInclusion(sha256, claim)) fail(`entry ${index} is not under the checkpoint`);
    }
  }
  for (const one of checkpoints) {
    const earlier = open(one.checkpoint);
    const claim = { from: earlier.size, fromRoot: earlier.root, to: head.size, toRoot: head.root, proof: hashes(one.consistency) };
    if (earlier.size !== one.size || !verifyConsistency(sha256, claim)) fail(`the checkpoint over ${one.size} entries is not of this log`);
  }
}

function fail(what: string): never {
  throw new Error(what);
}
