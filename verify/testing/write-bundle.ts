/**
 * Writes a bundle (docs: the format of evidence bundles) from whatever it is given, honest or not: tests and the bench
 * hand it leaves they signed, or what a database holds. It checks nothing, so that what it writes can be any lie.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';

export type BundleMeta = { readonly kind: 'log' | 'period' | 'session'; readonly instance: string; readonly tenant: string; readonly session?: string; readonly from: number; readonly to: number; readonly size: number; readonly log_keys: readonly string[]; readonly rotations?: readonly { readonly index: number; readonly leaf: string; readonly inclusion: readonly string[] }[] };
export type BundleParts = {
  readonly meta: BundleMeta;
  readonly checkpoint: string;
  readonly leaves: Iterable<{ readonly index: number; readonly leaf: string }>;
  readonly proofs?: Iterable<{ readonly index: number; readonly inclusion: readonly string[] }>;
  readonly checkpoints?: Iterable<{ readonly size: number; readonly checkpoint: string; readonly consistency: readonly string[] }>;
  readonly agents?: Iterable<{ readonly agent: string; readonly public_key: string; readonly enrolled_index: number }>;
  readonly cosignatures?: Iterable<{ readonly agent: string; readonly size: number; readonly cosignature: string }>;
  readonly receipts?: Iterable<{ readonly serial: number; readonly key: string; readonly receipt: Json; readonly signature: string }>;
  /** Absent: a bundle from before results were kept. */
  readonly kept?: Iterable<{ readonly index: number; readonly part: number; readonly sealed: string; readonly end?: { readonly key: string; readonly signature: string } }>;
};

const BLOCK = 512;
const CHUNK = 1 << 20;

/** One plain file after the other; its size is filled in when it is known. Holds one chunk at a time. */
function tarWriter(path: string) {
  const fd = openSync(path, 'w');
  const digests: string[] = [];
  let at = 0;
  const put = (bytes: Uint8Array) => (at += writeSync(fd, bytes, 0, bytes.length, at));
  return {
    digests: (): readonly string[] => digests,
    file(name: string, lines: Iterable<string>): void {
      const start = at;
      put(new Uint8Array(BLOCK));
      const digest = createHash('sha256');
      let chunk = '';
      const flush = () => {
        const bytes = Buffer.from(chunk);
        digest.update(bytes);
        put(bytes);
        chunk = '';
      };
      for (const line of lines) {
        chunk += line;
        if (chunk.length > CHUNK) flush();
      }
      flush();
      const size = at - start - BLOCK;
      writeSync(fd, tarHeader(name, size), 0, BLOCK, start);
      put(new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK));
      digests.push(`${digest.digest('hex')}  ${name}\n`);
    },
    end(): void {
      put(new Uint8Array(2 * BLOCK));
      closeSync(fd);
    },
  };
}

export function tarHeader(name: string, size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const octal = (n: number, digits: number) => n.toString(8).padStart(digits, '0');
  block.write(name, 0);
  block.write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(size, 11)}\0${octal(0, 11)}\0${' '.repeat(8)}0`, 100);
  block.write('ustar\0' + '00', 257);
  block.write(`${octal(block.reduce((sum, byte) => sum + byte, 0), 6)}\0 `, 148);
  return block;
}

export function writeBundle(path: string, parts: BundleParts): void {
  const tar = tarWriter(path);
  const meta = { v: 1, made_at: '2026-11-21T12:00:00.000Z', ...parts.meta, log_keys: [...parts.meta.log_keys] } as Json; // plain all of it
  tar.file('README.txt', ['The log of one tenant. Check it with argus-verify bundle FILE --trust trust.json\n']);
  tar.file('bundle.json', [canonicalJson(meta)]);
  tar.file('checkpoint.txt', [parts.checkpoint]);
  tar.file('leaves.ndjson', leafLines(parts.leaves));
  tar.file('proofs.ndjson', lines(parts.proofs));
  tar.file('checkpoints.ndjson', lines(parts.checkpoints));
  tar.file('agents.ndjson', lines(parts.agents));
  tar.file('cosignatures.ndjson', lines(parts.cosignatures));
  tar.file('receipts.ndjson', lines(parts.receipts));
  if (parts.kept) tar.file('kept.ndjson', lines(parts.kept));
  tar.file('bundle.sha256', [...tar.digests(), 'signed by the log key: not signed\n']);
  tar.end();
}

/** The same as `lines`, for a million of them. */
function* leafLines(leaves: BundleParts['leaves']): Generator<string> {
  for (const { index, leaf } of leaves) yield `{"index":${index},"leaf":${JSON.stringify(leaf)}}\n`;
}

function* lines(values: Iterable<object> = []): Generator<string> {
  for (const value of values) yield `${canonicalJson(value as Json)}\n`; // it checks
}
