/**
 * `npm run bench`: the real server, real agents and real PostgreSQL, beside two floors in the same run: bare ws over
 * the same two hops, and the same with two fsynced inserts. One table with ratios, and the numbers as JSON.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import { readDatabasePassword } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { openDatabaseProcess } from '@argus/ops-api/adapters/embedded-postgres/database-process.ts';
import { Client } from 'pg';
import { startMeasured, type Measured, type Usage } from './measured-process.ts';
import { commandTrip, echoTrip, measureTrips } from './round-trips.ts';
import { printTable, type Row } from './table.ts';

const AGENTS = Number(process.env['BENCH_AGENTS'] ?? 1_000);
/** Connected before the first measurement, so that what is only needed once is already there. */
const WARM_AGENTS = Number(process.env['BENCH_WARM'] ?? 500);
const TRIPS = { warm: 3_000, one: 1_000, many: 4_000 } as const;
const TENANT = 'BENCH_TENANT';
const OPS_TOKEN = randomBytes(32).toString('base64url');
const dataDir = mkdtempSync(join(tmpdir(), 'argus-bench-data-'));
chmodSync(dataDir, 0o755); // the database runs as another user, and is to stay inside
type Server = { readonly port: number; readonly pat: string };
type Idle = { readonly before: Usage; readonly after: Usage; readonly ms: number };
/** Manifests and last-seen are written a moment after a connection is up. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 2_000));
const say = (line: string) => process.stderr.write(`${line}\n`);

/** The floor's table lives in the same PostgreSQL as everything else. */
async function floorTable(): Promise<object> {
  const { connection } = await openDatabaseProcess({ dataDir, runtimeDir: undefined, say });
  const admin = embeddedConnection({ socketDir: String(connection.host), port: Number(connection.port) }, 'admin', (await readDatabasePassword(dataDir, 'admin')) ?? '', 'postgres');
  const client = new Client(admin);
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS floor (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), what text NOT NULL)');
  for (const table of ['audit', 'event', 'leaf', 'node', 'checkpoint', 'who'])
    await client.query(`CREATE TABLE IF NOT EXISTS floor_${table} (id bigint PRIMARY KEY, at timestamptz DEFAULT now(), what text NOT NULL)`);
  await client.query(`INSERT INTO floor_who (id, what) VALUES (1, 'credential'), (2, 'session') ON CONFLICT DO NOTHING`);
  await client.end();
  return admin;
}

async function bench(): Promise<readonly Row[]> {
  say(`starting PostgreSQL and the ops API, enrolling ${AGENTS} agents`);
  const env = {
    PATH: process.env['PATH'],
    ARGUS_DATA_DIR: dataDir,
    ARGUS_MASTER_KEY: randomBytes(32).toString('hex'),
    ARGUS_OPS_TOKEN: OPS_TOKEN,
    REMOTE_SUPPORT_ENABLED: 'on',
    REMOTE_SUPPORT_OPERATOR_CIDRS: '127.0.0.0/8',
    ARGUS_LISTEN: '127.0.0.1:0',
  };
  const first = await startMeasured<Server>('server.ts', env);
  let url = `http://127.0.0.1:${first.ready.port}`;
  let { pat } = first.ready;
  const call = async (method: string, path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(url + path, { method, headers: { authorization: `Bearer ${pat}`, 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
    const parsed = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(parsed)}`);
    return parsed;
  };
  await call('POST', '/v1/tenants', { id: TENANT, name: 'Bench' });
  await call('PUT', `/v1/tenants/${TENANT}/consent`, {
    document_id: 'BENCH', document_sha256: 'ab'.repeat(32), signed_at: new Date(Date.now() - 60_000).toISOString(), signer: { name: 'Bench', email: 'bench@tenant.example' },
  });
  await call('POST', `/support/tenants/${TENANT}/arm`, { reason: 'bench', confirm_tenant_id: TENANT });
  const agents = await startMeasured<{ first: string }>('agents.ts', { PATH: process.env['PATH'] }, [JSON.stringify({ url, pat, tenant: TENANT, count: String(WARM_AGENTS + AGENTS) })]);

  // What enrolling left in its memory would hide what connecting costs: the server that is measured is a fresh one.
  await first.end();
  const server = await startMeasured<Server>('server.ts', env);
  const { port } = server.ready;
  url = `http://127.0.0.1:${port}`;
  ({ pat } = server.ready);

  const database = await floorTable();
  const bare = await startMeasured<{ port: number }>('bare.ts', { PATH: process.env['PATH'] }, [JSON.stringify({ role: 'server', database })]);
  const bareUrl = `ws://127.0.0.1:${bare.ready.port}`;
  const peers = await startMeasured('bare.ts', { PATH: process.env['PATH'] }, [JSON.stringify({ role: 'peers', url: bareUrl, notes: join(dataDir, 'floor.notes') })]);

  say('idle connections');
  const warm = { from: 0, to: WARM_AGENTS };
  const rest = { from: WARM_AGENTS, to: WARM_AGENTS + AGENTS };
  const connectAll = async (what: Measured<unknown>, from: Measured<unknown>) => {
    await from.ask({ dial: { ...warm, at: url } });
    await quiet();
    const before = await what.usage();
    const ms = Number(await from.ask({ dial: { ...rest, at: url } }));
    await quiet();
    return { before, after: await what.usage(), ms };
  };
  const bareIdle = await connectAll(bare, peers);
  const idle = await connectAll(server, agents);

  say('round trips');
  const opened = await call(
    'POST',
    `/support/agents/${agents.ready.first}/activate`,
    { tenant_id: TENANT, reason: 'bench', minutes: 60, nonce: randomBytes(16).toString('hex'), timestamp: new Date().toISOString() },
    { 'x-argus-ops-token': OPS_TOKEN },
  );
  const ours = commandTrip(port, {
    path: `/support/tenants/${TENANT}/command`,
    headers: { authorization: `Bearer ${pat}`, 'x-argus-session': String(opened['session_token']), 'content-type': 'application/json' },
    body: JSON.stringify({ command: 'ping', args: {} }),
  });
  const [echo, durable, evidence] = [await echoTrip(`${bareUrl}/echo`), await echoTrip(`${bareUrl}/durable`), await echoTrip(`${bareUrl}/evidence`)];
  const at = async (concurrency: number, total: number) => ({
    echo: await measureTrips(echo.trip, { total, concurrency }),
    durable: await measureTrips(durable.trip, { total, concurrency }),
    evidence: await measureTrips(evidence.trip, { total, concurrency }),
    ours: await measureTrips(ours, { total, concurrency }),
  });
  await at(32, TRIPS.warm); // all of them as they run after a while, not as they start
  const [one, many] = [await at(1, TRIPS.one), await at(32, TRIPS.many)];
  echo.close();
  durable.close();
  evidence.close();
  await Promise.all([peers.end(), agents.end()]);
  await bare.end();
  await server.end();

  const perAgent = ({ before, after }: Idle) => (after.rssBytes - before.rssBytes) / 1_024 / AGENTS;
  const rate = ({ ms }: Idle) => AGENTS / (ms / 1_000);
  const cpu = ({ before, after }: Idle) => (after.cpuMs - before.cpuMs) / AGENTS;
  return [
    { what: `memory per idle agent, ${AGENTS} agents`, unit: 'KiB', argus: perAgent(idle), echo: perAgent(bareIdle) },
    { what: 'accept and authenticate', unit: 'per s', argus: rate(idle), echo: rate(bareIdle), higherIsBetter: true },
    { what: 'server processor time per accept', unit: 'ms', argus: cpu(idle), echo: cpu(bareIdle) },
    { what: 'command round trip p50, 1 at a time', unit: 'ms', argus: one.ours.p50Ms, echo: one.echo.p50Ms, durable: one.durable.p50Ms, evidence: one.evidence.p50Ms },
    { what: 'command round trip p99, 1 at a time', unit: 'ms', argus: one.ours.p99Ms, echo: one.echo.p99Ms, durable: one.durable.p99Ms, evidence: one.evidence.p99Ms },
    { what: 'command round trip p50, 32 at a time', unit: 'ms', argus: many.ours.p50Ms, echo: many.echo.p50Ms, durable: many.durable.p50Ms, evidence: many.evidence.p50Ms },
    { what: 'command round trip p99, 32 at a time', unit: 'ms', argus: many.ours.p99Ms, echo: many.echo.p99Ms, durable: many.durable.p99Ms, evidence: many.evidence.p99Ms },
    { what: 'commands, 32 at a time', unit: 'per s', argus: many.ours.perSecond, echo: many.echo.perSecond, durable: many.durable.perSecond, evidence: many.evidence.perSecond, higherIsBetter: true },
  ];
}

try {
  const rows = await bench();
  process.stdout.write(printTable(rows));
  const results = join(import.meta.dirname, 'results');
  mkdirSync(results, { recursive: true });
  const file = join(results, 'latest.json');
  writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), node: process.version, cpus: cpus().length, agents: AGENTS, rows }, null, 2)}\n`);
  say(`written to ${file}`);
} finally {
  rmSync(dataDir, { recursive: true, force: true });
  process.disconnect?.();
}
