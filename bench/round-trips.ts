import { Agent, request } from 'node:http';
import { WebSocket, type RawData } from 'ws';

export type Latency = { readonly p50Ms: number; readonly p99Ms: number; readonly perSecond: number };
/** ws gives one Buffer per message by default. */
export const textOf = (data: RawData): string => (data as Buffer).toString('utf8');
export type OneTrip = () => Promise<void>;

/** `total` trips, `concurrency` of them under way at any time. The first tenth warms up and does not count. */
export async function measureTrips(trip: OneTrip, { total, concurrency }: { total: number; concurrency: number }): Promise<Latency> {
  const run = async (trips: number): Promise<{ took: number[]; wallMs: number }> => {
    const took: number[] = [];
    let left = trips;
    const started = performance.now();
    const worker = async () => {
      while (left-- > 0) {
        const from = performance.now();
        await trip();
        took.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return { took, wallMs: performance.now() - started };
  };
  await run(Math.ceil(total / 10));
  const { took, wallMs } = await run(total);
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), perSecond: took.length / (wallMs / 1_000) };
}

/** One command of one session over HTTP with connections kept open. */
export function commandTrip(port: number, { path, headers, body }: { path: string; headers: Record<string, string>; body: string }): OneTrip {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return () =>
    new Promise<void>((resolve, reject) => {
      const req = request({ host: '127.0.0.1', port, path, agent, method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        res.on('end', () => (res.statusCode === 200 ? resolve() : reject(new Error(`${res.statusCode} ${text}`))));
      });
      req.on('error', reject);
      req.end(body);
    });
}

/** The same over bare ws; answers come back in order of the peer, matched by a number in front. */
export async function echoTrip(url: string): Promise<{ trip: OneTrip; close: () => void }> {
  const ws = new WebSocket(url, { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => void ws.once('open', () => resolve()).once('error', reject));
  const waiting = new Map<string, () => void>();
  let next = 0;
  ws.on('message', (data) => {
    const tag = textOf(data).slice(0, 12);
    waiting.get(tag)?.();
    waiting.delete(tag);
  });
  const padding = 'x'.repeat(200); // about what a ping and its frame carry in words
  const trip = () =>
    new Promise<void>((resolve) => {
      const tag = String(next++).padStart(12, '0');
      waiting.set(tag, resolve);
      ws.send(tag + padding);
    });
  return { trip, close: () => ws.close() };
}

/** A GET whose path is another one each time. */
export function readTrip(port: number, path: () => string, pat: string): OneTrip {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return () =>
    new Promise<void>((resolve, reject) => {
      const req = request({ host: '127.0.0.1', port, path: path(), agent, headers: { authorization: `Bearer ${pat}` } }, (res) => {
        res.resume();
        res.on('end', () => (res.statusCode === 200 ? resolve() : reject(new Error(`${res.statusCode}`))));
      });
      req.on('error', reject).end();
    });
}
