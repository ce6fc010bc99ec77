import type { FastifyReply, FastifyRequest } from 'fastify';
import { sha256Hex } from '@argus/keys/hash.ts';

/** An answer that is the same for everyone until the server is another one: bytes made once, with their etag. */
export class Page {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  constructor(text: string, type: string) {
    this.bytes = Buffer.from(text);
    this.type = type;
    this.etag = `"${sha256Hex(text).slice(0, 32)}"`;
  }
}

/** 304 to whoever has it already. `no-cache` lets it be kept, and asked about each time. */
export function sendPage(req: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  void reply.headers({ etag: page.etag, 'cache-control': 'no-cache' });
  return isKnown(req, page.etag) ? reply.code(304).send() : reply.type(page.type).send(page.bytes);
}

/** Whoever asks has it already, by what they say. */
export function isKnown(req: FastifyRequest, etag: string): boolean {
  const known = req.headers['if-none-match'];
  return known !== undefined && known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*');
}
