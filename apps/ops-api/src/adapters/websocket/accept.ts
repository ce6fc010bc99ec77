import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemClock } from '@argus/kit/clock.ts';
import { FRAME_BYTES_MAX } from '@argus/protocol/frames.ts';
import { PREAUTH_BYTES } from '@argus/protocol/handshake.ts';
import { WebSocketServer, type WebSocket } from 'ws';
import type { WireEvents, Wire } from '../../agents/wire.ts';
import { CLOSE } from '../../agents/wire.ts';
import { isAgentUpgrade } from '../../http/agent-upgrade.ts';
import { refuseRaw } from '../../http/refuse-raw.ts';

/**
 * WebSockets of agents on the HTTP server. Compression stays off: it costs tens of kilobytes per agent and makes the
 * length of secrets visible. ws has no limit per socket, so bytes are counted until the agent has proved itself.
 */
/** An agent reads slowly, or not at all: what piles up for it is bounded. */
const BACKLOG_BYTES_MAX = 8 * 1_048_576;

export type AcceptDeps = {
  readonly accept: (wire: Wire) => WireEvents & { isAuthenticated(): boolean };
  readonly addressOf: (req: IncomingMessage) => string;
  readonly newRequestId: () => string;
  /** A browser brought its cookie along, from a page that is not ours. */
  readonly isForeignPage?: (req: Pick<IncomingMessage, 'headers'>) => boolean;
};

export function acceptAgents(server: Server, deps: AcceptDeps): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false, maxPayload: FRAME_BYTES_MAX });

  const refuse = (socket: Duplex, code: 'not_found' | 'malformed_request' | 'foreign_origin') =>
    refuseRaw(socket, { code, requestId: deps.newRequestId(), after: systemClock.after });

  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (!isAgentUpgrade(req)) return refuse(socket, 'not_found');
    if (deps.isForeignPage?.(req) === true) return refuse(socket, 'foreign_origin');
    sockets.handleUpgrade(req, socket, head, (ws) => attach(ws, req, deps));
  });
  // What is not a proper upgrade gets a coded answer like everything else.
  sockets.on('wsClientError', (_problem, socket) => refuse(socket, 'malformed_request'));
  return { close: () => sockets.close() };
}

/** How long a peer has to answer a close. It is not listened to any more, so being busy does not help it. */
const CLOSE_MS = 2_000;

function attach(ws: WebSocket, req: IncomingMessage, deps: AcceptDeps): void {
  const { socket } = req;
  let isShut = false;
  const shut = (code: number, reason: string): void => {
    if (isShut) return;
    isShut = true;
    ws.close(code, reason);
    const timer = setTimeout(() => ws.terminate(), CLOSE_MS);
    ws.once('close', () => clearTimeout(timer));
  };
  let unsent = 0; // messages; each is told to us again, also when it was lost with the socket
  const waiting: (() => void)[] = [];
  const bytesBefore = socket.bytesRead;
  const events = deps.accept({
    address: deps.addressOf(req),
    send(text) {
      if (ws.readyState !== ws.OPEN) return;
      if (ws.bufferedAmount > BACKLOG_BYTES_MAX) return ws.terminate();
      unsent++;
      ws.send(text, () => {
        unsent--;
        if (unsent === 0) for (const go of waiting.splice(0)) go();
      });
    },
    drained: () => (unsent === 0 || ws.readyState === ws.CLOSED ? Promise.resolve() : new Promise((go) => void waiting.push(go))),
    close: shut,
  });
  const count = () => {
    if (events.isAuthenticated()) return void socket.off('data', count);
    if (socket.bytesRead - bytesBefore > PREAUTH_BYTES) shut(CLOSE.policy, 'handshake_refused');
  };
  socket.on('data', count);
  ws.on('message', (data, isBinary) => {
    if (isShut) return;
    if (isBinary) return shut(1003, 'text only');
    events.message((data as Buffer).toString('utf8')); // ws gives one Buffer per message by default
  });
  ws.on('error', () => ws.terminate());
  ws.on('close', () => {
    for (const go of waiting.splice(0)) go();
    events.closed();
  });
}
