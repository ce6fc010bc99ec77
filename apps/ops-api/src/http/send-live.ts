import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { LiveLine } from '../live/lines.ts';

/** Who does not read what is said is let go: nothing is kept for them. */
const UNREAD_BYTES_MAX = 65_536;

/** Whatever is said, until one of the two is gone. */
export function sendLive(reply: FastifyReply, line: LiveLine): FastifyReply {
  const stream = new PassThrough();
  const { stop } = line.open({
    say: (text) => {
      stream.write(text);
      if (stream.readableLength + stream.writableLength > UNREAD_BYTES_MAX) stream.destroy();
    },
    end: () => void stream.end(),
  });
  stream.once('close', stop);
  return reply.header('x-accel-buffering', 'no').type('text/event-stream; charset=utf-8').send(stream);
}
