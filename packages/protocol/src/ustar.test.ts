import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes, fromUtf8, utf8 } from '@argus/kit/bytes.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTarReader, TAR_BLOCK, TAR_END, tarHeader, tarOf } from './ustar.ts';

const expected = [{ name: 'a.txt', bytesMax: 2_000 }, { name: 'empty.ndjson', bytesMax: 2_000 }, { name: 'c.json', bytesMax: 2_000 }];
const files = [{ name: 'a.txt', bytes: utf8('hello\n') }, { name: 'empty.ndjson', bytes: new Uint8Array(0) }, { name: 'c.json', bytes: utf8('x'.repeat(1_024)) }];
const whole = tarOf(files);

function readAll(bytes: Uint8Array, chunk = bytes.length): Map<string, string> | string {
  const reader = createTarReader(expected);
  const found = new Map<string, string>();
  let name = '';
  for (let at = 0; at < bytes.length; at += chunk) {
    const pieces = reader.push(bytes.subarray(at, at + chunk));
    if (!pieces.ok) return pieces.error;
    for (const piece of pieces.value) {
      if (piece.kind === 'file') found.set((name = piece.name), '');
      if (piece.kind === 'bytes') found.set(name, (found.get(name) ?? '') + fromUtf8(piece.bytes));
      if (piece.kind === 'end_of_file') expect(piece.name).toBe(name);
    }
  }
  const end = reader.end();
  return end.ok ? found : end.error;
}
const contents = new Map(files.map(({ name, bytes }) => [name, fromUtf8(bytes)]));

test('what is written is read back, however it is cut into chunks', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 1_500 }), (chunk) => {
    expect(readAll(whole, chunk)).toEqual(contents);
  }));
});

test('any tar unpacks it, and sees plain files of nobody at time zero', () => {
  const folder = mkdtempSync(join(tmpdir(), 'argus-ustar-'));
  try {
    writeFileSync(join(folder, 'b.tar'), whole);
    const listed = execFileSync('tar', ['--utc', '--numeric-owner', '-tvf', join(folder, 'b.tar')], { encoding: 'utf8' });
    expect(listed.trim().split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      '-rw-r--r-- 0/0 6 1970-01-01 00:00 a.txt', '-rw-r--r-- 0/0 0 1970-01-01 00:00 empty.ndjson', '-rw-r--r-- 0/0 1024 1970-01-01 00:00 c.json',
    ]);
    execFileSync('tar', ['-xf', join(folder, 'b.tar'), '-C', folder]);
    for (const [name, text] of contents) expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Changes one header and makes its checksum right again, as somebody would who wants it to be taken. */
function withHeader(nth: number, change: (block: Uint8Array) => void): Uint8Array {
  const bytes = Uint8Array.from(whole);
  const at = [0, 2 * TAR_BLOCK, 3 * TAR_BLOCK][nth] ?? 0;
  const block = bytes.subarray(at, at + TAR_BLOCK);
  change(block);
  block.set(utf8('        '), 148);
  block.set(utf8(`${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `), 148);
  return bytes;
}
const header = (change: (block: Uint8Array) => void) => withHeader(0, change);
const notPlain = 'a.txt is not where it has to be, or not a plain file as a bundle has them';

/** Guarantee: there is nothing in a tar for a reader to be clever about. */
test.each<[why: string, bytes: Uint8Array, says: string]>([
  ['another name', header((b) => b.set(utf8('b'), 0)), notPlain],
  ['a way out of the folder', header((b) => b.set(utf8('../a.txt'), 0)), notPlain],
  ['bytes behind the name', header((b) => b.set(utf8('x'), 50)), notPlain],
  ['a symbolic link', header((b) => b.set(utf8('2'), 156)), notPlain],
  ['a hard link', header((b) => b.set(utf8('1'), 156)), notPlain],
  ['a folder', header((b) => b.set(utf8('5'), 156)), notPlain],
  ['a pax header', header((b) => b.set(utf8('x'), 156)), notPlain],
  ['a long name of GNU', header((b) => b.set(utf8('L'), 156)), notPlain],
  ['a sparse file of GNU', header((b) => b.set(utf8('S'), 156)), notPlain],
  ['the old sign for a plain file', header((b) => b.set(Uint8Array.of(0), 156)), notPlain],
  ['GNU magic', header((b) => b.set(utf8('ustar  \0'), 257)), notPlain],
  ['an executable', header((b) => b.set(utf8('0000755'), 100)), notPlain],
  ['somebody\'s file', header((b) => b.set(utf8('0001750'), 108)), notPlain],
  ['a time', header((b) => b.set(utf8('00000000001'), 136)), notPlain],
  ['a prefix', header((b) => b.set(utf8('etc'), 345)), notPlain],
  ['a name of its owner', header((b) => b.set(utf8('root'), 265)), notPlain],
  ['a size in base 256', header((b) => b.set(Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6), 124)), notPlain],
  ['a size that is no number', header((b) => b.set(utf8('0000000000x'), 124)), notPlain],
  ['a wrong checksum', whole.with(148, 0x37), notPlain],
  ['a size beyond its limit', header((b) => b.set(utf8('00000003721'), 124)), 'a.txt is larger than 2000 bytes'],
  ['two of a name', concatBytes(whole.subarray(0, 2 * TAR_BLOCK), whole), 'empty.ndjson is not where it has to be, or not a plain file as a bundle has them'],
  ['another order', tarOf(files.toReversed()), notPlain],
  ['a file too many', tarOf([...files, { name: 'more.txt', bytes: new Uint8Array(0) }]), 'it goes on after its last file'],
  ['something in the padding', whole.with(TAR_BLOCK + 7, 1), 'something stands between its files'],
  ['something in its end', whole.with(whole.length - 1, 1), 'something stands between its files'],
  ['something after its end', concatBytes(whole, Uint8Array.of(0)), 'it goes on after its end'],
  ['a file too few', tarOf(files.slice(0, 2)), 'c.json is not where it has to be, or not a plain file as a bundle has them'],
  ['no end', whole.subarray(0, whole.length - TAR_END.length), 'it is cut short'],
  ['half an end', whole.subarray(0, whole.length - TAR_BLOCK), 'it is cut short'],
  ['nothing', new Uint8Array(0), 'it is cut short'],
])('%s is refused', (_why, bytes, says) => {
  expect(readAll(bytes)).toBe(says);
  expect(readAll(bytes, 7)).toBe(says);
});

test('once refused, nothing that follows is taken', () => {
  const reader = createTarReader(expected);
  expect(reader.push(new Uint8Array(TAR_BLOCK).fill(1)).ok).toBe(false);
  expect(reader.push(whole).ok).toBe(false);
  expect(reader.end().ok).toBe(false);
});

test('a name with a slash, or a size that does not fit, is not written', () => {
  expect(() => tarHeader('a/b', 1)).toThrow(TypeError);
  expect(() => tarHeader('a'.repeat(101), 1)).toThrow(TypeError);
  expect(() => tarHeader('a', 8 ** 11)).toThrow(RangeError);
});
