/**
 * `npm run bench -- idle`: what an idle agent costs the machine it is on. The real daemon, as a service starts it, from
 * one file and as one executable, and beside them the floor (idle-peer.mjs): a quarter of the time on its line, then
 * with a server that is gone. IDLE_MINUTES says for how long, 3 if unset.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { SMALL_ENV, SMALL_FLAGS } from '../apps/agent/src/service/definition.ts';
import { bundleAgent, executableAgent } from '../tools/build-agent.ts';
import { startMeasured } from './measured-process.ts';
import { verdictOn, type Sample } from './soak/flat.ts';

const TENANT = 'BENCH_TENANT';
const SAMPLE_EVERY_MS = 2_000;
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];
const say = (line: string) => void process.stderr.write(`${line}\n`);
const mib = (bytes: number) => (bytes / 1_048_576).toFixed(1);

/** Resident memory, and what of it is not just pages of the program itself. */
function memoryOf(pid: number): { readonly rss: number; readonly own: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024;
  return { rss: kib('VmRSS'), own: kib('RssAnon') };
}

type Watched = { readonly what: string; readonly child: ChildProcess; readonly online: Sample[]; readonly away: Sample[]; own: number };

async function measure(minutes: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-idle-'));
  chmodSync(folder, 0o755); // the database runs as another user
  const children: ChildProcess[] = [];
  const start = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const child = spawn(command, args, { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
    children.push(child);
    return child;
  };
  try {
    const [script, executable] = [join(folder, 'argus-agent.mjs'), join(folder, 'argus-agent')];
    await bundleAgent(script);
    await executableAgent(executable);
    const server = await startMeasured<{ port: number; pat: string }>('server.ts', {
      PATH: process.env['PATH'], ARGUS_DATA_DIR: join(folder, 'data'), ARGUS_MASTER_KEY: randomBytes(32).toString('hex'), ARGUS_OPS_TOKEN: randomBytes(32).toString('base64url'), ARGUS_LISTEN: '127.0.0.1:0',
    });
    const url = `http://127.0.0.1:${server.ready.port}`;
    const post = async (path: string, body: object) => {
      const answer = await fetch(url + path, { method: 'POST', headers: { authorization: `Bearer ${server.ready.pat}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      return (await answer.json()) as Record<string, unknown>;
    };
    await post('/v1/tenants', { id: TENANT, name: 'Bench' });
    const enrolled = async (name: string) => {
      const { enrollment_code: code } = await post(`/v1/tenants/${TENANT}/agents`, { agent_id: `agent_idle_${name}` });
      const [state, root] = [join(folder, name, 'state'), join(folder, name, 'install')];
      mkdirSync(root, { recursive: true });
      execFileSync(process.execPath, [script, 'enroll', '--server', url, '--code', String(code), '--install-root', root, '--state', state, ...AS_ROOT]);
      return ['run', '--state', state, ...AS_ROOT];
    };
    const bare = createServer();
    const sockets = new WebSocketServer({ server: bare, perMessageDeflate: false });
    await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', () => resolve()));
    const peerUrl = `ws://127.0.0.1:${(bare.address() as AddressInfo).port}`;
    const peer = join(import.meta.dirname, 'idle-peer.mjs');
    const watch = (what: string, child: ChildProcess): Watched => ({ what, child, online: [], away: [], own: 0 });
    const all = [
      watch('argus-agent.mjs, as its service starts it', start(process.execPath, [...SMALL_FLAGS, script, ...(await enrolled('one'))], SMALL_ENV)),
      watch('argus-agent.mjs, plainly', start(process.execPath, [script, ...(await enrolled('two'))])),
      watch('argus-agent, one executable', start(executable, await enrolled('three'), SMALL_ENV)),
      watch('floor: ws client, same flags', start(process.execPath, [...SMALL_FLAGS, peer, peerUrl], SMALL_ENV)),
      watch('floor: ws client, plainly', start(process.execPath, [peer, peerUrl])),
    ];
    const sampling = async (forMs: number, into: 'online' | 'away') => {
      for (const from = performance.now(); performance.now() - from < forMs; await pause(SAMPLE_EVERY_MS))
        for (const one of all) {
          const { rss, own } = memoryOf(one.child.pid ?? 0);
          one[into].push({ atMs: performance.now(), bytes: rss });
          one.own = own;
        }
    };
    await pause(5_000);
    say(`on the line for ${(minutes / 4).toFixed(1)} min`);
    await sampling((minutes / 4) * 60_000, 'online');
    const count = (await server.usage())['agents'];
    if (count !== 3) throw new Error(`${count} of 3 agents are on their line`);
    say(`the server is gone for ${((minutes * 3) / 4).toFixed(1)} min`);
    await server.end();
    for (const socket of sockets.clients) socket.terminate();
    bare.close();
    bare.closeAllConnections();
    await sampling(((minutes * 3) / 4) * 60_000, 'away');
    return report(all, minutes);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(all: readonly Watched[], minutes: number): string {
  const head = ['', 'on the line', 'server gone', 'own (RssAnon)', 'KiB per hour', 'flat'];
  const rows = all.map(({ what, online, away, own }) => {
    const { bytesPerMinute, isFlat } = verdictOn(away);
    return [what, `${mib(online.at(-1)?.bytes ?? 0)} MiB`, `${mib(away.at(-1)?.bytes ?? 0)} MiB`, `${mib(own)} MiB`, ((bytesPerMinute * 60) / 1_024).toFixed(0), isFlat ? 'yes' : 'NO'];
  });
  const results = join(import.meta.dirname, 'results');
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'idle.json'), `${JSON.stringify({ at: new Date().toISOString(), node: process.version, minutes, rows: all.map(({ what, online, away, own }) => ({ what, online, away, own })) })}\n`);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const print = (cells: readonly string[]) => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ').trimEnd();
  return [`An idle agent, resident memory, ${minutes} min`, print(head), widths.map((w) => '─'.repeat(w)).join('  '), ...rows.map(print), ''].join('\n');
}

export async function benchIdle(): Promise<void> {
  process.stdout.write(await measure(Number(process.env['IDLE_MINUTES'] ?? 3)));
  process.disconnect?.();
}
