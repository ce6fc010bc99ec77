/**
 * How long the lines of a bundle are, without writing them: a tar names the length of a file before the file. What is
 * counted here and what is written later has to agree to the byte, or the answer breaks off.
 */
import { planInclusion } from '@argus/ledger/plan.ts';
import { bundleLine } from '@argus/protocol/bundle.ts';

const LEAF_LINE = bundleLine({ index: 0, leaf: '' }).length - '0'.length - '""'.length;
const PROOF_LINE = bundleLine({ index: 0, inclusion: [] }).length - '0'.length;
/** A hash in base64 with its quotes. */
const HASH_BYTES = 46;

/** `json`: the bytes of all texts as JSON strings. */
export function leafLinesBytes(indexes: Iterable<number>, json: number): number {
  let bytes = json;
  for (const index of indexes) bytes += LEAF_LINE + digits(index);
  return bytes;
}

export function proofLinesBytes(indexes: Iterable<number>, size: number): number {
  let bytes = 0;
  for (const index of indexes) {
    const hashes = planInclusion(index, size).length;
    bytes += PROOF_LINE + digits(index) + hashes * HASH_BYTES + Math.max(0, hashes - 1);
  }
  return bytes;
}

export function* between(from: number, to: number): Generator<number> {
  for (let index = from; index < to; index++) yield index;
}

const digits = (n: number): number => String(n).length;
