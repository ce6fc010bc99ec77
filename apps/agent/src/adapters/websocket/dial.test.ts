import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createNetServer, type AddressInfo, type Socket as NetSocket } from 'node:net';
import { FRAME_BYTES_MAX } from '@argus/protocol/frames.ts';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { selfSigned } from '../../../testing/self-signed.ts';
import type { Socket } from '../../ports.ts';
import { channelUrl, webSocketDial, type Patience } from './dial.ts';

/** Guarantee: passkey proofs and frames travel over TLS, or do not leave this machine. */
test.each([
  ['https://ops.argus.example', 'wss://ops.argus.example/v1/agents/connect'],
  ['https://ops.argus.example:8443/some/path?query#hash', 'wss://ops.argus.example:8443/v1/agents/connect'],
  ['HTTPS://OPS.ARGUS.EXAMPLE', 'wss://ops.argus.example/v1/agents/connect'],
  ['wss://ops.argus.example', 'wss://ops.argus.example/v1/agents/connect'],
  ['https://10.0.0.1', 'wss://10.0.0.1/v1/agents/connect'],
  ['http://127.0.0.1:8443', 'ws://127.0.0.1:8443/v1/agents/connect'],
  ['http://127.255.255.254', 'ws://127.255.255.254/v1/agents/connect'],
  ['http://127.1', 'ws://127.0.0.1/v1/agents/connect'],
  ['http://0x7f000001', 'ws://127.0.0.1/v1/agents/connect'],
  ['http://localhost:3000', 'ws://localhost:3000/v1/agents/connect'],
  ['http://[::1]:8443', 'ws://[::1]:8443/v1/agents/connect'],
  ['ws://127.0.0.1', 'ws://127.0.0.1/v1/agents/connect'],
])('%s is dialed as %s', (serverUrl, dialed) => expect(channelUrl(serverUrl)).toBe(dialed));

test.each([
  'http://ops.argus.example',
  'ws://ops.argus.example',
  'http://10.0.0.1',
  'http://0.0.0.0',
  'http://128.0.0.1',
  'http://127.0.0.1.evil.example',
  'http://127.0.0.1@evil.example',
  'http://localhost.evil.example',
  'http://localhost@evil.example',
  'http://evil.example/127.0.0.1',
  'http://evil.example#127.0.0.1',
  'http://evil.example\\@127.0.0.1',
  'http://[::ffff:127.0.0.1]',
  'http://[::]',
  'http://[::1%25eth0]',
  'http://127.0.0.256',
  'http://①②⑦.0.0.2.evil.example',
  'https://ops.argus.example@evil.example',
  'https://user:secret@ops.argus.example',
  'https://user@ops.argus.example',
  'http://user@127.0.0.1',
  'ftp://127.0.0.1',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'unix:/run/argus.sock',
  '127.0.0.1:8443',
  'ops.argus.example',
  'not a url',
  '',
])('%j is not dialed', (serverUrl) => expect(channelUrl(serverUrl)).toBeNull());

// ---- against real sockets of this machine

async function listening(http: Server) {
  const server = new WebSocketServer({ server: http, maxPayload: 64 * 1_048_576 });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
    http.close();
  });
  return { server, port: (http.address() as AddressInfo).port };
}

function dialed(url: string, patience?: Patience) {
  let opened: (socket: Socket) => void;
  let closed: (why: string) => void;
  const messages: string[] = [];
  const line = {
    messages,
    opened: new Promise<Socket>((resolve) => (opened = resolve)),
    closed: new Promise<string>((resolve) => (closed = resolve)),
  };
  webSocketDial(url, patience)({ opened: (socket) => opened(socket), message: (text) => messages.push(text), closed: (why) => closed(why) });
  return line;
}

async function connected() {
  const { server, port } = await listening(createServer());
  const arriving = once(server, 'connection') as Promise<[WebSocket]>;
  const line = dialed(`ws://127.0.0.1:${port}/v1/agents/connect`);
  const [peer] = await arriving;
  return { line, peer, socket: await line.opened };
}

test('texts go both ways, and the reason of a close is told', async () => {
  const { line, peer, socket } = await connected();
  const heard = once(peer, 'message');
  socket.send('hello');
  expect(String((await heard)[0])).toBe('hello');
  peer.send('welcome');
  peer.close(1008, 'enough');
  expect(await line.closed).toBe('enough');
  expect(line.messages).toEqual(['welcome']);
  socket.send('after the end'); // and nothing is thrown
});

test.each([
  ['a binary message', (peer: WebSocket) => peer.send(Buffer.from('welcome'))],
  ['a message longer than a frame may be', (peer: WebSocket) => peer.send('x'.repeat(FRAME_BYTES_MAX + 1))],
  ['a text that is not UTF-8', (peer: WebSocket) => peer.send(Buffer.from([0xff, 0xfe]), { binary: false })],
])('%s ends the line and is not handed on', async (_, send) => {
  const { line, peer } = await connected();
  send(peer);
  await line.closed;
  expect(line.messages).toEqual([]);
});

/** Guarantee: memory is bounded, also when the server asks for answers and never reads them. */
test('a server that does not read is left', async () => {
  const { line, peer, socket } = await connected();
  peer.pause();
  const chunk = 'x'.repeat(1_048_576);
  for (let sent = 0; sent < 64; sent++) socket.send(chunk);
  expect(await line.closed).toBe('the server does not read');
});

/** Servers that keep an agent busy: each is heard, and none says what would end the handshake. */
const stallers: Readonly<Record<string, (socket: NetSocket) => () => void>> = {
  'says nothing': () => () => undefined,
  'says that it switches, and one letter of a header after the other': (socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX-Slow: ');
    const timer = setInterval(() => socket.write('x'), 20);
    return () => clearInterval(timer);
  },
  'sends one interim answer after the other': (socket) => {
    const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20);
    return () => clearInterval(timer);
  },
};
/** Guarantee: connecting and switching protocols have one deadline, whatever is sent meanwhile. */
test.each(Object.keys(stallers))('a server that %s is left when its time is up', async (how) => {
  const stalled = createNetServer((socket) => {
    socket.on('error', () => undefined);
    const stop = stallers[how]?.(socket);
    socket.on('close', () => stop?.());
  });
  stalled.listen(0, '127.0.0.1');
  await once(stalled, 'listening');
  onTestFinished(() => void stalled.close());
  const from = performance.now();
  const line = dialed(`ws://127.0.0.1:${(stalled.address() as AddressInfo).port}/`, { openMs: 300, closeMs: 100 });
  expect(await line.closed).toBe('the server does not finish the handshake');
  expect(performance.now() - from).toBeLessThan(2_000);
});

test('a server that does not answer a close is left a moment later', async () => {
  const { server, port } = await listening(createServer());
  server.on('connection', (peer) => peer.pause());
  const line = dialed(`ws://127.0.0.1:${port}/`, { openMs: 5_000, closeMs: 100 });
  const socket = await line.opened;
  const from = performance.now();
  socket.close(1008, 'no answer to h1');
  await line.closed;
  expect(performance.now() - from).toBeLessThan(2_000);
});

test('nobody there is told as a closed line', async () => {
  const { server, port } = await listening(createServer());
  server.close();
  expect(await dialed('ws://127.0.0.1:1/v1/agents/connect').closed).toMatch(/ECONNREFUSED/);
  expect(port).toBeGreaterThan(0);
});

test('a redirect is not followed', async () => {
  const http = createServer();
  http.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => void http.close());
  expect(await dialed(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/`).closed).toMatch(/302/);
});

/** Guarantee: there is no switch that turns the check of certificates off. */
test.each([undefined, '0'])('a certificate that nobody vouches for is refused, with NODE_TLS_REJECT_UNAUTHORIZED=%s', async (value) => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  if (value !== undefined) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = value;
  onTestFinished(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });
  const { port } = await listening(createTlsServer(selfSigned()));
  expect(await dialed(`wss://localhost:${port}/v1/agents/connect`).closed).toMatch(/self-signed/);
});
