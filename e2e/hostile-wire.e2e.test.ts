import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { patiently } from '@argus/testkit/patience.ts';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { dialRaw, dialWebSocket, frame, OPCODE, upgradeRequest } from './raw-wire.ts';
import { ready, type Ready, type Session } from './ready.ts';
import { until } from './until.ts';

/** An unauthenticated socket has 5 s; what closing it may take comes on top. */
const PREAUTH_MS = 5_000;
const SLACK_MS = patiently(1_500);

let world: Ready;
let session: Session;
let port: number;
beforeAll(async () => {
  world = await ready();
  session = await world.activate();
  port = world.api().port;
});
/** Whatever strangers do: the server answers, and the operator who is at work does not notice. */
afterEach(async () => {
  expect(await world.get('/healthz')).toMatchObject({ status: 200 });
  expect(await world.command(session, 'ping')).toMatchObject({ status: 200 });
});

const KIB5 = 'x'.repeat(5 * 1_024);
const floods: Record<string, () => Buffer> = {
  'one message': () => frame({ opcode: OPCODE.text, payload: KIB5 }),
  'fragments of one byte': () =>
    Buffer.concat(Array.from({ length: 5_000 }, (_, n) => frame({ opcode: n === 0 ? OPCODE.text : OPCODE.continuation, payload: 'x', isLast: false }))),
  'fragments of nothing': () =>
    Buffer.concat(Array.from({ length: 5_000 }, (_, n) => frame({ opcode: n === 0 ? OPCODE.text : OPCODE.continuation, isLast: false }))),
  pings: () => Buffer.concat(Array.from({ length: 60 }, () => frame({ opcode: OPCODE.ping, payload: 'x'.repeat(100) }))),
  'a message that is announced and never comes': () => frame({ opcode: OPCODE.text, payload: KIB5, declares: 900_000n }),
};

// These wait for seconds, so they wait together.
describe.concurrent('a stranger', () => {
  test('who does not say who it is within 5 s is told so and closed, even without answering the close', async () => {
    const wire = await dialWebSocket(port);
    const lived = await wire.untilClosed(PREAUTH_MS + SLACK_MS);
    expect(lived).toBeGreaterThan(PREAUTH_MS - 500);
    expect(wire.received()).toContain('"code":"handshake_refused"');
  });

  test('who keeps busy with pings is closed after 5 s all the same', async () => {
    const wire = await dialWebSocket(port);
    const lived = await keepSending(wire, () => wire.send(frame({ opcode: OPCODE.ping, payload: '.' })), PREAUTH_MS + SLACK_MS);
    expect(lived).toBeGreaterThan(PREAUTH_MS - 500);
  });

  test.each(Object.keys(floods))('who sends more than 4 KiB is closed at once: %s', async (kind) => {
    const wire = await dialWebSocket(port);
    const flood = floods[kind] ?? (() => Buffer.alloc(0));
    wire.send(flood());
    expect(await wire.untilClosed(SLACK_MS)).toBeLessThan(SLACK_MS);
  });

  test('who goes on sending after the close is cut off, not read for ever', async () => {
    const wire = await dialWebSocket(port);
    await keepSending(wire, () => wire.send(frame({ opcode: OPCODE.ping, payload: 'x'.repeat(120) })), PREAUTH_MS + SLACK_MS);
  });
});

const frames: Record<string, Buffer> = {
  'a binary frame': frame({ opcode: OPCODE.binary, payload: 'h1' }),
  'an unmasked frame': frame({ opcode: OPCODE.text, payload: '{}', isMasked: false }),
  'a declared length of 2^63 - 1': frame({ opcode: OPCODE.text, payload: 'x', declares: 2n ** 63n - 1n }),
  'a declared length of 2^64 - 1': frame({ opcode: OPCODE.text, payload: 'x', declares: 2n ** 64n - 1n }),
  'reserved bits': frame({ opcode: OPCODE.text, payload: '{}', reservedBits: 4 }),
  'an opcode that does not exist': frame({ opcode: 7, payload: '{}' }),
  'a continuation of nothing': frame({ opcode: OPCODE.continuation, payload: '{}' }),
  'a control frame in pieces': frame({ opcode: OPCODE.ping, payload: 'x', isLast: false }),
  'a ping of 126 bytes': frame({ opcode: OPCODE.ping, payload: 'x'.repeat(126) }),
  'text that is not UTF-8': frame({ opcode: OPCODE.text, payload: Buffer.from([0xc3, 0x28]) }),
  'a close code that may not be sent': frame({ opcode: OPCODE.close, payload: Buffer.from([0x03, 0xee]) }),
  'bytes that are no frame': Buffer.alloc(64, 0xff),
  'JSON that is no h1': frame({ opcode: OPCODE.text, payload: '{"type":"h2"}' }),
  'what is not JSON': frame({ opcode: OPCODE.text, payload: '\u0000\u0001' }),
  'an h1 of arrays nested a thousand deep': frame({ opcode: OPCODE.text, payload: '['.repeat(1_000) + ']'.repeat(1_000) }),
};

test('whatever breaks the protocol closes the socket, with nothing behind it read', async () => {
  const left = await Promise.all(
    Object.entries(frames).map(async ([kind, bytes]) => {
      const wire = await dialWebSocket(port);
      wire.send(bytes);
      return wire.untilClosed(SLACK_MS).then(() => [], () => [kind]);
    }),
  );
  expect(left.flat(), 'still open').toEqual([]);
});

const garbage: Record<string, string | Uint8Array> = {
  'random bytes': randomBytes(512),
  'a TLS hello': Buffer.from('16030100c8010000c40303', 'hex'),
  'a version of HTTP that does not exist': 'GET /healthz HTTP/9.9\r\n\r\n',
  'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
  'a method that does not exist': 'STEAL /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
  'a header without a name': 'GET /healthz HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n',
  'a NUL in a header': 'GET /healthz HTTP/1.1\r\nHost: a\r\nX: \u0000\r\n\r\n',
  'headers of 64 KiB': `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(65_536)}\r\n\r\n`,
  'two lengths': 'POST /v1/tenants HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
  'a length and chunks': 'POST /v1/tenants HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
  'a chunk of no length': 'POST /v1/agents/enroll HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'an upgrade without a key': upgradeRequest({ headers: ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'] }),
  'an upgrade to an old version': upgradeRequest({ headers: ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 7', 'Sec-WebSocket-Key: dGVzdA=='] }),
  'an upgrade to something else': upgradeRequest({ headers: ['Connection: Upgrade', 'Upgrade: h2c'] }),
};

test('whatever is not HTTP gets a coded answer or a closed connection', async () => {
  const wrong = await Promise.all(
    Object.entries(garbage).map(async ([kind, bytes]) => {
      const wire = await dialRaw(port);
      wire.send(bytes);
      const isCoded = () => /^HTTP\/1\.1 [45]\d\d [\s\S]*"code":"[a-z_]+"/.test(wire.received());
      await until(() => wire.isClosed() || isCoded(), SLACK_MS).catch(() => null);
      const isRefused = /^(HTTP\/1\.1 4\d\d |$)/.test(wire.received());
      return isCoded() || (wire.isClosed() && isRefused) ? [] : [`${kind}: ${JSON.stringify(wire.received().slice(0, 300))}`];
    }),
  );
  expect(wrong.flat()).toEqual([]);
});

test.each([
  ['/nowhere', '404', 'not_found'],
  ['/v1/tenants', '401', 'unauthenticated'],
  ['/v1/agents/connect/', '404', 'not_found'],
  ['/v1/agents/../agents/connect', '404', 'not_found'],
  ['/support/agents/agent_x/activate', '403', 'bad_ops_token'], // its ladder is asked, as it is without the offer
])('an upgrade on %s is an ordinary request: %s', async (path, status, code) => {
  const wire = await dialRaw(port);
  wire.send(upgradeRequest({ path }));
  await until(() => wire.received().includes('"code"'), SLACK_MS);
  expect(wire.received()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(wire.received()).toContain('application/problem+json');
  expect(wire.received()).toContain(`"code":"${code}"`);
});

/** Guarantee: nobody keeps a socket of ours by not closing theirs. */
test('who does not speak HTTP, and does not leave either, is put out', async () => {
  const COUNT = 50;
  const open = async () => (await readdir(`/proc/${world.api().pid}/fd`)).length;
  const before = await open();
  const answered = new Set<number>();
  const lingering = Array.from({ length: COUNT }, (_, i) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.on('data', () => answered.add(i));
    socket.write(i % 2 === 0 ? '\0\x01\r\n\r\n' : 'GET /v1/agents/connect HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    return socket;
  });
  await until(() => answered.size === COUNT, SLACK_MS);
  await until(async () => (await open()) < before + COUNT / 5, 8_000);
  for (const socket of lingering) socket.destroy();
});

test('sockets that are reset, half open or left alone in the middle of anything hold nobody up', async () => {
  const beginnings = ['', 'GET', 'GET /healthz HTTP/1.1\r\nHos', upgradeRequest().slice(0, -3), 'POST /v1/agents/enroll HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{'];
  const wires = await Promise.all(
    Array.from({ length: 200 }, async (_, n) => {
      const wire = await dialRaw(port);
      wire.send(beginnings[n % beginnings.length] ?? '');
      return wire;
    }),
  );
  for (const [n, wire] of wires.entries()) {
    if (n % 3 === 0) wire.socket.resetAndDestroy();
    if (n % 3 === 1) wire.socket.end(); // our half only
  }
  const asked = performance.now();
  expect((await world.get('/healthz')).status).toBe(200);
  expect(performance.now() - asked).toBeLessThan(patiently(1_000));
  for (const wire of wires) wire.socket.destroy();
});

test('one address cannot take all the places of unauthenticated sockets for longer than 5 s', async () => {
  const wires = await Promise.all(Array.from({ length: 300 }, () => dialWebSocket(port)));
  const refused = () => wires.filter((wire) => wire.received().includes('"connection_limit"'));
  await until(() => refused().length >= 40, SLACK_MS);
  await Promise.all(wires.map((wire) => wire.untilClosed(PREAUTH_MS + 2 * SLACK_MS)));
  world.proxy.cut(); // the machine of an owner behind the same address
  await world.untilOnline();
});

async function keepSending(wire: Awaited<ReturnType<typeof dialWebSocket>>, send: () => void, withinMs: number): Promise<number> {
  const closing = wire.untilClosed(withinMs);
  void closing.catch(() => null);
  for (const deadline = performance.now() + withinMs; !wire.isClosed() && performance.now() < deadline; await pause(50)) send();
  return closing;
}
