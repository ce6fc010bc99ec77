import { fromBase64, utf8 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { expect, test } from 'vitest';
import { treeOf } from '../testing/made-log.ts';
import { findChanged } from './find-changed.ts';

const logOf = (size: number) => Array.from({ length: size }, (_, i) => `entry ${i}`);
const hashOf = (text: string) => leafHash(sha256, utf8(text));

function changedIn(size: number, changed: readonly number[]) {
  const honest = logOf(size);
  const tree = treeOf(honest);
  const asked: number[] = [];
  const proofOf = async (index: number) => {
    asked.push(index);
    return tree.inclusion(index).map((text) => fromBase64(text) ?? expect.unreachable());
  };
  const hashes = honest.map((text, i) => hashOf(changed.includes(i) ? `${text}!` : text));
  return { given: { root: tree.rootAt(size), hashes, proofOf }, asked };
}

test.each([1, 2, 3, 7, 8, 21])('of a log of %i entries each one that was changed is named, and no other', async (size) => {
  for (let i = 0; i < size; i++) expect(await findChanged(sha256, changedIn(size, [i]).given)).toEqual([i]);
  expect(await findChanged(sha256, changedIn(size, []).given)).toEqual([]);
  const some = logOf(size).map((_, i) => i).filter((i) => i % 3 === 0);
  expect(await findChanged(sha256, changedIn(size, some).given)).toEqual(some);
});

test('one among many is found by a few proofs, and of many changed ones a few are named', async () => {
  const one = changedIn(1_000, [777]);
  expect(await findChanged(sha256, one.given)).toEqual([777]);
  expect(new Set(one.asked).size).toBeLessThanOrEqual(20);
  expect(await findChanged(sha256, { ...changedIn(1_000, logOf(1_000).map((_, i) => i)).given, max: 3 })).toEqual([0, 1, 2]);
});

test('whoever keeps the log cannot point at an entry that is as it was: their halves have to make what was signed', async () => {
  const { given } = changedIn(16, [5]);
  const honest = await given.proofOf(9);
  const lies = [async () => null, async () => [], async () => [utf8('no hash')], async () => honest, async () => honest.map((hash) => hash.map((byte) => byte ^ 1))];
  for (const proofOf of lies) expect(await findChanged(sha256, { ...given, proofOf })).toEqual([]);
});
