import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { newSessionToken } from '@argus/keys/secrets.ts';
import { ARGS_BYTES_MAX } from '@argus/protocol/commands/index.ts';
import { expect, test } from 'vitest';
import { createTestApi, INSIDE } from '../../test/api.ts';
import { principalOf, seededRandom, sessionOf, TENANT, tenantOf } from '../../test/sample.ts';
import { BODY_ROOM_BYTES, createBodyRoom } from './body-room.ts';

/** Who holds a token, and with it a session or none. */
async function server({ hasSession }: { readonly hasSession: boolean }) {
  let { tokenId } = principalOf();
  const theirs = { ...sessionOf({ expiresAt: Number.MAX_SAFE_INTEGER }), get tokenId() { return tokenId; } }; // both are looked up at the same time
  const made = createTestApi({
    between: (stores) => ({
      ...stores,
      pats: {
        ...stores.pats,
        async bySecretHash(...args) {
          const found = await stores.pats.bySecretHash(...args);
          tokenId = found?.tokenId ?? tokenId;
          return found;
        },
      },
      sessions: { ...stores.sessions, bySecretHash: async () => (hasSession ? { session: theirs, tenant: tenantOf() } : null) },
    }),
  });
  const pat = await made.newToken(['remote_support']);
  await made.http.listen({ port: 0, host: '127.0.0.1' });
  const { port } = made.http.server.address() as AddressInfo;
  const sockets: Socket[] = [];
  /** Sends the head and half of a body, and what is answered to that; nothing, when the rest is waited for. */
  async function begin(length: string): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(`POST /support/tenants/${TENANT}/command HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${INSIDE}\r\nAuthorization: Bearer ${pat}\r\nX-Argus-Session: ${token}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`);
    return socket;
  }
  const answerTo = async (socket: Socket) => String((await once(socket, 'data'))[0]).split('\r\n')[0];
  const put = { close: async () => (sockets.forEach((socket) => socket.destroy()), made.api.close()) };
  return { ...made, ...put, begin, answerTo };
}
async function gone(socket: Socket): Promise<void> {
  socket.destroy();
  if (!socket.closed) await once(socket, 'close');
}
const token = newSessionToken(seededRandom('body room'));
const LONG = `Content-Length: ${ARGS_BYTES_MAX}`;
const FIT = Math.floor(BODY_ROOM_BYTES / ARGS_BYTES_MAX);

/** Guarantee: who holds a token and no session has no megabyte of a command read, and takes none of the room of those who have one. */
test.each([['a length', LONG], ['no length', 'Transfer-Encoding: chunked']])('without a session each long body with %s is answered unread', async (_, length) => {
  const { begin, answerTo, close } = await server({ hasSession: false });
  for (let n = 0; n < FIT + 2; n++) expect(await answerTo(await begin(length))).toBe('HTTP/1.1 404 Not Found');
  await close();
});

/** Guarantee: a session takes no more of the server's memory than the room, however many connections it opens. */
test.each([['a length', LONG], ['no length', 'Transfer-Encoding: chunked']])('long bodies with %s that are not through take up the room, and the next is answered unread', async (_, length) => {
  const { begin, answerTo, close } = await server({ hasSession: true });
  const held: Socket[] = [];
  for (let n = 0; n < FIT; n++) held.push(await begin(length));
  const one = await begin(length); // in the order they came in, or else one of the others is told
  const first = await Promise.race([...held, one].map(async (socket) => answerTo(socket)));
  expect(first).toBe('HTTP/1.1 429 Too Many Requests');
  const short = await begin('Content-Length: 2');
  short.write('{}');
  expect(await answerTo(short)).toBe('HTTP/1.1 422 Unprocessable Entity'); // read: ordinary bodies are not in it
  await close();
});

test('what went away gives its room back', async () => {
  const { begin, answerTo, close } = await server({ hasSession: true });
  for (let round = 0; round < 3; round++) {
    const held: Socket[] = [];
    for (let n = 0; n < FIT; n++) held.push(await begin(LONG));
    const refused = await begin(LONG);
    expect(await Promise.race([...held, refused].map(answerTo))).toContain('429');
    await Promise.all([...held, refused].map(gone));
  }
  await close();
});

test('only what is long counts, what does not say how long it is counts as the longest, and each is given back once', () => {
  const bodies = createBodyRoom({ usual: 10, room: 100 });
  const [request, answer] = [(length?: string) => ({ headers: { 'content-length': length } }) as IncomingMessage, () => new EventEmitter() as ServerResponse]; // the two things it looks at
  const first = answer();
  expect([bodies.take(request('10'), answer(), 60), bodies.taken(), bodies.take(request(), first, 60), bodies.taken()]).toEqual([true, 0, true, 60]);
  expect([bodies.take(request('41'), answer(), 60), bodies.take(request('nonsense'), answer(), 60), bodies.take(request('40'), answer(), 60), bodies.taken()]).toEqual([false, false, true, 100]);
  first.emit('close');
  first.emit('close');
  expect(bodies.taken()).toBe(40);
});
