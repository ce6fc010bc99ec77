/**
 * A control plane that has gone over. It holds the passkey and the log key, so that what it says is sealed and signed as
 * well as anything an honest one says; and it decides for each connection what it does with it, down to the bytes.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { toBase64 } from '@argus/kit/bytes.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { envelopeKeys, opener, sealer, welcomeMac } from '@argus/keys/channel.ts';
import { parseUp, type DownFrame, type UpFrame } from '@argus/protocol/frames.ts';
import { parseHello, type Hello, type Welcome } from '@argus/protocol/handshake.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { WebSocket, WebSocketServer } from 'ws';
import { AGENT, INSTANCE, LOG_KEY, TENANT, type SignedLog } from '../../apps/agent/testing/signed-log.ts';
import { atTheEnd } from '../teardown.ts';
import { until } from '../until.ts';

export type Dialed = { readonly request: IncomingMessage; readonly socket: Socket; readonly head: Buffer };
/** What becomes of one dialed connection before there is a line. */
export type Door = (dialed: Dialed, plane: ControlPlane) => void;
export type ControlPlane = Awaited<ReturnType<typeof startControlPlane>>;
/** A connection on which both sides have proved the passkey. */
export type Line = ReturnType<typeof holdLine>;

export async function startControlPlane({ passkey, log }: { readonly passkey: Uint8Array; readonly log: SignedLog }) {
  const doors: Door[] = [];
  const lines: Line[] = [];
  const dials: number[] = [];
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 64 * 1_048_576 });
  const server = createServer((request, response) => enroll(request, response, { passkey, checkpoint: log.checkpoint() }));
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    dials.push(Date.now());
    (doors.shift() ?? letIn)({ request, socket, head }, plane);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atTheEnd(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const plane = {
    port,
    url: `http://127.0.0.1:${port}`,
    log,
    passkey,
    /** When each of them came. */
    dials: dials as readonly number[],
    lines,
    /** For the next connection, or the ones after it when there are more; without one, the agent is let in. */
    next: (...those: readonly Door[]): void => void doors.push(...those),
    accept(dialed: Dialed, then: (socket: WebSocket, h1: string) => void): void {
      sockets.handleUpgrade(dialed.request, dialed.socket, dialed.head, (socket) => {
        socket.on('error', () => socket.terminate());
        socket.once('message', (data: Buffer) => then(socket, data.toString('utf8')));
      });
    },
    welcome(socket: WebSocket, h1: string, over: WelcomeOver = {}): Line {
      const line = holdLine(socket, h1, { passkey, over });
      lines.push(line);
      return line;
    },
    /** The newest line, once there is one that lives and is none of those before. */
    line: (before: number, withinMs: number): Promise<Line> => until(() => (lines.length > before ? lines.findLast((line) => line.isOpen()) : null), withinMs),
  };
  return plane;
}

/** What an honest server would do. */
export const letIn: Door = (dialed, plane) => plane.accept(dialed, (socket, h1) => plane.welcome(socket, h1));

export type WelcomeOver = Partial<Omit<Welcome, 'type'>> & { readonly type?: string; readonly spoil?: (text: string) => string };

export function helloOf(h1: string): Hello {
  const hello = parseHello(h1);
  if (!hello.ok) throw new Error(`the agent said no h1: ${h1}`);
  return hello.value;
}

export function welcomeText(h1: string, passkey: Uint8Array, { spoil = (text) => text, ...over }: WelcomeOver = {}): string {
  const h2 = {
    v: 1 as const,
    connection: mustId('connection', `con_${'c'.repeat(20)}`),
    nonce_s: 'EBESExQVFhcYGRobHB0eHw',
    heartbeat_s: 15,
    max_frame: 524_288,
    server_time: isoTime(Date.now()),
    ...over,
  };
  return spoil(JSON.stringify({ type: 'h2', mac: welcomeMac(passkey, h2, helloOf(h1).nonce_a), ...h2 }));
}

function holdLine(socket: WebSocket, h1: string, { passkey, over }: { readonly passkey: Uint8Array; readonly over: WelcomeOver }) {
  const h2 = welcomeText(h1, passkey, over);
  const keys = envelopeKeys(passkey, h1, h2);
  const [seal, unseal] = [sealer(keys.down), opener(keys.up)];
  const heard: UpFrame[] = [];
  const listeners = new Set<() => void>();
  const sent: string[] = [];
  let isAnswering = true;
  const say = (text: string): void => {
    sent.push(text);
    if (sent.length > 64) sent.shift();
    socket.send(text);
  };
  const tell = (frame: DownFrame | string): void => say(seal(typeof frame === 'string' ? frame : JSON.stringify(frame)));
  socket.on('message', (data: Buffer) => {
    const frame = parseUp(unseal(data.toString('utf8')) ?? 'the seal does not open');
    if (!frame.ok) throw new Error('the agent said what no server could read');
    heard.push(frame.value);
    for (const listener of listeners) listener();
    if (frame.value.type === 'challenge' && isAnswering) tell({ type: 'tick', session: frame.value.session, epoch: 1, challenge: frame.value.challenge });
  });
  socket.send(h2);
  return {
    hello: helloOf(h1),
    h2,
    heard,
    /** The first frame that fits, from this one on; throws when it does not come. */
    async hear<T>(fits: (frame: UpFrame) => T | null | false | undefined, { since = 0, withinMs = ANSWER_MS } = {}): Promise<T> {
      const look = (): T | null => {
        for (const frame of heard.slice(since)) {
          const found = fits(frame);
          if (found !== null && found !== undefined && found !== false) return found;
        }
        return null;
      };
      let [found, enough] = [look(), () => {}];
      const late = AbortSignal.timeout(withinMs);
      while (found === null && !late.aborted) {
        const news = new Promise<void>((resolve) => (enough = resolve));
        listeners.add(enough);
        late.addEventListener('abort', enough, { once: true });
        await news;
        listeners.delete(enough);
        late.removeEventListener('abort', enough);
        found = look();
      }
      if (found === null) throw new Error(`the agent did not say within ${withinMs} ms: ${String(fits)}`);
      return found;
    },
    /** The last texts, as they went out. */
    sent: sent as readonly string[],
    seal,
    tell,
    /** A text that nobody sealed, or sealed before. */
    say,
    /** Bytes that need not be a frame. */
    bytes: (bytes: Uint8Array): void => void rawOf(socket).write(bytes),
    raw: rawOf(socket),
    socket,
    answerChallenges: (whether: 'answer' | 'be_silent'): void => void (isAnswering = whether === 'answer'),
    isOpen: () => socket.readyState === WebSocket.OPEN,
    /** Until all that was said has been read at the other end. */
    async fence(): Promise<void> {
      const over = new AbortController();
      const { signal } = over;
      const first = Promise.race([once(socket, 'pong', { signal }), once(socket, 'close', { signal })]);
      socket.ping();
      await first;
      over.abort(); // nobody listens on for the other
    },
    /** Until all that was said has left this process. */
    drained: () => until(() => socket.bufferedAmount === 0, 20_000).catch(() => false),
  };
}

const ANSWER_MS = 5_000;

/** ws has no public way to the socket below. */
const rawOf = (socket: WebSocket): Socket => (socket as unknown as { readonly _socket: Socket })._socket;

function enroll(request: IncomingMessage, response: ServerResponse, { passkey, checkpoint }: { readonly passkey: Uint8Array; readonly checkpoint: string }): void {
  request.resume();
  const answer = { instance: INSTANCE, tenant_id: TENANT, agent_id: AGENT, passkey: toBase64(passkey), log_public_key: LOG_KEY.publicKeyText, checkpoint };
  request.on('end', () => response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(answer)));
}
