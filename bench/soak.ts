/**
 * `npm run soak`: the real server, real agents and real PostgreSQL under mixed traffic for ten minutes (SOAK_MINUTES).
 * It ends with exit code 1 and a sentence when an answer was no answer its question is designed to get, when memory was
 * not flat (bench/soak/flat.ts holds the rule), when the two audit stores differ, or when a log does not verify.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { ask } from '../e2e/http.ts';
import { verifyLog } from '../e2e/verify-log.ts';
import { startMeasured } from './measured-process.ts';
import { verdictOn, type Sample } from './soak/flat.ts';
import { opsOver } from './soak/http.ts';
import type { MachinesAsk, MachinesOrder, MachinesReady } from './soak/machines.ts';
import { asAuditor, countRows, differences, treesThatDoNotVerify, type Rows } from './soak/record.ts';
import { createTally } from './soak/tally.ts';
import { createTraffic, type Tenants } from './soak/traffic.ts';

const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 10);
const CLIENTS = Number(process.env['SOAK_CLIENTS'] ?? 8);
/** Between two requests of one client: up to this long. */
const THINK_MS = 20;
const EVERY_MS = 30_000;
const PER_TENANT = 4;
const TENANTS: Tenants = { steady: ['SOAK_ONE', 'SOAK_TWO'], churned: 'SOAK_CHURN', unconsented: 'SOAK_UNSIGNED' };
const WITH_MACHINES = [...TENANTS.steady, TENANTS.churned];
const OPS_TOKEN = randomBytes(32).toString('base64url');
/** A connection for each client and each connection of the database's pool, and what is under way at that moment. */
const SOCKETS_BESIDE_AGENTS = CLIENTS + 12 + 16;

const say = (line: string) => process.stdout.write(`${line}\n`);
const dataDir = mkdtempSync(join(tmpdir(), 'argus-soak-data-'));
chmodSync(dataDir, 0o755); // the database runs as another user, and is to stay inside
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
process.on('disconnect', () => stop.abort());

type Measure = {
  readonly minutes: number; readonly requests: number; readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number;
  readonly rssMiB: number; readonly rssSlopeMiBPerMinute: number; readonly heapMiB: number; readonly sockets: number; readonly agents: number; readonly rows: Rows;
};
const COLUMNS: readonly (readonly [title: string, cell: (m: Measure) => string])[] = [
  ['min', (m) => m.minutes.toFixed(1)],
  ['requests', (m) => String(m.requests)],
  ['per s', (m) => m.perSecond.toFixed(0)],
  ['p50 ms', (m) => m.p50Ms.toFixed(1)],
  ['p99 ms', (m) => m.p99Ms.toFixed(1)],
  ['rss MiB', (m) => m.rssMiB.toFixed(1)],
  ['MiB/min', (m) => (Number.isNaN(m.rssSlopeMiBPerMinute) ? '-' : m.rssSlopeMiBPerMinute.toFixed(2))],
  ['heap MiB', (m) => m.heapMiB.toFixed(1)],
  ['sockets', (m) => String(m.sockets)],
  ['agents', (m) => String(m.agents)],
  ['audit rows', (m) => String(m.rows.audit)],
  ['events', (m) => String(m.rows.events)],
  ['leaves', (m) => String(m.rows.leaves)],
];
const line = (cells: readonly string[]) => cells.map((cell, i) => cell.padStart(Math.max(8, COLUMNS[i]?.[0].length ?? 0))).join(' ');
const MIB = 1_048_576;

async function soak(): Promise<readonly string[]> {
  say(`${MINUTES} minutes, ${CLIENTS} clients, ${WITH_MACHINES.length * PER_TENANT} agents and a few that come and go`);
  const server = await startMeasured<{ port: number; pat: string; readerPat: string }>('server.ts', {
    PATH: process.env['PATH'],
    ARGUS_DATA_DIR: dataDir,
    ARGUS_LISTEN: '127.0.0.1:0',
    ARGUS_MASTER_KEY: randomBytes(32).toString('hex'),
    ARGUS_OPS_TOKEN: OPS_TOKEN,
    ARGUS_TRUSTED_PROXIES: '127.0.0.1/32',
    REMOTE_SUPPORT_ENABLED: 'on',
    REMOTE_SUPPORT_OPERATOR_CIDRS: '10.0.0.0/8',
  });
  const { port, pat, readerPat } = server.ready;
  const url = `http://127.0.0.1:${port}`;
  const ops = opsOver(port, CLIENTS);
  for (const id of [...WITH_MACHINES, TENANTS.unconsented]) await ops.ask('/v1/tenants', { pat, body: { id, name: id } });
  const neverEnrolled = { id: 'agent_soak_never', tenant: TENANTS.unconsented };
  for (const { id, tenant } of [neverEnrolled, { id: 'agent_soak_offline', tenant: TENANTS.steady[0] ?? '' }]) await ops.ask(`/v1/tenants/${tenant}/agents`, { pat, body: { agent_id: id } });
  const order: MachinesOrder = { url, pat, tenants: WITH_MACHINES, perTenant: PER_TENANT };
  const machines = await startMeasured<MachinesReady>('soak/machines.ts', { PATH: process.env['PATH'] }, [JSON.stringify(order)]);
  let turn: Promise<unknown> = Promise.resolve();
  const machinesDo = (ask: MachinesAsk) => (turn = turn.then(() => machines.ask(ask)));

  const tally = createTally();
  const traffic = createTraffic({ ops, tally, pat, readerPat, opsToken: OPS_TOKEN, tenants: TENANTS, machines: machines.ready.agents, neverEnrolled, machinesDo });
  for (const tenant of WITH_MACHINES) {
    await traffic.recordConsent(tenant);
    await traffic.arm(tenant);
  }

  const started = performance.now();
  const since = () => performance.now() - started;
  const isOver = () => stop.signal.aborted || since() >= MINUTES * 60_000 || tally.unexpected.size > 20;
  const asking = Promise.all(Array.from({ length: CLIENTS }, () => traffic.client(isOver, THINK_MS)));
  const samples: Sample[] = [];
  const measures: Measure[] = [];
  say(line(COLUMNS.map(([title]) => title)));
  let lastAt = since();
  async function measure(): Promise<void> {
    const [usage, rows] = [await server.usage(), await asAuditor(dataDir, countRows)];
    const window = tally.takeWindow();
    samples.push({ atMs: since(), bytes: usage.rssBytes });
    const measured: Measure = {
      minutes: since() / 60_000,
      requests: tally.all.count(),
      perSecond: window.count() / ((since() - lastAt) / 1_000),
      p50Ms: window.at(0.5),
      p99Ms: window.at(0.99),
      rssMiB: usage.rssBytes / MIB,
      rssSlopeMiBPerMinute: samples.length < 3 ? Number.NaN : verdictOn(samples).bytesPerMinute / MIB,
      heapMiB: (usage['heapBytes'] ?? 0) / MIB,
      sockets: usage['sockets'] ?? 0,
      agents: usage['agents'] ?? 0,
      rows,
    };
    lastAt = since();
    measures.push(measured);
    say(line(COLUMNS.map(([, cell]) => cell(measured))));
  }
  for (let next = EVERY_MS; !isOver(); next += EVERY_MS) {
    while (!isOver() && since() < Math.min(next, MINUTES * 60_000)) await new Promise((resolve) => setTimeout(resolve, 100));
    if (!isOver()) await measure();
  }
  await asking;
  await traffic.endAll();
  await turn;
  await measure();
  if (stop.signal.aborted) return ['It was stopped before the end; nothing is proven.'];

  say('\nrequests by outcome');
  const codes = [...tally.codes].toSorted(([, a], [, b]) => b - a);
  for (const [code, count] of codes) say(`  ${String(count).padStart(8)}  ${code}`);
  say(`\nall ${tally.all.count()} requests: p50 ${tally.all.at(0.5).toFixed(1)} ms, p99 ${tally.all.at(0.99).toFixed(1)} ms`);

  const problems = [...tally.unexpected.values()].map(({ what, status, code, count }) => `"${what}" was answered ${count} times with ${status} ${code}, which it is not designed to get.`);
  const flat = verdictOn(samples);
  say(`memory: ${(flat.bytesPerMinute / MIB).toFixed(2)} MiB per minute after warm-up, ${(flat.riseBytes / MIB).toFixed(1)} MiB in all; up to ${(flat.mayRiseBytes / MIB).toFixed(1)} MiB is flat`);
  if (!flat.isFlat) problems.push(samples.length < 4 ? 'There are too few samples to say that memory is flat: run it for two minutes at least.' : 'The memory of the server is not flat.');
  const last = measures.at(-1);
  if (last && last.sockets > last.agents + SOCKETS_BESIDE_AGENTS) problems.push(`The server has ${last.sockets} sockets open, for ${last.agents} agents and ${CLIENTS} clients.`);

  const trusts = new Map<string, TrustFile>();
  for (const tenant of WITH_MACHINES) trusts.set(tenant, (await machinesDo({ trust: tenant })) as TrustFile);
  const [anyTrust] = trusts.values();
  await asAuditor(dataDir, async (auditor) => {
    for (const difference of await differences(auditor)) problems.push(`The two audit stores differ: ${difference}.`);
    for (const wrong of anyTrust ? await treesThatDoNotVerify(auditor, anyTrust) : ['no trust file']) problems.push(`A log does not verify: ${wrong}.`);
  });
  for (const [tenant, trust] of trusts) {
    // Checking the one before kept this process busy for so long that the server has hung up; the next request hears of it.
    await ask(url, '/healthz');
    const verified = await verifyLog(url, pat, trust).catch((problem: unknown) => void problems.push(`The log of ${tenant} does not verify: ${String(problem)}.`));
    if (verified) say(`the log of ${tenant} verifies: ${verified.size} entries`);
  }
  ops.close();
  await machines.end();
  await server.end();

  const results = join(import.meta.dirname, 'results');
  mkdirSync(results, { recursive: true });
  const file = join(results, 'soak.json');
  const result = { at: new Date().toISOString(), node: process.version, cpus: cpus().length, minutes: MINUTES, clients: CLIENTS, codes: Object.fromEntries(codes), p50Ms: tally.all.at(0.5), p99Ms: tally.all.at(0.99), flat, measures, problems };
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  say(`written to ${file}`);
  return problems;
}

try {
  const problems = await soak();
  for (const problem of problems) say(problem);
  say(problems.length === 0 ? 'The soak passed.' : 'The soak failed.');
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(dataDir, { recursive: true, force: true });
  process.disconnect?.();
}
