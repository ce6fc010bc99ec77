/** The floor: bare ws, no product. `server` forwards each message to the one echoing peer, with or without two fsynced inserts. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool, type PoolConfig } from 'pg';
import { WebSocket, WebSocketServer } from 'ws';
import { textOf } from './round-trips.ts';
import { answerMeasurements } from './measured-process.ts';

type Order = { readonly role: 'server' | 'peers'; readonly url?: string; readonly database?: PoolConfig };
const DIAL_AT_ONCE = 100;
const order = JSON.parse(process.argv[2] ?? '{}') as Order;

async function serve(): Promise<void> {
  const pool = order.database && new Pool({ ...order.database, max: 12 });
  const insert = async (what: string) => {
    await pool?.query('INSERT INTO floor (what) VALUES ($1)', [what]);
  };
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false });
  const server = createServer();
  let peer: WebSocket | null = null;
  let idle = 0;
  const waiting = new Map<string, (text: string) => void>();
  let next = 0;
  server.on('upgrade', (req, socket, head) =>
    sockets.handleUpgrade(req, socket, head, (ws) => {
      if (req.url === '/idle') return void (idle += 1);
      if (req.url === '/peer') {
        peer = ws;
        return void ws.on('message', (data) => {
          const text = textOf(data);
          const tag = text.slice(0, 12);
          waiting.get(tag)?.(text.slice(12));
          waiting.delete(tag);
        });
      }
      const isDurable = req.url === '/durable';
      ws.on('message', (data) => void forward(ws, textOf(data), isDurable));
    }),
  );
  async function forward(from: WebSocket, text: string, isDurable: boolean): Promise<void> {
    if (isDurable) await insert(text);
    const tag = String(next++).padStart(12, '0');
    const back = new Promise<string>((resolve) => waiting.set(tag, resolve));
    peer?.send(tag + text);
    const answer = await back;
    if (isDurable) await insert(answer);
    from.send(answer);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  answerMeasurements({ idle: () => idle }, async () => {
    await pool?.end();
    server.closeAllConnections();
  });
  process.send?.({ ready: { port: (server.address() as AddressInfo).port } });
}

function open(path: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`${order.url}${path}`, { perMessageDeflate: false });
    ws.once('open', () => resolve(ws)).once('error', reject);
  });
}

async function peers(): Promise<void> {
  const echo = await open('/peer');
  echo.on('message', (data) => echo.send(textOf(data)));
  process.on('message', (message) => {
    if (typeof message !== 'object' || message === null || !('dial' in message)) return;
    const { from, to } = message.dial as { from: number; to: number };
    const started = performance.now();
    let left = to - from;
    const dialOn = async () => {
      while (left-- > 0) await open('/idle');
    };
    void Promise.all(Array.from({ length: DIAL_AT_ONCE }, dialOn)).then(() => process.send?.({ answer: performance.now() - started }));
  });
  answerMeasurements({}, async () => undefined);
  process.send?.({ ready: {} });
}

await (order.role === 'server' ? serve() : peers());
