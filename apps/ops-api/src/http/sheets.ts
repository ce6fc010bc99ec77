/** Bytes that are the same for everybody until the server is another one: made once, packed once, known by their etag. */
import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sha256Hex } from '@argus/keys/hash.ts';
import { isKnown } from './page.ts';

/** What somebody may do with them. */
export const READS = ['GET', 'HEAD'] as const;

export type Sheet = { readonly type: string; readonly text: string; readonly forever?: true };

const YEAR_S = 31_536_000;
const WORTH_PACKING = 1_024; // bytes

/** A name that changes with its content may be kept for good; what keeps its name is asked about each time. */
export const cachingOf = ({ forever }: Sheet): string => (forever ? `public, max-age=${YEAR_S}, immutable` : 'no-cache');

export type Prepared = { readonly sheet: Sheet; readonly bytes: Buffer; readonly etag: string; readonly packed: () => Buffer | null };

/** Bytes, etag and the packed form of a sheet are made once. Search results are kept by nobody. */
export function createPrepared(): (sheet: Sheet) => Prepared {
  const made = new WeakMap<Sheet, Prepared>();
  return (sheet) => {
    const known = made.get(sheet);
    if (known) return known;
    const bytes = Buffer.from(sheet.text);
    let packed: Buffer | null = null;
    const prepared: Prepared = { sheet, bytes, etag: `"${sha256Hex(sheet.text).slice(0, 32)}"`, packed: () => (bytes.length < WORTH_PACKING ? null : (packed ??= gzipSync(bytes))) };
    made.set(sheet, prepared);
    return prepared;
  };
}

export function sendSheet(req: FastifyRequest, reply: FastifyReply, { sheet, bytes, etag, packed }: Prepared, caching: string): FastifyReply {
  const zipped = /\bgzip\b/.test(req.headers['accept-encoding'] ?? '') ? packed() : null;
  const tag = zipped ? `${etag.slice(0, -1)}-z"` : etag;
  void reply.headers({ 'cache-control': caching, ...(caching !== 'no-store' && { etag: tag }) });
  if (caching !== 'no-store' && reply.statusCode === 200 && isKnown(req, tag)) return reply.code(304).send();
  const body = zipped ?? bytes;
  void reply.type(sheet.type).headers({ 'content-length': String(body.length), ...(zipped && { 'content-encoding': 'gzip' }) });
  return reply.send(req.method === 'HEAD' ? undefined : body);
}
