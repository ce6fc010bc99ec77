import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { scratch } from '../../../testing/scratch.ts';
import { askDaemon } from './ask.ts';
import { askingServer, CALLERS_MAX, LINE_BYTES_MAX, tellingServer } from './line-server.ts';
import { claimRunDir, isListening, listenIn, SOCKETS, type SocketName } from './run-dir.ts';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

async function listening(server: Server, socket: SocketName = 'off', folder = join(scratch(), 'run')): Promise<string> {
  await claimRunDir(folder);
  closers.push(await listenIn(folder, socket, server));
  return folder;
}
const pathOf = (folder: string, socket: SocketName = 'off') => join(folder, SOCKETS[socket].name);
const ends = (socket: Socket) => new Promise<string>((resolve) => {
  let heard = '';
  socket.on('data', (bytes) => (heard += bytes.toString('utf8')));
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(heard));
});

test('who asks what is in the table is answered, and nobody else', async () => {
  let times = 0;
  const folder = await listening(askingServer({ off: () => ({ times: ++times }) }));
  expect(await askDaemon(folder, 'off', 'off')).toEqual({ ok: true, value: { times: 1 } });
  for (const word of ['on', 'toString', '__proto__', 'constructor', '']) expect(await askDaemon(folder, 'off', word)).toEqual({ ok: false, error: 'refused' });
  expect(times).toBe(1);
});

test('the sockets have their modes from the first moment on, in a folder that others cannot enter', async () => {
  const folder = await listening(askingServer({}), 'off');
  closers.push(await listenIn(folder, 'owner', askingServer({})));
  expect(lstatSync(folder).mode & 0o777).toBe(0o750);
  expect(lstatSync(pathOf(folder, 'off')).mode & 0o777).toBe(0o660);
  expect(lstatSync(pathOf(folder, 'owner')).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).toSorted()).toEqual(['off.sock', 'owner.sock']); // and nothing is left of how it was done
});

test('the socket of a dead daemon is replaced, that of a live one is not', async () => {
  const folder = await listening(askingServer({ off: () => ({ me: 1 }) }), 'status');
  await expect(claimRunDir(folder)).rejects.toThrow('An argus-agent runs here already');
  expect(existsSync(pathOf(folder, 'status'))).toBe(true);
  const dead = join(scratch(), 'run');
  mkdirSync(dead, { mode: 0o750 });
  const earlier = createServer().listen(join(dead, 'elsewhere.sock'));
  await new Promise((done) => earlier.once('listening', done));
  renameSync(join(dead, 'elsewhere.sock'), pathOf(dead, 'status'));
  await new Promise((done) => earlier.close(done));
  expect(existsSync(pathOf(dead, 'status'))).toBe(true);
  expect(await isListening(dead)).toBe(false);
  await claimRunDir(dead);
  closers.push(await listenIn(dead, 'status', askingServer({ off: () => ({ me: 2 }) })));
  expect(await askDaemon(dead, 'status', 'off')).toMatchObject({ value: { me: 2 } });
});

test('a folder that is somebody else’s file, or open to others, is refused or closed', async () => {
  const file = join(scratch(), 'run');
  writeFileSync(file, '');
  await expect(claimRunDir(file)).rejects.toThrow();
  const open = join(scratch(), 'run');
  mkdirSync(open);
  chmodSync(open, 0o777);
  await claimRunDir(open);
  expect(lstatSync(open).mode & 0o777).toBe(0o750);
});

test('a path longer than the kernel takes works all the same', async () => {
  const deep = join(scratch(), 'd'.repeat(120), 'e'.repeat(120));
  mkdirSync(deep, { recursive: true });
  const folder = await listening(askingServer({ off: () => ({ heard: true }) }), 'off', join(deep, 'run'));
  expect(await askDaemon(folder, 'off', 'off')).toMatchObject({ value: { heard: true } });
});

/** Who may connect: the kernel says so, by the modes. Only root can be somebody else for a moment. */
test.runIf(process.getuid?.() === 0)('the group may see and switch off, and only the owner switches on; others reach nothing', async () => {
  const outside = mkdtempSync('/tmp/argus-run-');
  chmodSync(outside, 0o755);
  const folder = await listening(askingServer({ off: () => ({ off: true }) }), 'off', join(outside, 'run'));
  closers.push(await listenIn(folder, 'owner', askingServer({ on: () => ({ on: true }) })), () => rmSync(outside, { recursive: true, force: true }));
  const groups = process.getgroups?.() ?? [];
  const as = async <T>(gid: number, ask: () => Promise<T>): Promise<T> => {
    process.setgroups?.([]);
    process.setegid?.(gid);
    process.seteuid?.(65_534);
    try {
      return await ask();
    } finally {
      process.seteuid?.(0);
      process.setegid?.(0);
      process.setgroups?.(groups);
    }
  };
  const both = async () => [await askDaemon(folder, 'off', 'off'), await askDaemon(folder, 'owner', 'on')];
  expect(await both()).toMatchObject([{ value: { off: true } }, { value: { on: true } }]);
  expect(await as(0, both)).toMatchObject([{ value: { off: true } }, { ok: false, error: 'forbidden' }]);
  expect(await as(65_534, both)).toMatchObject([{ ok: false, error: 'forbidden' }, { ok: false, error: 'forbidden' }]);
});

/** Guarantee: nobody on this machine can stall the daemon, fill its memory, or turn anything on by talking nonsense. */
test.each<[string, Buffer | string]>([
  ['a line that never ends', Buffer.alloc(1_048_576, 'x')],
  ['a line one byte too long', `{"ask":"off","and":"${'x'.repeat(LINE_BYTES_MAX)}"}\n`],
  ['what is no JSON', 'off\n'],
  ['JSON of another shape', '["off"]\n'],
  ['null', 'null\n'],
  ['a word that is no text', '{"ask":["off"]}\n'],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0, 10])],
  ['only a line feed', '\n'],
  ['deep JSON', `${'['.repeat(1_000)}\n`],
])('%s is cut off, and does nothing', async (_, said) => {
  let times = 0;
  const folder = await listening(askingServer({ off: () => ({ times: ++times }) }));
  const caller = connect(pathOf(folder));
  const heard = ends(caller);
  caller.write(said);
  const from = performance.now();
  expect(await heard).toBe('');
  expect(performance.now() - from).toBeLessThan(1_500); // at once, not when its time was up
  expect(times).toBe(0);
  expect(await askDaemon(folder, 'off', 'off')).toMatchObject({ value: { times: 1 } });
});

test('who only connects turns nothing off', async () => {
  let times = 0;
  const folder = await listening(askingServer({ off: () => ({ times: ++times }) }));
  const caller = connect(pathOf(folder));
  await new Promise((done) => caller.once('connect', done));
  caller.destroy();
  expect(await askDaemon(folder, 'off', 'nothing')).toMatchObject({ ok: false });
  expect(times).toBe(0);
});

test('a hundred silent callers leave room for the one who asks: the oldest go', async () => {
  const server = askingServer({ off: () => ({ off: true }) });
  const folder = await listening(server);
  const silent = Array.from({ length: 100 }, () => connect(pathOf(folder)));
  const gone = silent.map(ends);
  expect(await askDaemon(folder, 'off', 'off')).toMatchObject({ value: { off: true } });
  const held = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  expect(held).toBeLessThanOrEqual(CALLERS_MAX);
  for (const socket of silent) socket.destroy();
  await Promise.all(gone);
});

test('an answer that throws is no answer, and the next caller has one', async () => {
  let times = 0;
  const folder = await listening(
    askingServer({
      off: () => {
        if (times++ === 0) throw new Error('a bug');
        return { times };
      },
    }),
  );
  expect(await askDaemon(folder, 'off', 'off')).toEqual({ ok: false, error: 'refused' });
  expect(await askDaemon(folder, 'off', 'off')).toMatchObject({ value: { times: 2 } });
});

test('the status is told at once and whenever it changes; who speaks there is cut off, who does not read is dropped', async () => {
  let status = 'one';
  const telling = tellingServer(() => status);
  const folder = await listening(telling.server, 'status');
  const reader = connect(pathOf(folder, 'status'));
  const lines: string[] = [];
  reader.setEncoding('utf8').on('data', (text: string) => void lines.push(text));
  await expect.poll(() => lines.join('')).toBe('one\n');
  const loud = connect(pathOf(folder, 'status'));
  const cut = ends(loud);
  loud.write('{"ask":"off"}\n');
  await cut;
  status = 'two';
  telling.tell();
  await expect.poll(() => lines.join('')).toBe('one\ntwo\n');
  const deaf = connect(pathOf(folder, 'status'));
  deaf.pause();
  await new Promise((done) => deaf.once('connect', done));
  status = 'x'.repeat(10_000);
  for (let i = 0; i < 200; i++) telling.tell();
  const held = () => new Promise<number>((resolve) => telling.server.getConnections((_, count) => resolve(count)));
  await expect.poll(held).toBeLessThanOrEqual(1);
  reader.destroy();
  deaf.destroy();
});

test('where no daemon is, there is no answer, and it is said why', async () => {
  expect(await askDaemon(join(scratch(), 'nowhere'), 'off', 'off')).toEqual({ ok: false, error: 'absent' });
  const mute = createServer(() => undefined);
  const folder = await listening(mute);
  expect(await askDaemon(folder, 'off', 'off', 50)).toEqual({ ok: false, error: 'silent' });
});
