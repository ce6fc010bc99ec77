import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connections } from '../adapters/postgres/connections.ts';
import { openPool, patiently } from './pools.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

const message = (type: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};
const LET_IN = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]);
const GOING_DOWN = message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'));

/** Lets everybody in, and says in the same breath that it goes down. */
async function dyingServer(): Promise<ReturnType<typeof openPool>> {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([LET_IN, GOING_DOWN])));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return openPool({ connection: { host: '127.0.0.1', port, user: 'argus_runtime', password: 'x', database: 'argus', ssl: false }, max: 1, say: () => undefined });
}

/** Guarantee: no moment at which a database may die ends our own process. */
test.each([
  ['a commit', (pool: ReturnType<typeof openPool>) => connections(pool).use((client) => client.query('SELECT 1'))],
  ['a patient question', (pool: ReturnType<typeof openPool>) => patiently(pool, { text: 'SELECT 1' })],
  ['a question', (pool: ReturnType<typeof openPool>) => pool.query('SELECT 1')],
])('a server that goes down while it lets us in fails %s, and nothing else', async (_what, work) => {
  const pool = await dyingServer();
  await expect(work(pool)).rejects.toThrow();
  await pool.end();
});

test('a client that is out of the pool may tell of its end when nobody listens', async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(LET_IN));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pool = openPool({ connection: { host: '127.0.0.1', port, user: 'argus_runtime', password: 'x', database: 'argus', ssl: false }, max: 1, say: () => undefined });
  const client = await pool.connect();
  expect(() => client.emit('error', new Error('terminating connection due to administrator command'))).not.toThrow();
  client.release(true);
  await pool.end();
});
