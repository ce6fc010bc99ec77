/**
 * What PostgreSQL takes by itself, each batch durable before the next: the same bytes of leaf, event and audit row in one
 * table of ours; and the very rows of the ledger in tables like its own, with their indexes and checks, and nothing else.
 */
import { join } from 'node:path';
import { readDatabasePassword } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { leafOf } from '@argus/ops-api/audit/attempt.ts';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import type { InstanceId, TenantId } from '@argus/protocol/ids.ts';
import { leafText } from '@argus/protocol/leaf.ts';
import { postgresArray, type ArrayKind } from '@argus/ops-api/adapters/postgres/arrays.ts';
import type { LogBatch, LogRow } from '@argus/ops-api/ports.ts';
import { Client } from 'pg';
import { attempts } from './attempts.ts';

const BATCH = 1_024;
type Cell = string | number | Uint8Array | null;
const AUDIT = { id: 'uuid', at: 'timestamptz', operator: 'text', ip: 'text', tenant_id: 'text', agent_id: 'text', session_id: 'text', request_id: 'text', action: 'text', phase: 'text', outcome: 'text', code: 'text', gates: 'text', reason: 'text', command: 'text', args: 'text' } as const satisfies Readonly<Record<string, ArrayKind>>;
const auditCells = ({ audit: { gates_passed, args, ...rest } }: LogRow): Readonly<Record<string, Cell>> => ({ ...rest, gates: `{${gates_passed.join(',')}}`, args: args && JSON.stringify(args) });
const list = (kind: ArrayKind, values: readonly unknown[]) => (postgresArray as (kind: ArrayKind, values: readonly unknown[]) => Buffer)(kind, values);
const TABLES = ['remote_support_audit', 'events', 'log_leaves', 'log_nodes', 'log_checkpoints'];
const audit = Object.entries(AUDIT);
const SAME_TABLES = {
  name: 'floor_tables',
  text: `WITH rows AS MATERIALIZED (SELECT ${audit.map(([name, kind], i) => `unnest($${i + 1}::${kind}[]) AS ${name}`).join(', ')}, unnest($17::bigint[]) AS seq, unnest($18::text[]) AS bytes, unnest($19::bytea[]) AS hash),
    a AS (INSERT INTO floor.remote_support_audit SELECT id, at, operator, ip, tenant_id, agent_id, session_id, request_id, action, phase, outcome, code, gates::text[], reason, command, args::jsonb FROM rows),
    e AS (INSERT INTO floor.events SELECT id, at, 'remote_support', action, tenant_id, $20, seq, bytes::json FROM rows),
    l AS (INSERT INTO floor.log_leaves SELECT $20, seq, bytes, hash, NULL FROM rows),
    n AS (INSERT INTO floor.log_nodes SELECT $20, unnest($21::smallint[]), unnest($22::bigint[]), unnest($23::bytea[]))
  INSERT INTO floor.log_checkpoints VALUES ($20, $24, $25, $26)`,
};

/** Entries per second; what is sent is made before the clock runs. */
export async function sameTablesFloor(dataDir: string, batches: readonly LogBatch[]): Promise<number> {
  const client = await admin(dataDir, 'argus');
  await client.query(`CREATE SCHEMA floor; ${TABLES.map((table) => `CREATE TABLE floor.${table} (LIKE argus.${table} INCLUDING ALL)`).join('; ')}`);
  const sent = batches.map(({ tree, rows, nodes, checkpoint }) => {
    const cells = rows.map(auditCells);
    return [
      ...audit.map(([name, kind]) => list(kind, cells.map((row) => row[name] ?? null))),
      list('bigint', rows.map((r) => r.seq)), list('text', rows.map((r) => r.bytes)), list('bytea', rows.map((r) => r.leafHash)), tree,
      list('smallint', nodes.map((n) => n.level)), list('bigint', nodes.map((n) => n.index)), list('bytea', nodes.map((n) => n.hash)),
      checkpoint.size, new Date(checkpoint.at), checkpoint.note,
    ];
  });
  const from = performance.now();
  for (const values of sent) await client.query({ ...SAME_TABLES, values });
  const seconds = (performance.now() - from) / 1_000;
  await client.query('DROP SCHEMA floor CASCADE');
  await client.end();
  return batches.reduce((sum, { rows }) => sum + rows.length, 0) / seconds;
}

async function admin(dataDir: string, database: string): Promise<Client> {
  const server = await readPostmaster(join(dataDir, 'postgres'));
  if (!server) throw new Error('the database does not run');
  const client = new Client(embeddedConnection(server, 'admin', (await readDatabasePassword(dataDir, 'admin')) ?? '', database));
  await client.connect();
  return client;
}

/** Entries per second. */
export async function floorOf(dataDir: string, { instance, tenant, count }: { readonly instance: InstanceId; readonly tenant: TenantId; readonly count: number }): Promise<number> {
  const client = await admin(dataDir, 'postgres');
  await client.query('CREATE TABLE floor_log (seq bigint PRIMARY KEY, leaf text NOT NULL, event text NOT NULL, audit text NOT NULL)');
  const texts = [...attempts(tenant, count)].map((attempt, seq) => leafText(leafOf(attempt, { instance, seq })));
  const from = performance.now();
  for (let at = 0; at < count; at += BATCH) {
    const part = texts.slice(at, at + BATCH);
    await client.query({ name: 'floor', text: 'INSERT INTO floor_log SELECT seq, t, t, t FROM unnest($1::bigint[], $2::text[]) AS r(seq, t)', values: [part.map((_, i) => at + i), part] });
  }
  const seconds = (performance.now() - from) / 1_000;
  await client.query('DROP TABLE floor_log');
  await client.end();
  return count / seconds;
}
