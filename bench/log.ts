/**
 * `npm run bench -- log`: a million entries through the real ledger into a real PostgreSQL, beside bare INSERTs of the same
 * bytes into the same database; then proofs, in process and over HTTP, and the whole log checked by both verifiers.
 * LOG_LEAVES=50000 for a short one. Who misses a target is marked, and the numbers are written down as JSON.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { uuidV7 } from '@argus/keys/uuid.ts';
import { openDatabaseProcess } from '@argus/ops-api/adapters/embedded-postgres/database-process.ts';
import { postgresStores } from '@argus/ops-api/adapters/postgres/stores.ts';
import { openPool } from '@argus/ops-api/db/pools.ts';
import { createCheckpoints } from '@argus/ops-api/ledger/checkpoints.ts';
import { layFoundation } from '@argus/ops-api/ledger/found.ts';
import { createLedger, type Ledger } from '@argus/ops-api/ledger/ledger.ts';
import type { LogBatch } from '@argus/ops-api/ports.ts';
import { mustId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import { measuredRun, type Took } from './log/measured-run.ts';
import { MACHINE, attempts } from './log/attempts.ts';
import { floorOf, sameTablesFloor } from './log/floor.ts';
import { bundleOf } from './log/bundle.ts';
import { startMeasured } from './measured-process.ts';
import { measureTrips, readTrip } from './round-trips.ts';

const LEAVES = Number(process.env['LOG_LEAVES'] ?? 1_000_000);
/** The floor is a rate: a part of the bytes is enough to tell it. */
const FLOOR_LEAVES = Math.min(LEAVES, 100_000);
const AT_ONCE = 4_096;
const PROOFS = 2_000;
const TENANT = mustId('tenant', 'BENCH_LOG');
const dataDir = mkdtempSync(join(tmpdir(), 'argus-bench-log-'));
const ARGUS_VERIFY = join(import.meta.dirname, '../apps/argus-verify/src/main.ts');
const say = (line: string) => process.stderr.write(`${line}\n`);

type Row = { readonly what: string; readonly unit: string; readonly argus: number; readonly floor?: number; readonly target?: number; readonly least?: true };

/** Keeps so many under way, as many callers at once would. */
async function appendAll(ledger: Ledger, count = LEAVES): Promise<{ readonly perSecond: number; readonly p99Ms: number }> {
  const waits: number[] = [];
  const from = performance.now();
  const coming = attempts(TENANT, count);
  let done = 0;
  const caller = async () => {
    for (const attempt of coming) {
      const asked = performance.now();
      const written = await ledger.append(attempt);
      if (!written.ok) throw new Error(written.error.internal ?? written.error.code);
      if (++done % 97 === 0) waits.push(performance.now() - asked);
      if (done % 100_000 === 0) say(`  ${done} entries, ${Math.round(done / ((performance.now() - from) / 1_000))} per s`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  return { perSecond: count / ((performance.now() - from) / 1_000), p99Ms: waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? 0 };
}

async function bench(): Promise<readonly Row[]> {
  chmodSync(dataDir, 0o755); // the database runs as another user, and is to stay inside
  const env = {
    PATH: process.env['PATH'],
    ARGUS_DATA_DIR: dataDir,
    ARGUS_MASTER_KEY: randomBytes(32).toString('hex'),
    ARGUS_OPS_TOKEN: randomBytes(32).toString('base64url'),
    REMOTE_SUPPORT_ENABLED: 'on',
    REMOTE_SUPPORT_OPERATOR_CIDRS: '127.0.0.0/8',
    ARGUS_LISTEN: '127.0.0.1:0',
  };
  const server = await startMeasured<{ port: number; pat: string }>('server.ts', env);
  const { connection } = await openDatabaseProcess({ dataDir, runtimeDir: undefined, say });
  const pool = openPool({ connection, max: 4, say });
  const stores = postgresStores(pool);
  const founded = await layFoundation({ store: stores.founding, masterKey: Buffer.from(env.ARGUS_MASTER_KEY, 'hex'), random: systemRandom, clock: systemClock });
  if (!founded.ok) throw new Error(founded.error);
  const { instance, logKey } = founded.value;
  const checkpoints = createCheckpoints(instance, logKey);
  const deps = { checkpoints, instance, clock: systemClock, newId: () => uuidV7(systemClock.now(), systemRandom) };
  const ledger = createLedger({ ...deps, store: stores.leaves });

  say(`the floors: ${FLOOR_LEAVES} entries by bare INSERT, and in tables like our own`);
  const floor = await floorOf(dataDir, { instance, tenant: TENANT, count: FLOOR_LEAVES });
  const batches: LogBatch[] = [];
  const unwritten = await appendAll(createLedger({ ...deps, store: { ...stores.leaves, commit: async (batch) => (batches.push(batch), { done: true }) } }), FLOOR_LEAVES);
  const tables = await sameTablesFloor(dataDir, batches.splice(0));
  say(`${LEAVES} entries through the ledger`);
  const cpu = process.cpuUsage();
  const theirs = await serverCpuMs(pool);
  const appended = await appendAll(ledger);
  const { user, system } = process.cpuUsage(cpu);
  const ours = { api: (user + system) / LEAVES, postgres: (((await serverCpuMs(pool)) - theirs) * 1_000) / LEAVES };

  say('checkpoints and proofs');
  const { size, note } = await ledger.head(TENANT);
  const root = checkpoints.open(TENANT, note)?.root ?? new Uint8Array();
  const signing = await measureTrips(async () => void checkpoints.sign(TENANT, { size, root }), { total: PROOFS, concurrency: 1 });
  const heads = await measureTrips(async () => void (await ledger.head(TENANT)), { total: PROOFS, concurrency: 1 });
  let draw = 1;
  const anyIndex = () => (draw = (draw * 48_271) % 2_147_483_647) % size;
  const inclusion = await measureTrips(async () => void (await ledger.inclusion(TENANT, anyIndex(), size)), { total: PROOFS, concurrency: 1 });
  const consistency = await measureTrips(async () => void (await ledger.consistency(TENANT, 1 + anyIndex(), size)), { total: PROOFS, concurrency: 1 });
  const overHttp = await measureTrips(readTrip(server.ready.port, () => `/v1/tenants/${TENANT}/log/proof?index=${anyIndex()}&size=${size}`, server.ready.pat), { total: PROOFS, concurrency: 1 });

  say('the whole log, in both verifiers');
  const [bundle, trust] = [join(dataDir, 'log.tar'), join(dataDir, 'trust.json')];
  await bundleOf(pool, bundle, { instance, tenant: TENANT, logKey: logKey.publicKeyText });
  writeFileSync(trust, JSON.stringify({ v: 1, server_url: 'https://argus.example', instance, tenant: TENANT, agent: MACHINE.agent, log_keys: [logKey.publicKeyText], agent_public_key: MACHINE.key.publicKeyText, patch: { keys: [], threshold: 1 }, cameras: [], install_root: '/opt/kiosk', indicator: { required: true }, last_checkpoint: note }));
  await pool.end();
  await server.end();
  const second = await measuredRun('/usr/bin/python3', [join(import.meta.dirname, '../verify/second/verify.py'), 'bundle', bundle, '--trust', trust]);
  const first = existsSync(ARGUS_VERIFY) ? await measuredRun(process.execPath, [ARGUS_VERIFY, 'bundle', bundle, '--trust', trust]) : null;
  const keep = process.env['LOG_KEEP']; // a folder: for another verifier to be tried on it
  if (keep !== undefined) for (const [from, name] of [[bundle, 'log.tar'], [trust, 'trust.json']] as const) copyFileSync(from, join(keep, name));

  const checked = (name: string, took: Took | null): readonly Row[] =>
    took === null ? [] : [
      { what: `${name}: all ${LEAVES} entries`, unit: 's', argus: took.seconds, target: (60 * LEAVES) / 1_000_000 },
      { what: `${name}: memory at most`, unit: 'MiB', argus: took.peakMiB, target: 300 },
    ];
  return [
    { what: 'durable appends, batched', unit: 'per s', argus: appended.perSecond, floor, target: 20_000, least: true },
    { what: '  beside the same rows in tables like our own', unit: 'per s', argus: appended.perSecond, floor: tables },
    { what: '  made and signed, but not written', unit: 'per s', argus: unwritten.perSecond },
    { what: '  processor time of an entry in the API', unit: 'µs', argus: ours.api },
    { what: '  processor time of an entry in PostgreSQL', unit: 'µs', argus: ours.postgres },
    { what: `append p99, ${AT_ONCE} callers at once`, unit: 'ms', argus: appended.p99Ms },
    { what: 'checkpoint signed, p99', unit: 'ms', argus: signing.p99Ms },
    { what: 'head read and recomputed, p99', unit: 'ms', argus: heads.p99Ms },
    { what: 'inclusion proof in process, p99', unit: 'ms', argus: inclusion.p99Ms, target: 5 },
    { what: 'consistency proof in process, p99', unit: 'ms', argus: consistency.p99Ms, target: 5 },
    { what: 'inclusion proof over HTTP, p50', unit: 'ms', argus: overHttp.p50Ms, target: 5 },
    { what: 'inclusion proof over HTTP, p99', unit: 'ms', argus: overHttp.p99Ms, target: 5 },
    ...checked('argus-verify', first),
    ...checked('second verifier', second),
  ];
}

/** Of the server processes behind the pool, as the kernel counts it (in hundredths of a second). */
async function serverCpuMs(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE usename = current_user');
  const ticks = rows.flatMap(({ pid }) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13).map(Number);
  });
  return ticks.reduce((sum, n) => sum + n, 0) * 10;
}

const number = (n: number | undefined) => (n === undefined ? '' : n >= 100 ? n.toFixed(0) : n.toFixed(2));
const isMissed = ({ argus, target, least }: Row) => target !== undefined && (least ? argus < target : argus > target);
function print(rows: readonly Row[]): string {
  const cells = rows.map((row) => [row.what, row.unit, number(row.argus), number(row.floor), row.floor === undefined ? '' : `${(row.floor / row.argus).toFixed(2)}x`, row.target === undefined ? '' : `${row.least ? '≥' : '≤'} ${number(row.target)}`, isMissed(row) ? 'MISSED' : '']);
  const table = [['', 'unit', 'argus', 'bare INSERT', 'ratio', 'target', ''], ...cells];
  const widths = table[0]?.map((_, i) => Math.max(...table.map((line) => line[i]?.length ?? 0))) ?? [];
  return table.map((line) => line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ').trimEnd()).join('\n');
}

export async function benchLog(): Promise<void> {
  try {
    const rows = await bench();
    process.stdout.write(`${print(rows)}\n`);
    const results = join(import.meta.dirname, 'results');
    mkdirSync(results, { recursive: true });
    writeFileSync(join(results, 'log.json'), `${JSON.stringify({ at: new Date().toISOString(), node: process.version, cpus: cpus().length, leaves: LEAVES, load: loadavg(), rows }, null, 2)}\n`);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
    process.disconnect?.();
  }
}
