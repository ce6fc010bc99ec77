/**
 * The floors: bare ws, no product. `server` forwards each message to the one peer, which echoes it: as it is, with two
 * fsynced inserts, or with the evidence, which is everything the promises of Argus ask of any program that keeps them
 * and nothing else: who asks is looked up, the entry and its two audit rows are committed with a signed checkpoint
 * before and after the act, the other side verifies, notes durably what it saw, and signs.
 */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { closeSync, constants, openSync, rmSync, write } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool, type PoolConfig } from 'pg';
import { WebSocket, WebSocketServer } from 'ws';
import { textOf } from './round-trips.ts';
import { answerMeasurements } from './measured-process.ts';

type Order = { readonly role: 'server' | 'peers'; readonly url?: string; readonly database?: PoolConfig; readonly notes?: string };
const DIAL_AT_ONCE = 100;
const EVIDENCE_TABLES = ['audit', 'event', 'leaf', 'node', 'checkpoint'];
/** One statement, five tables, two unique indexes on the widest: as few as the record can do with. */
const EVIDENCE = {
  name: 'evidence',
  text: `WITH ${EVIDENCE_TABLES.slice(1).map((table) => `${table} AS (INSERT INTO floor_${table} (id, what) VALUES ($1, $2))`).join(', ')}
         INSERT INTO floor_audit (id, what) VALUES ($1, $2)`,
};
const LOOK = { name: 'look', text: 'SELECT a.what, b.what AS other FROM floor_who a, floor_who b WHERE a.id = $1 AND b.id = $2' };
const keys = generateKeyPairSync('ed25519'); // whose does not matter here, only what it costs
const signed = (text: string) => sign(null, Buffer.from(text), keys.privateKey);
const order = JSON.parse(process.argv[2] ?? '{}') as Order;

async function serve(): Promise<void> {
  const pool = order.database && new Pool({ ...order.database, max: 12 });
  const insert = async (what: string) => {
    await pool?.query('INSERT INTO floor (what) VALUES ($1)', [what]);
  };
  let entries = 0;
  const append = async (what: string) => {
    const seal = signed(what);
    await pool?.query({ ...EVIDENCE, values: [entries++, `${what}${seal.toString('base64')}`] });
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
      const kind = req.url === '/durable' || req.url === '/evidence' ? req.url : '/echo';
      ws.on('message', (data) => void forward(ws, textOf(data), kind));
    }),
  );
  async function forward(from: WebSocket, text: string, kind: '/echo' | '/durable' | '/evidence'): Promise<void> {
    if (kind === '/evidence') await pool?.query({ ...LOOK, values: [1, 2] });
    const record = kind === '/evidence' ? append : insert;
    if (kind !== '/echo') await record(text);
    const tag = (kind === '/evidence' ? 'e' : 'p') + String(next++).padStart(11, '0');
    const back = new Promise<string>((resolve) => waiting.set(tag, resolve));
    peer?.send(tag + text);
    const answer = await back;
    if (kind === '/evidence' && !verify(null, Buffer.from(answer), keys.publicKey, signed(answer))) throw new Error('a signature of our own is bad');
    if (kind !== '/echo') await record(answer);
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
  const notes = order.notes ?? '';
  const { O_APPEND, O_CREAT, O_DSYNC, O_WRONLY } = constants;
  const file = openSync(notes, O_WRONLY | O_APPEND | O_CREAT | O_DSYNC);
  echo.on('message', (data) => {
    const text = textOf(data);
    if (!text.startsWith('e')) return echo.send(text);
    const isGood = verify(null, Buffer.from(text), keys.publicKey, signed(text));
    write(file, `${text}\n`, () => {
      if (isGood) echo.send(text);
    });
  });
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
  answerMeasurements({}, async () => {
    closeSync(file);
    rmSync(notes);
  });
  process.send?.({ ready: {} });
}

await (order.role === 'server' ? serve() : peers());
