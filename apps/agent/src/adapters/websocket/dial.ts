import { FRAME_BYTES_MAX } from '@argus/protocol/frames.ts';
import { WebSocket } from 'ws';
import { HANDSHAKE_MS, type Dial } from '../../ports.ts';

export type Patience = {
  /** From the first packet until the protocol is switched. Counted once, so that what drips in does not prolong it. */
  readonly openMs: number;
  /** For a close to be answered. */
  readonly closeMs: number;
};
const PATIENCE: Patience = { openMs: HANDSHAKE_MS, closeMs: 2_000 };
const ALIVE_EVERY_MS = 20_000;
/** A server that does not read what it asked for does not get to fill our memory. */
const UNSENT_BYTES_MAX = 16 * 1_048_576;

/**
 * wss:// only, certificates always verified; plain ws:// to this very machine and nowhere else. Null when it is neither,
 * or when it names a user: nobody signs in there, and `https://ops.example@elsewhere` is meant to be misread.
 */
export function channelUrl(serverUrl: string): string | null {
  const url = URL.parse('/v1/agents/connect', serverUrl);
  if (!url || url.username !== '' || url.password !== '') return null;
  const isLoopback = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname);
  if (url.protocol === 'https:' || url.protocol === 'wss:') url.protocol = 'wss:';
  else if ((url.protocol === 'http:' || url.protocol === 'ws:') && isLoopback) url.protocol = 'ws:';
  else return null;
  return url.href;
}

export function webSocketDial(url: string, { openMs, closeMs }: Patience = PATIENCE): Dial {
  return (events) => {
    const options = {
      perMessageDeflate: false,
      maxPayload: FRAME_BYTES_MAX,
      closeTimeout: closeMs, // the types of ws do not know it yet
      followRedirects: false,
      rejectUnauthorized: true, // said out loud, NODE_TLS_REJECT_UNAUTHORIZED does not turn it off
    };
    const socket = new WebSocket(url, options);
    let why = 'closed';
    let isAlive = true;
    const opening = setTimeout(() => {
      why = 'the server does not finish the handshake';
      socket.terminate();
    }, openMs);
    // A line can be dead without being closed: if a ping stays unanswered, it is.
    const timer = setInterval(() => {
      if (!isAlive) {
        why = 'the server does not answer';
        return socket.terminate();
      }
      isAlive = false;
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, ALIVE_EVERY_MS);
    socket.on('pong', () => (isAlive = true));
    socket.on('open', () => {
      clearTimeout(opening);
      events.opened({
        send(text) {
          if (socket.readyState !== WebSocket.OPEN) return;
          if (socket.bufferedAmount > UNSENT_BYTES_MAX) {
            why = 'the server does not read';
            return socket.terminate();
          }
          socket.send(text);
        },
        close: (code, reason) => socket.close(code, reason),
        unsent: () => socket.bufferedAmount,
      });
    });
    socket.on('message', (data, isBinary) => {
      isAlive = true;
      if (isBinary) return socket.close(1003, 'text only');
      events.message((data as Buffer).toString('utf8')); // ws gives one Buffer per message by default
    });
    socket.on('error', (problem) => {
      if (why === 'closed') why = problem.message; // ours was there first
    });
    socket.on('close', (code, reason) => {
      clearTimeout(opening);
      clearInterval(timer);
      events.closed(reason.length > 0 ? reason.toString('utf8') : code === 1006 ? why : `${why} (${code})`);
    });
  };
}
