import type { FastifyReply } from 'fastify';
import { addAbortSignal, Readable } from 'node:stream';
import type { Clock } from '@argus/kit/clock.ts';
import type { Download } from '../evidence/download.ts';
import type { Log } from '../ports.ts';

/** Whoever takes nothing for so long is not reading. */
export const STALL_MS = 60_000;

/**
 * Made as fast as it is read, and no faster. When it breaks, the connection is cut before what was announced has come: there
 * is no status left to say so with.
 */
export function sendDownload(reply: FastifyReply, { type, name, chunks, slot, bytes, headers }: Download, { clock, log }: { clock: Clock; log: Log }): FastifyReply {
  let cancelStall = () => {};
  let sent = 0;
  async function* watched() {
    for await (const chunk of chunks) {
      sent += chunk.length;
      if (bytes !== undefined && sent > bytes) throw new Error(`${name} has become longer than was announced`);
      cancelStall();
      cancelStall = clock.after(STALL_MS, () => stream.destroy(new Error('nobody reads on')));
      yield chunk;
    }
    if (bytes !== undefined && sent < bytes) throw new Error(`${name} has become shorter than was announced`);
  }
  const stream: Readable = Readable.from(watched(), { objectMode: false });
  addAbortSignal(slot.signal, stream);
  stream.once('error', (problem) => log('warn', 'download_broken', { name, sent, problem: problem.message }));
  stream.once('close', () => {
    cancelStall();
    slot.end();
  });
  return reply
    .headers({ ...headers, 'content-disposition': `attachment; filename="${name}"`, ...(bytes !== undefined && { 'content-length': String(bytes) }) })
    .type(type)
    .send(stream);
}
