/** Cameras as they are found in the field, and as somebody who means harm would build one: real servers on loopback. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { manualClock, settle } from '@argus/kit/clock.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { afterAll, expect, test } from 'vitest';
import { writeJpeg } from '../../picture/write-jpeg.ts';
import { localCameras } from './cameras.ts';

const JPEG = writeJpeg({ width: 32, height: 16, rgb: new Uint8Array(32 * 16 * 3).fill(90) });
const MAX = 4 * 1_048_576;
const mark = { operator: 'ana@argus.example', session: `rss_${'s'.repeat(20)}` };
const SECRET = 'hunter2-of-the-camera';

const servers: (Server | TcpServer)[] = [];
const sockets = new Set<Socket>();
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});
async function portOf(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
type Asked = { readonly path: string; readonly authorization: string | undefined };
async function camera(answer: (response: ServerResponse, asked: Asked) => void) {
  const asked: Asked[] = [];
  const port = await portOf(
    createServer((request, response) => {
      const one = { path: request.url ?? '', authorization: request.headers.authorization };
      asked.push(one);
      answer(response, one);
    }),
  );
  return { port, asked };
}
const isClosed = (socket: Socket) => new Promise<void>((resolve) => socket.on('close', () => resolve()));
/** Whatever bytes it likes, as soon as it is asked. */
const raw = (answer: (socket: Socket) => void) => portOf(createTcpServer((socket) => void socket.once('data', () => answer(socket))));

type Kind = 'http_jpeg' | 'http_mjpeg';
function looking(port: number, kind: Kind = 'http_jpeg', { path = '/snap.jpg', login = '', over = new AbortController().signal } = {}) {
  const clock = manualClock(Date.UTC(2026, 2, 1, 12));
  const cameras = localCameras({ clock, breathe: async () => undefined, ffmpegPaths: [] });
  const config = { id: mustId('camera', 'cam_1'), name: 'Door', kind, url: `http://${login}127.0.0.1:${port}${path}` };
  return { clock, taken: cameras.take(config, mark, over) };
}
const look = (...parameters: Parameters<typeof looking>) => looking(...parameters).taken;
const failed = (why: RegExp) => ({ ok: false, error: { code: 'camera_failed', internal: expect.stringMatching(why) } });
const picture = { ok: true, value: { width: 32, height: 16, isMarked: false } };

test('a picture is taken as it is, and nothing behind it', async () => {
  const { port, asked } = await camera((response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).end(Buffer.concat([JPEG, Buffer.from('<script>')])));
  const taken = await look(port, 'http_jpeg', { path: '/a/b.jpg?channel=1' });
  expect(taken).toMatchObject(picture);
  expect(taken.ok && Buffer.from(taken.value.jpeg)).toEqual(Buffer.from(JPEG));
  expect(asked).toEqual([{ path: '/a/b.jpg?channel=1', authorization: undefined }]);
});

test('user and password of the address go into a header, decoded, and nowhere else', async () => {
  const { port, asked } = await camera((response) => response.end(JPEG));
  expect(await look(port, 'http_jpeg', { login: 'root:p%40ss%20w%C3%B6rd@' })).toMatchObject(picture);
  expect(asked).toEqual([{ path: '/snap.jpg', authorization: `Basic ${Buffer.from('root:p@ss wörd').toString('base64')}` }]);
});

/** Guarantee: only the owner says where a camera is. */
test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed, wherever it points', async (status) => {
  const other = await camera((response) => response.end(JPEG));
  for (const location of ['file:///etc/passwd', `http://127.0.0.1:${other.port}/`, '/snap2.jpg', 'gopher://127.0.0.1:1/', 'data:image/jpeg;base64,AAAA']) {
    const { port, asked } = await camera((response) => response.writeHead(status, { location }).end(JPEG));
    expect(await look(port, 'http_jpeg', { login: `root:${SECRET}@` })).toMatchObject(failed(/points elsewhere/));
    expect(asked).toHaveLength(1);
  }
  expect(other.asked).toEqual([]);
});

test.each<[number, RegExp]>([
  [401, /user name or password/],
  [403, /user name or password/],
  [404, /answered 404/],
  [500, /answered 500/],
  [204, /answered 204/],
  [206, /answered 206/],
])('an answer %i is no picture, and says so without the address', async (status, why) => {
  const { port } = await camera((response) => response.writeHead(status, { 'www-authenticate': `Basic realm="${SECRET}"` }).end());
  const taken = await look(port, 'http_jpeg', { login: `root:${SECRET}@`, path: `/${SECRET}?pw=${SECRET}` });
  expect(taken).toMatchObject(failed(why));
  expect(JSON.stringify(taken)).not.toMatch(/hunter2|127\.0\.0\.1|root/);
});

const answering = (head: readonly string[], body: Uint8Array | string = '') => (socket: Socket) => void socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body)]));
const OK = 'HTTP/1.1 200 OK';
const bomb = Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 0xff, 0xd9]);
const long = Buffer.concat([JPEG.subarray(0, -2), Buffer.alloc(MAX)]);

test.each<[string, (socket: Socket) => void, RegExp]>([
  ['HTML', answering([OK, 'Content-Type: image/jpeg'], '<!doctype html><title>Sign in</title>'), /no JPEG/],
  ['nothing', answering([OK, 'Content-Length: 0']), /ends in the middle/],
  ['a picture of 65,535 pixels square in 28 bytes', answering([OK], bomb), /65535 x 65535/],
  ['less than the length it named', answering([OK, `Content-Length: ${JPEG.length}`], JPEG.subarray(0, 200)), /broke off/],
  ['a length shorter than the picture', answering([OK, 'Content-Length: 100'], JPEG), /ends in the middle/],
  ['half a picture, and goes away', answering([OK], JPEG.subarray(0, 300)), /ends in the middle/],
  ['a picture that does not end', answering([OK], long), /more than 4194304 bytes/],
  ['a length of a terabyte', answering([OK, 'Content-Length: 1099511627776'], long), /more than 4194304 bytes/],
  ['two lengths', answering([OK, 'Content-Length: 5', 'Content-Length: 500'], JPEG), /broke off/],
  ['headers without an end', (socket) => void socket.write(`${OK}\r\n${`X-Filler: ${'a'.repeat(1_000)}\r\n`.repeat(200)}`), /broke off/],
  ['no HTTP', answering(['220 mail.example ESMTP']), /broke off/],
  ['and closes at once', (socket) => void socket.destroy(), /broke off/],
])('a camera that sends %s has failed', async (_what, answer, why) => {
  expect(await look(await raw(answer))).toMatchObject(failed(why));
});

/** Guarantee: what comes packed is counted unpacked. */
test('a picture that unpacks to more than is allowed is refused while it unpacks', async () => {
  const { gzipSync } = await import('node:zlib');
  const packed = gzipSync(Buffer.concat([JPEG.subarray(0, -2), Buffer.alloc(64 * 1_048_576)]));
  expect(packed.length).toBeLessThan(100_000);
  expect(await look(await raw(answering([OK, 'Content-Encoding: gzip'], packed)))).toMatchObject(failed(/more than 4194304 bytes/));
});

test('nobody there is said as it is', async () => {
  const port = await portOf(createTcpServer());
  await new Promise((resolve) => servers.at(-1)?.close(resolve));
  expect(await look(port)).toMatchObject(failed(/ECONNREFUSED/));
});

// ---- time

const silent: Readonly<Record<string, (socket: Socket) => void>> = {
  'answers nothing': () => undefined,
  'hangs after the headers': (socket) => void socket.write(`${OK}\r\n\r\n`),
  'hangs in the picture': (socket) => void socket.write(Buffer.concat([Buffer.from(`${OK}\r\n\r\n`), JPEG.subarray(0, 100)])),
};
test.each(Object.keys(silent))('a camera that %s is given up after 12 s, and its connection is closed', async (what) => {
  let closed = Promise.resolve();
  let hasAsked = () => {};
  const asked = new Promise<void>((resolve) => (hasAsked = resolve));
  const port = await raw((socket) => {
    closed = isClosed(socket);
    silent[what]?.(socket);
    hasAsked();
  });
  const { clock, taken } = looking(port);
  await asked;
  await clock.advance(11_999);
  expect(await Promise.race([taken, settle().then(() => 'waiting')])).toBe('waiting');
  await clock.advance(1);
  expect(await taken).toMatchObject(failed(/did not deliver a whole picture within 12 s/));
  await closed;
});

test('a camera that drips a byte per second is given up all the same', async () => {
  let drip = () => {};
  const { port } = await camera((response) => {
    response.writeHead(200);
    let at = 0;
    drip = () => void response.write(JPEG.subarray(at, ++at));
    drip();
  });
  const { clock, taken } = looking(port);
  await expect.poll(() => sockets.size).toBeGreaterThan(0);
  for (let second = 0; second < 13; second++) {
    drip();
    await clock.advance(1_000);
  }
  expect(await taken).toMatchObject(failed(/within 12 s/));
});

/** Guarantee: the end of the session ends what it had begun, and its result is nobody's. */
test('when the session ends, the camera is let go at once', async () => {
  let hasAsked = () => {};
  const asked = new Promise<void>((resolve) => (hasAsked = resolve));
  let closed = Promise.resolve();
  const port = await raw((socket) => {
    closed = isClosed(socket);
    hasAsked();
  });
  const over = new AbortController();
  const { taken } = looking(port, 'http_jpeg', { over: over.signal });
  await asked;
  over.abort();
  expect(await taken).toMatchObject(failed(/session ended/));
  await closed;
  expect(await look(port, 'http_jpeg', { over: over.signal })).toMatchObject(failed(/session is over/));
});

// ---- streams

const stream = (boundary: string, parts: readonly (Uint8Array | string)[]) => answering([OK, `Content-Type: multipart/x-mixed-replace; boundary=${boundary}`], Buffer.concat(parts.map((part) => Buffer.from(part))));
const PART = '--frame\r\nContent-Type: image/jpeg\r\n';

test.each<[string, (socket: Socket) => void]>([
  ['with lengths', stream('frame', [`${PART}Content-Length: ${JPEG.length}\r\n\r\n`, JPEG, '\r\n', PART])],
  ['without lengths', stream('frame', [`${PART}\r\n`, JPEG, '\r\n', PART, '\r\n'])],
  ['with a length that is too short', stream('frame', [`${PART}Content-Length: 10\r\n\r\n`, JPEG])],
  ['with a length that is far too long', stream('frame', [`${PART}Content-Length: 99999999999999999999\r\n\r\n`, JPEG])],
  ['with a length below zero', stream('frame', [`${PART}Content-Length: -1\r\n\r\n`, JPEG])],
  ['with a boundary that is nowhere in it', stream('"(((((.*)*)*$"', [`${PART}\r\n`, JPEG])],
  ['with a boundary as long as a header may be', stream('b'.repeat(8_000), [`${PART}\r\n`, JPEG])],
  ['that is one picture and no stream', answering([OK, 'Content-Type: image/jpeg'], JPEG)],
])('the first whole frame of a stream %s', async (_what, answer) => {
  const taken = await look(await raw(answer), 'http_mjpeg');
  expect(taken).toMatchObject(picture);
  expect(taken.ok && Buffer.from(taken.value.jpeg)).toEqual(Buffer.from(JPEG));
});

test.each<[string, (socket: Socket) => void, RegExp]>([
  ['part headers without an end', stream('frame', [PART, 'X-Filler: a\r\n'.repeat(5_000), '\r\n', JPEG]), /no JPEG/],
  ['no picture at all', stream('frame', [`${PART}\r\n`, 'hello', '\r\n--frame--\r\n']), /ends in the middle/],
  ['a first frame that never ends', stream('frame', [`${PART}\r\n`, long]), /more than 4194304 bytes/],
  ['a bomb in the first frame', stream('frame', [`${PART}\r\n`, bomb, '\r\n', PART, '\r\n', JPEG]), /65535 x 65535/],
])('a stream with %s has failed', async (_what, answer, why) => {
  expect(await look(await raw(answer), 'http_mjpeg')).toMatchObject(failed(why));
});

test('a stream that goes on for ever is left after its first frame', async () => {
  let closed = Promise.resolve();
  const port = await raw((socket) => {
    closed = isClosed(socket);
    socket.write(`${OK}\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n`);
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.concat([Buffer.from(`${PART}\r\n`), JPEG, Buffer.from('\r\n')])));
    };
    socket.on('drain', more);
    more();
  });
  expect(await look(port, 'http_mjpeg')).toMatchObject(picture);
  await closed;
});
