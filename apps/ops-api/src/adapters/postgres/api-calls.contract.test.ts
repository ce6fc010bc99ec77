/**
 * The partitions of the record of API calls: where rows land, which month goes, and that nobody but the clock of the
 * database decides it.
 */
import { systemClock } from '@argus/kit/clock.ts';
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callOf, DAY_MS, factOf, TENANT } from '../../../test/sample.ts';
import { openPool } from '../../db/pools.ts';
import { postgresApiCalls } from './api-calls.ts';
import { postgresRecords } from './records.ts';

const HOUR_MS = 3_600_000;
const now = systemClock.now();
const month = (epochMs: number) => new Date(epochMs).toISOString().slice(0, 7).replace('-', '_');
/** The 15th of the month so many away from this one. */
const middleOf = (ahead: number) => Date.UTC(new Date(now).getUTCFullYear(), new Date(now).getUTCMonth() + ahead, 15);

let db: TestDatabase;
let pool: Pool;
let owner: Client;
let runtime: Client;
beforeAll(async () => {
  db = await testDatabase();
  pool = openPool({ connection: db.runtime, max: 2, say: () => undefined });
  owner = new Client(db.owner);
  runtime = new Client(db.runtime);
  await owner.connect();
  await runtime.connect();
});
afterAll(async () => {
  await owner.end();
  await runtime.end();
  await pool.end();
  await db.drop();
});

const partitions = async () => {
  const { rows } = await owner.query<{ name: string }>(`SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'argus.argus_audit_log'::regclass ORDER BY 1`);
  return rows.map((row) => row.name.replace('argus.', ''));
};
/** A partition as the owner would have made it so long ago. */
async function partition(name: string, [from, to]: readonly [number, number]): Promise<string> {
  await owner.query(`CREATE TABLE argus.${name} PARTITION OF argus.argus_audit_log FOR VALUES FROM ('${new Date(from).toISOString()}') TO ('${new Date(to).toISOString()}')`);
  return name;
}
const codeOf = (text: string, who: Client) => who.query(text).then(() => 'allowed', (problem: { code?: string }) => problem.code);
const DENIED = '42501';

describe('rows', () => {
  test('land in the partition of their month, from the month before this one to the third after it', async () => {
    const at = [-1, 0, 1, 2, 3].map(middleOf);
    const calls = at.map((moment) => callOf({ at: moment }));
    expect(await postgresApiCalls(pool).add(calls, 'soon')).toBe('written');
    const { rows } = await owner.query<{ id: string; place: string }>('SELECT id, tableoid::regclass::text AS place FROM argus.argus_audit_log ORDER BY at');
    expect(rows.map((row) => [row.id, row.place.replace('argus.', '')])).toEqual(calls.map((call) => [call.id, `argus_audit_log_${month(call.at)}`]));
  });

  test('for which there is no month are refused, and take nobody with them but their batch', async () => {
    const store = postgresApiCalls(pool);
    const good = callOf({ at: now });
    expect(await store.add([good, callOf({ at: middleOf(30) })], 'durable')).toBe('refused');
    expect((await owner.query('SELECT 1 FROM argus.argus_audit_log WHERE id = $1', [good.id])).rowCount).toBe(0);
    expect(await store.add([good], 'durable')).toBe('written');
  });

  /** Guarantee: what somebody waits for is flushed; only what nobody waits for may be lost with the database. */
  test('that somebody waits for are as durable as an entry of the log', async () => {
    const flushed = async (how: 'durable' | 'soon') => {
      const spy = new Client(db.runtime);
      await spy.connect();
      const sent: string[] = [];
      const listening = { query: async (q: { text: string; values: unknown[] }) => { sent.push(q.text); return spy.query(q.text, q.values); } };
      await postgresApiCalls(listening as unknown as Pool).add([callOf({ at: now })], how); // all of a pool that it uses
      await spy.end();
      return !sent.some((text) => text.includes('synchronous_commit'));
    };
    expect([await flushed('durable'), await flushed('soon')]).toEqual([true, false]);
  });
});

describe('keeping', () => {
  const keep = () => postgresApiCalls(pool).keep();

  test('makes the months to come, once', async () => {
    await owner.query(`DROP TABLE argus.argus_audit_log_${month(middleOf(3))}`);
    await keep();
    const made = await partitions();
    await keep();
    expect(await partitions()).toEqual(made);
    expect(made).toEqual([-1, 0, 1, 2, 3].map((n) => `argus_audit_log_${month(middleOf(n))}`));
  });

  /** Guarantee: 366 days old goes; anything with a row in it that may be younger than 365 days stays. */
  test('drops what is wholly older than 365 days, to the hour, and nothing else', async () => {
    const old = await partition('old', [now - 400 * DAY_MS, now - 365 * DAY_MS - HOUR_MS]);
    const young = await partition('young', [now - 365 * DAY_MS - HOUR_MS, now - 365 * DAY_MS + HOUR_MS]);
    const open = 'begins_long_ago';
    await owner.query(`CREATE TABLE argus.${open} PARTITION OF argus.argus_audit_log FOR VALUES FROM (MINVALUE) TO ('${new Date(now - 400 * DAY_MS).toISOString()}')`);
    await postgresApiCalls(pool).add([callOf({ at: now - 366 * DAY_MS }), callOf({ at: now - 365 * DAY_MS })], 'durable');
    await keep();
    const left = await partitions();
    expect([left.includes(old), left.includes(open), left.includes(young)]).toEqual([false, false, true]);
    expect((await owner.query('SELECT 1 FROM argus.young')).rowCount).toBe(1);
  });

  /** Guarantee: whoever calls it, with whatever they set before, decides nothing. */
  const wiles = [
    `SET timezone = '+167'`, `SET timezone = '-167'`, `SET datestyle = 'German, DMY'`, `SET search_path = argus, pg_catalog`, `SET search_path = pg_temp, argus`, `SET intervalstyle = 'sql_standard'`,
    `SET standard_conforming_strings = off`, `SET lc_time = 'C'`, `SET check_function_bodies = off`, `SET session_replication_role = replica`, `SET role argus_owner`, `SET statement_timeout = 0`,
  ];
  test.each(wiles)('a younger one cannot be made to go: %s', async (wile) => {
    const before = await partitions();
    await runtime.query(wile).catch(() => undefined); // some of these are refused, which is as good
    await runtime.query('SELECT argus.keep_audit_log()');
    expect(await partitions()).toEqual(before);
    expect(before).toContain('young');
    await runtime.query('RESET ALL');
  });

  test.each([`SELECT argus.keep_audit_log(now())`, `SELECT argus.keep_audit_log(interval '1 day')`, `SELECT argus.keep_audit_log(365)`])('it takes no parameter: %s', async (call) => {
    expect(await codeOf(call, runtime)).toBe('42883');
  });

  test('nobody puts a function of theirs in its way', async () => {
    const ways = [
      `CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$SELECT now() + interval '2 years'$$`, `CREATE FUNCTION argus.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$SELECT now()$$`,
      'CREATE OR REPLACE FUNCTION argus.keep_audit_log() RETURNS void LANGUAGE sql AS $$SELECT$$', `ALTER FUNCTION argus.keep_audit_log() SET search_path = argus`, 'DROP FUNCTION argus.keep_audit_log()',
      'CREATE TEMP TABLE pg_inherits (inhrelid oid)',
    ];
    for (const way of ways) expect(await codeOf(way, runtime), way).toBe(DENIED);
    const [fn] = (await owner.query<{ config: string[]; definer: boolean; owner: string }>(
      `SELECT proconfig AS config, prosecdef AS definer, proowner::regrole::text AS owner FROM pg_proc WHERE oid = 'argus.keep_audit_log()'::regprocedure`,
    )).rows;
    expect(fn).toMatchObject({ definer: true, owner: 'argus_owner' });
    expect(fn?.config).toEqual(expect.arrayContaining(['search_path=pg_catalog, pg_temp', 'TimeZone=UTC', 'DateStyle=ISO, YMD']));
  });

  test('only the runtime role may ask for it', async () => {
    const auditor = new Client(db.auditor);
    await auditor.connect();
    expect(await codeOf('SELECT argus.keep_audit_log()', auditor)).toBe(DENIED);
    await auditor.end();
  });
});

/** Guarantee: what was written about a call stays as it was written, in the whole and in every part of it. */
describe('the runtime role', () => {
  const part = `argus.argus_audit_log_${month(now)}`;
  const all = 'argus.argus_audit_log';
  const ways = [
    `UPDATE ${all} SET actor = 'x'`, `UPDATE ${part} SET actor = 'x'`, `DELETE FROM ${all}`, `DELETE FROM ${part}`, `TRUNCATE ${all}`, `TRUNCATE ${part}`, `DROP TABLE ${all}`, `DROP TABLE ${part}`,
    `ALTER TABLE ${all} DETACH PARTITION ${part}`, `ALTER TABLE ${part} RENAME TO away`, `ALTER TABLE ${part} NO INHERIT ${all}`, `SELECT * FROM ${part}`, `INSERT INTO ${part} SELECT * FROM ${all}`,
    `CREATE TABLE argus.mine PARTITION OF ${all} FOR VALUES FROM (MINVALUE) TO ('2000-01-01')`, `SELECT * FROM ${all} FOR UPDATE`,
    `INSERT INTO ${all} SELECT * FROM ${all} ON CONFLICT (at, id) DO UPDATE SET actor = 'x'`, `MERGE INTO ${all} a USING ${all} b ON a.id = b.id WHEN MATCHED THEN DELETE`,
  ];
  test.each(ways)('may not: %s', async (way) => expect(await codeOf(way, runtime)).toBe(DENIED));
});

/** Guarantee: no page reads a whole table, whatever is asked. */
describe('a page', () => {
  const ROWS = 30_000;
  beforeAll(async () => {
    const { action, reason } = { action: factOf().type, reason: factOf().reason };
    await owner.query(
      `INSERT INTO argus.remote_support_audit (id, at, operator, tenant_id, action, phase, outcome, gates_passed, reason)
         SELECT gen_random_uuid(), now() - n * interval '1 second', 'ana@argus.example', $1, $2, 'fact', 'refused', '{}', $3 FROM generate_series(1, ${ROWS}) AS n`,
      [TENANT, action, reason],
    );
    await owner.query(
      `INSERT INTO argus.events SELECT id, at, 'remote_support', action, tenant_id, tenant_id, row_number() OVER (), '{}' FROM argus.remote_support_audit`,
    );
    await owner.query(
      `INSERT INTO argus.argus_audit_log (id, at, actor, actor_kind, pat_id, method, route, status, latency_ms, ip)
         SELECT id, at, operator, 'pat', 'tok_x', 'GET', '/tenants', 200, 1, '::1' FROM argus.remote_support_audit`,
    );
    await owner.query('ANALYZE argus.remote_support_audit; ANALYZE argus.events; ANALYZE argus.argus_audit_log');
  });

  type Node = { 'Node Type': string; 'Actual Rows': number; 'Actual Loops': number; 'Rows Removed by Filter'?: number; 'Relation Name'?: string; Plans?: Node[] };
  const nodesIn = (node: Node): readonly Node[] => [node, ...(node.Plans ?? []).flatMap(nodesIn)];
  /** Every node of the plan that read a table, as it ran. */
  async function scans(ask: (records: ReturnType<typeof postgresRecords>) => Promise<unknown>) {
    const found: Node[] = [];
    const explaining = {
      query: async (text: string, values: unknown[]) => {
        const { rows } = await runtime.query<{ 'QUERY PLAN': readonly [{ Plan: Node }] }>(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
        for (const row of rows) found.push(...nodesIn(row['QUERY PLAN'][0].Plan).filter((node) => node['Relation Name'] !== undefined));
        return { rows: [] };
      },
    };
    await ask(postgresRecords(explaining as unknown as Pool, { scannedMax: 1_000 })); // all of a pool that it uses
    return found;
  }

  const none = { tenants: null, match: {}, limit: 100 } as const;
  const asked = [
    ['nothing', {}], ['a tenant nobody has', { tenants: ['NOBODY' as typeof TENANT] }], ['a match that nothing has', { match: { operator: 'eve@argus.example' } }],
    ['a long time ago', { to: now - DAY_MS / 4 }], ['further on', { before: { atUs: (now - 3_600_000) * 1_000, id: '00000000-0000-4000-8000-000000000000' } }],
  ] as const;
  test.each(asked)('of %s looks at its share and no more', async (_what, over) => {
    const { match, ...rest } = { ...none, ...over };
    const found = [
      ...(await scans((records) => records.supportAudit({ ...rest, match }))),
      ...(await scans((records) => records.events({ ...rest, match: Object.keys(match).length > 0 ? { type: 'x' } : {} }))),
      ...(await scans((records) => records.apiCalls({ ...rest, match: Object.keys(match).length > 0 ? { actor: 'x' } : {} }))),
    ];
    expect(found.length).toBeGreaterThan(0);
    const looked = (node: Node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
    expect(found.filter((node) => looked(node) > 2_000).map((node) => node['Node Type'])).toEqual([]);
  });
});
