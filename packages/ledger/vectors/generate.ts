/**
 * Prints ledger.json, by which a verifier in another language is held to the same answers:
 *   node packages/ledger/vectors/generate.ts
 * Nothing in it is random. It may only change when the formats do, and then old evidence no longer verifies.
 */
import { writeFileSync } from 'node:fs';
import { toHex, utf8 } from '@argus/kit/bytes.ts';
import { checkpointBody } from '../src/checkpoint.ts';
import { leafHash } from '../src/hash.ts';
import { keyId, NOTE_ED25519, signedNote, type NoteSignature } from '../src/note.ts';
import { consistencyProof, inclusionProof, rootOf } from '../src/proofs.ts';
import { keyFromSeed, sha256, type TestKey } from './node-crypto.ts';
import { publishedTree } from './published.ts';
import { storedTree } from './stored-tree.ts';

const ORIGIN = 'argus/inst_vectors/tenant/UTD_VECTORS_001';
/** Complete and ragged trees, one past each power of two, and one before. */
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16, 17];

const leaves = [
  ...publishedTree.leaves.map((leaf): Uint8Array => Buffer.from(leaf, 'hex')),
  ...Array.from({ length: 9 }, (_, i) => utf8(`{"seq":${i + 8}}`)),
];
const leafHashes = leaves.map((leaf) => leafHash(sha256, leaf));
const read = storedTree(sha256, leafHashes);

const root = (size: number): Uint8Array => rootOf(sha256, size, read);
const inclusion = (index: number, size: number) => ({
  index,
  size,
  proof: inclusionProof(sha256, index, size, read).map(toHex),
});
const consistency = (from: number, to: number) => ({
  from,
  to,
  proof: consistencyProof(sha256, from, to, read).map(toHex),
});

export const ledgerVectors = () => ({
  about: 'RFC 6962 trees with SHA-256, in hex; C2SP checkpoints in signed notes. refused_*: a verifier must say no.',
  leaves: leaves.map(toHex),
  leaf_hashes: leafHashes.map(toHex),
  /** By size, from the empty tree on. */
  roots: [0, ...leaves.map((_, i) => i + 1)].map((size) => toHex(root(size))),
  inclusion: SIZES.flatMap((size) => leaves.slice(0, size).map((_, index) => inclusion(index, size))),
  consistency: SIZES.flatMap((to) => [0, ...SIZES].filter((from) => from <= to).map((from) => consistency(from, to))),
  refused_inclusion: refusedInclusion(),
  refused_consistency: refusedConsistency(),
  ...notes(),
});

function refusedInclusion() {
  const { index, size, proof } = inclusion(5, 11);
  const [first = '', ...rest] = proof;
  const good = { index, size, leaf_hash: toHex(leafHashes[index] ?? root(0)), proof, root: toHex(root(size)) };
  return [
    { why: 'another leaf', ...good, leaf_hash: toHex(leafHashes[6] ?? root(0)) },
    { why: 'another index', ...good, index: 4 },
    { why: 'an index outside the tree', ...good, index: 11 },
    { why: 'a negative index', ...good, index: -1 },
    { why: 'a size with another shape', ...good, size: 8 },
    { why: 'the root of another size', ...good, root: toHex(root(12)) },
    { why: 'a hash too few', ...good, proof: rest },
    { why: 'a hash too many', ...good, proof: [...proof, first] },
    { why: 'two hashes swapped', ...good, proof: [rest[0] ?? '', first, ...rest.slice(1)] },
    { why: 'a hash of 31 bytes', ...good, proof: [first.slice(2), ...rest] },
    { why: 'a leaf hash of 31 bytes', ...good, leaf_hash: good.leaf_hash.slice(2) },
    { why: 'a root of 33 bytes', ...good, root: `${good.root}00` },
    { why: 'the empty tree', ...good, index: 0, size: 0, proof: [], root: toHex(root(0)) },
  ];
}

function refusedConsistency() {
  const { from, to, proof } = consistency(6, 11);
  const [first = '', ...rest] = proof;
  const good = { from, from_root: toHex(root(from)), to, to_root: toHex(root(to)), proof };
  const same = { from: 6, from_root: good.from_root, to: 6, to_root: good.from_root, proof: [] };
  const empty = { from: 0, from_root: toHex(root(0)), to, to_root: good.to_root, proof: [] };
  return [
    { why: 'another past', ...good, from_root: toHex(root(5)) },
    { why: 'another present', ...good, to_root: toHex(root(12)) },
    { why: 'another size of the past', ...good, from: 5 },
    { why: 'past and present exchanged', ...good, from: to, to: from },
    { why: 'a hash too few', ...good, proof: rest },
    { why: 'a hash too many', ...good, proof: [...proof, first] },
    { why: 'a hash of 31 bytes', ...good, proof: [first.slice(2), ...rest] },
    { why: 'no proof', ...good, proof: [] },
    { why: 'one size with two roots', ...same, to_root: good.to_root },
    { why: 'one size with a proof', ...same, proof: [first] },
    { why: 'an empty past with a root of its own', ...empty, from_root: good.from_root },
    { why: 'an empty past with a proof', ...empty, proof: [first] },
    { why: 'a past of a power of two with its root sent along', ...good, ...rootSentAlong() },
  ];
}

/** RFC 6962 leaves the old root out when it is a subtree of the new tree. Sent, it is one hash too many. */
function rootSentAlong() {
  const from_root = toHex(root(8));
  return { from: 8, from_root, proof: [from_root, ...consistency(8, 11).proof] };
}

function notes() {
  const seed = new Uint8Array(32).map((_, i) => i);
  const key = keyFromSeed(seed);
  const stranger = keyFromSeed(seed.toReversed());
  const size = leaves.length;
  const body = checkpointBody({ origin: ORIGIN, size, root: root(size) });
  const sign = (text: string, name = ORIGIN, by: TestKey = key): NoteSignature => ({
    name,
    id: keyId(sha256, name, NOTE_ED25519, by.publicKey),
    signature: by.sign(utf8(text)),
  });
  const sealed = (text: string, name = ORIGIN): string => signedNote(text, [sign(text, name)]);
  const good = sealed(body);
  const bad = { ...sign(body), signature: new Uint8Array(64) };
  const [, , base64 = ''] = body.split('\n');
  return {
    checkpoint: {
      seed: toHex(seed),
      public_key: toHex(key.publicKey),
      key_id: toHex(sign(body).id),
      origin: ORIGIN,
      size,
      root: toHex(root(size)),
      note: good,
    },
    also_opens: [
      { why: 'an extension line', note: sealed(`${body}an extension\n`) },
      { why: 'a signature by somebody else', note: signedNote(body, [sign(body, 'else', stranger), sign(body)]) },
    ],
    refused_notes: [
      { why: 'a changed size', note: good.replace('\n17\n', '\n16\n') },
      { why: 'the key of somebody else', note: signedNote(body, [sign(body, ORIGIN, stranger)]) },
      { why: 'the name of somebody else', note: sealed(body, 'else') },
      { why: 'a wrong signature beside a good one', note: signedNote(body, [sign(body), bad]) },
      { why: 'the origin of another tree', note: sealed(body.replace('tenant/', 'tenant/X')) },
      { why: 'a leading zero in the size', note: sealed(body.replace('\n17\n', '\n017\n')) },
      { why: 'a root of 31 bytes', note: sealed(body.replace(base64, Buffer.alloc(31).toString('base64'))) },
      { why: 'an empty extension line', note: sealed(`${body}\n`) },
      { why: 'no newline at the end', note: good.slice(0, -1) },
      { why: 'a line that is no signature', note: `${good}unsigned\n` },
      { why: 'carriage returns', note: good.replaceAll('\n', '\r\n') },
      { why: 'no signature', note: `${body}\n` },
    ],
  };
}

/** One line for each vector, so that a change reads well in a diff. */
export function printVectors(): string {
  const sections = Object.entries(ledgerVectors()).map(([name, value]) => {
    const rows = Array.isArray(value) ? value.map((row) => `\n    ${JSON.stringify(row)}`) : null;
    const printed = rows ? `[${rows.join(',')}\n  ]` : JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
    return `  ${JSON.stringify(name)}: ${printed}`;
  });
  return `{\n${sections.join(',\n')}\n}\n`;
}

if (import.meta.main) writeFileSync(new URL('ledger.json', import.meta.url), printVectors());
