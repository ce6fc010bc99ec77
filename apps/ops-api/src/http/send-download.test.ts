import { manualClock, settle } from '@argus/kit/clock.ts';
import { mustId } from '@argus/protocol/ids.ts';
import fastify from 'fastify';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { START } from '../../test/sample.ts';
import { Download } from '../evidence/download.ts';
import { createStreams } from '../evidence/streams.ts';
import { sendDownload, STALL_MS } from './send-download.ts';

const CHUNK = Buffer.alloc(256 * 1024, 'x');

/** A server with one endless answer, and somebody who asks for it and reads nothing. */
async function unread() {
  const clock = manualClock(START);
  const streams = createStreams({ clock });
  const said: string[] = [];
  const http = fastify();
  const made = { chunks: 0, isOver: false };
  async function* endless() {
    try {
      for (;;) {
        made.chunks++;
        yield CHUNK;
      }
    } finally {
      made.isOver = true;
    }
  }
  http.get('/', async (_req, reply) => {
    const slot = streams.begin({ token: mustId('token', `tok_${'a'.repeat(20)}`), isStill: async () => true });
    if (!slot.ok) throw new Error(slot.error.code);
    return sendDownload(reply, new Download({ type: 'text/plain', name: 'x', chunks: endless(), slot: slot.value }), { clock, log: (_level, what, facts) => void said.push(`${what} ${String(facts?.['problem'])}`) });
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  const [address] = http.addresses();
  const socket = connect(typeof address === 'object' ? address.port : 0, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  onTestFinished(async () => {
    socket.destroy();
    streams.close();
    await http.close();
  });
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const standsStill = async () => {
    for (let before = -1; before !== made.chunks || made.chunks === 0; await settle(200)) before = made.chunks;
  };
  await standsStill();
  return { clock, streams, said, made, socket, closed, standsStill };
}

/** Guarantee: a reader who does not read costs a few buffers, not memory without end. */
test('nothing is made that nobody reads', async () => {
  const { made, standsStill } = await unread();
  const before = made.chunks;
  await standsStill();
  expect(made.chunks).toBe(before);
  expect(made.chunks * CHUNK.length).toBeLessThan(64 * 1024 * 1024); // what the sockets of this machine hold
});

test('who reads nothing for a minute is let go, and the place with it', async () => {
  const { clock, streams, said, made, socket, closed } = await unread();
  await clock.advance(STALL_MS - 1);
  expect([streams.count(), made.isOver]).toEqual([1, false]);
  await clock.advance(1);
  socket.resume();
  await closed;
  expect([streams.count(), made.isOver, said]).toEqual([0, true, ['download_broken nobody reads on']]);
});

test('who goes away, and a server that stops, end it at once', async () => {
  const gone = await unread();
  gone.socket.destroy();
  await gone.closed;
  for (let i = 0; gone.streams.count() > 0 && i < 100; i++) await settle();
  expect([gone.streams.count(), gone.made.isOver]).toEqual([0, true]);
  const stopped = await unread();
  stopped.streams.close();
  stopped.socket.resume();
  await stopped.closed;
  expect([stopped.streams.count(), stopped.made.isOver]).toEqual([0, true]);
});
