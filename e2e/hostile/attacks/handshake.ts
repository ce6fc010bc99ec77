/** Before there is a line: what a server can do to an agent that dials it. Each has a machine of its own, since some of it puts the agent off for minutes. */
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import type { WebSocket } from 'ws';
import { frame, OPCODE } from '../../raw-wire.ts';
import { atTheEnd } from '../../teardown.ts';
import { until } from '../../until.ts';
import { welcomeText, type Dialed, type Door, type WelcomeOver } from '../control-plane.ts';
import type { Fight } from '../fight.ts';
import type { Trial } from '../trial.ts';

type Patience = readonly [leastMs: number, mostMs: number];
const SOON: Patience = [1_000, 75_000];
/** Five minutes: this server is not the one whose passkey we hold, or does not want us. */
const MINUTES: Patience = [300_000, 400_000];
const A_DAY: Patience = [86_400_000, 1.21 * 86_400_000];
/** The 10 s in which an answer has to come; a line that is open and says nothing is given up after 40 s. */
const WITHIN_MS = 55_000;
/** Timers of Node.js may be early by a little. */
const CLOCK_MS = 50;

const accepted = ({ request }: Dialed, more: readonly string[] = []): string => {
  const key = createHash('sha1').update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n${more.map((line) => `${line}\r\n`).join('')}\r\n`;
};
const http = (text: string): Door => ({ socket }) => void socket.write(text);
const upgraded = (...more: readonly string[]): Door => (dialed) => void dialed.socket.write(accepted(dialed, more));
const answered = (answer: (h1: string, passkey: Uint8Array) => string | readonly string[]): Door => (dialed, plane) =>
  plane.accept(dialed, (socket, h1) => [answer(h1, plane.passkey)].flat().forEach((text) => socket.send(text)));
const welcomed = (over: WelcomeOver) => answered((h1, passkey) => welcomeText(h1, passkey, over));
const refused = (refusal: object) => answered(() => JSON.stringify({ type: 'refused', ...refusal }));
const bytesAfter = (bytes: Uint8Array): Door => (dialed) => void dialed.socket.write(Buffer.concat([Buffer.from(accepted(dialed)), bytes]));

/** Goes on and on, until the other side has had enough. */
const dripping = (first: (dialed: Dialed) => string, drip: string, everyMs: number): Door => (dialed) => {
  dialed.socket.write(first(dialed));
  const timer = setInterval(() => dialed.socket.write(drip), everyMs);
  dialed.socket.on('close', () => clearInterval(timer));
  atTheEnd(() => clearInterval(timer));
};

/** Those that take longest stand first. */
const DOORS: Readonly<Record<string, readonly [door: Door, patience: Patience]>> = {
  'says a frame of 64 MiB before h2': [bytesAfter(Buffer.concat([frame({ opcode: OPCODE.text, payload: 'x'.repeat(1_000), declares: 67_108_864n, isMasked: false }), Buffer.alloc(4_194_304)])), SOON],
  'drips pings and never answers h1': [dripping((dialed) => accepted(dialed), '\u0089\u0000', 250), SOON],
  'drips an h2 without an end': [dripping((dialed) => accepted(dialed), '\u0001\u0000', 250), SOON],
  'drips headers without an end': [dripping(() => 'HTTP/1.1 101 Switching Protocols\r\n', 'X: y\r\n', 250), SOON],
  'never answers h1': [upgraded(), SOON],
  'never answers the upgrade': [() => undefined, SOON],
  'answers the upgrade with 401': [http('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'), SOON],
  'answers the upgrade with a page': [http('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage'), SOON],
  'answers the upgrade with 100 Continue and nothing more': [({ socket }) => void socket.end('HTTP/1.1 100 Continue\r\n\r\n'), SOON],
  'answers with what is not HTTP': [http('220 smtp.example ESMTP\r\n'), SOON],
  'answers with headers of a megabyte': [http(`HTTP/1.1 101 Switching Protocols\r\nX: ${'x'.repeat(1_048_576)}\r\n\r\n`), SOON],
  'answers with a hundred thousand headers': [http(`HTTP/1.1 101 Switching Protocols\r\n${'X: y\r\n'.repeat(100_000)}\r\n`), SOON],
  'hangs up': [({ socket }) => socket.destroy(), SOON],
  'accepts with a wrong key': [http('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n'), SOON],
  'accepts another protocol': [upgraded('Sec-WebSocket-Protocol: shell'), SOON],
  'offers compression': [upgraded('Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=15'), SOON],
  'offers an extension nobody knows': [upgraded('Sec-WebSocket-Extensions: exec; cmd="id"'), SOON],
  'says a compressed frame before h2': [bytesAfter(frame({ opcode: OPCODE.text, payload: 'x', reservedBits: 4, isMasked: false })), SOON],
  'says an h2 without proof': [welcomed({ mac: `${'A'.repeat(43)}=` }), MINUTES],
  'proves another passkey': [answered((h1) => welcomeText(h1, new Uint8Array(32).fill(1))), MINUTES],
  'proves it for another nonce': [answered((h1, passkey) => welcomeText(h1.replace(/"nonce_a":"[^"]+"/, `"nonce_a":"${'A'.repeat(22)}"`), passkey)), MINUTES],
  'reflects h1': [answered((h1) => h1), SOON],
  'reflects h1 as h2': [answered((h1) => h1.replace('"h1"', '"h2"')), SOON],
  'changes the heartbeat after proving': [welcomed({ spoil: (text) => text.replace('"heartbeat_s":15', '"heartbeat_s":1') }), MINUTES],
  'changes the size of frames after proving': [welcomed({ spoil: (text) => text.replace('524288', '9007199254740991') }), MINUTES],
  'wants a heartbeat every 0 s': [welcomed({ heartbeat_s: 0 }), SOON],
  'wants a heartbeat every 1e308 s': [welcomed({ heartbeat_s: 1e308 }), SOON],
  'speaks version 0 of the handshake': [welcomed({ v: 0 as 1 }), SOON],
  'speaks version 2 of the handshake': [welcomed({ v: 2 as 1 }), SOON],
  'says an h2 with a prototype': [welcomed({ spoil: (text) => text.replace('{', '{"__proto__":{"mac":""},').replace(/"mac":"[^"]+",/, '') }), SOON],
  'says an h2 that is a list': [welcomed({ spoil: (text) => `[${text}]` }), SOON],
  'says a connection with | in it': [welcomed({ connection: 'con_|' as never }), SOON],
  'says an activation instead of h2': [answered(() => '{"type":"activate"}'), SOON],
  'refuses the version, and wants to be asked again at once': [refused({ code: 'UPDATE_REQUIRED', protocol: 1, floor: 999, retry_after_s: 1 }), MINUTES],
  'refuses the version, with an address to update from': [refused({ code: 'UPDATE_REQUIRED', protocol: 1, floor: 2, url: 'http://127.0.0.1:1/update.sh', command: 'curl | sh' }), MINUTES],
  'refuses for 1e9 s': [refused({ code: 'UPDATE_REQUIRED', retry_after_s: 1e9 }), SOON],
  'refuses for a day': [refused({ code: 'rate_limited', retry_after_s: 86_400 }), A_DAY],
  'refuses for -1 s': [refused({ code: 'handshake_refused', retry_after_s: -1 }), SOON],
  'refuses the clock, with a time of its own': [refused({ code: 'clock_skew', server_time: '1970-01-01T00:00:00.000Z' }), MINUTES],
  'refuses with words for a terminal': [refused({ code: '\u001b[2J\u202e\u0000"}\n{"what":"started"' }), MINUTES],
};

export const HANDSHAKE_TRIALS: readonly Trial[] = [
  ...Object.entries(DOORS).map(([what, [door, patience]]): Trial => ({ name: `a server that ${what}`, ...(patience === SOON && { ends: 'soon' }), run: (fight) => turnedAway(fight, door, patience) })),
  ...[301, 302, 308].map((status): Trial => ({ name: `a server that redirects the upgrade with ${status}`, ends: 'soon', run: (fight) => redirected(fight, status) })),
  { name: 'a server that replays the whole of an old line, its h2 first', run: replayed },
];

/** It dials, is treated so, and waits as long as it ought to; what it said before is h1 and no more. */
async function turnedAway(fight: Fight, door: Door, [leastMs, mostMs]: Patience): Promise<readonly string[]> {
  const dials = fight.plane.dials.length;
  let said: () => string = () => '';
  await fight.startWith((dialed, plane) => {
    said = listenTo(dialed.socket);
    door(dialed, plane);
  });
  const note = await until(() => fight.notes('disconnected')[0], WITHIN_MS).catch(() => null);
  if (note === null) return [`it is still there after ${WITHIN_MS} ms`];
  const wait = Number(note['retry_in_ms']);
  const problems: string[] = [];
  if (wait < leastMs || wait > mostMs) problems.push(`it wants to come back in ${wait} ms`);
  const next = fight.plane.dials[dials + 1]; // by now it may be back already
  if (next !== undefined && next < Date.parse(String(note['at'])) + wait - CLOCK_MS) problems.push('it came back too soon');
  if (fight.notes('connected').some((one) => String(one['at']) < String(note['at']))) problems.push('it took that for a line');
  if (Buffer.byteLength(said()) > 2_000) problems.push(`it said ${Buffer.byteLength(said())} bytes to somebody who proved nothing`);
  return problems;
}

function listenTo(socket: Socket): () => string {
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  return () => text;
}

async function redirected(fight: Fight, status: number): Promise<readonly string[]> {
  let visits = 0;
  const elsewhere = createServer((socket) => {
    visits++;
    socket.destroy();
  });
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  atTheEnd(() => elsewhere.close());
  const { port } = elsewhere.address() as AddressInfo;
  const problems = await turnedAway(fight, http(`HTTP/1.1 ${status} Elsewhere\r\nLocation: ws://127.0.0.1:${port}/v1/agents/connect\r\nContent-Length: 0\r\n\r\n`), SOON);
  return visits > 0 ? [...problems, 'it went there'] : problems;
}

async function replayed(fight: Fight): Promise<readonly string[]> {
  await fight.startWith();
  await fight.stand('awake');
  for (let n = 0; n < 3; n++) fight.line().tell(fight.command('agent_info'));
  const { h2, sent } = fight.line();
  const texts = [h2, ...sent];
  await fight.stop();
  return turnedAway(fight, (dialed, plane) => plane.accept(dialed, (socket: WebSocket) => texts.forEach((text) => socket.send(text))), MINUTES);
}
