/**
 * What PostgreSQL itself refuses, whatever code tries. Each denial is provoked on a real server; the tables come from
 * the catalog, so that a new one is closed until somebody writes its name down here.
 */
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { Client, type Pool, type QueryResult } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertOf, reconciliationOf } from '../../../test/alerts.ts';
import { ledgerOver } from '../../../test/ledger.ts';
import { AGENT, callOf, consentAttempt, consentOf, DAY_MS, factOf, INSTANCE, keptOf, LOG_KEY, OTHER_TENANT, START, TENANT } from '../../../test/sample.ts';
import { openPool } from '../../db/pools.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { isConsentStanding, type Consent } from '../../tenants/tenant.ts';
import { systemClock } from '@argus/kit/clock.ts';
import { mustId, type TenantId } from '@argus/protocol/ids.ts';
import type { Stores } from '../../ports.ts';
import { postgresStores } from './stores.ts';

/** Tables that are not part of the record: what the runtime role may do to a row that is there. */
const CHANGED_IN_PLACE: Readonly<Record<string, readonly ('UPDATE' | 'DELETE')[]>> = {
  tenants: ['UPDATE'],
  pats: ['UPDATE'],
  agents: ['UPDATE'],
  agent_seen: ['UPDATE'],
  agent_manifests: ['UPDATE'],
  agent_lines: ['UPDATE', 'DELETE'], // kept for a month, for people who look
  enrollment_codes: ['UPDATE'],
  sessions: ['UPDATE'],
  nodes: ['UPDATE'],
  jobs: ['UPDATE'],
  nonces: ['DELETE'],
  arm_turns: ['UPDATE'],
  changes: ['DELETE'],
  users: ['UPDATE'],
  recovery_codes: ['UPDATE'],
  invitations: ['UPDATE'],
  logins: ['UPDATE'],
  handoffs: ['DELETE'],
  sign_in_turns: ['UPDATE', 'DELETE'],
  passkeys: ['UPDATE'], // counters, names, and when one was removed
};
/** The record, by name, so that none of them leaves the catalog unnoticed. */
const RECORD = ['alert_acknowledgements', 'alert_mails', 'alerts', 'argus_audit_log', 'audit_reconciliations', 'audited_trees', 'consent_history', 'events', 'instance', 'kept_results', 'log_checkpoints', 'log_cosignatures', 'log_keys', 'log_leaves', 'log_nodes', 'remote_support_audit'];
/** What the auditor reads. Never a table of secrets, however well they are sealed. */
const AUDITED = ['log_rotations', 'agents', 'agent_manifests', 'agent_seen', 'alert_acknowledgements', 'alert_mails', 'alerts', 'argus_audit_log', 'audit_reconciliations', 'audited_trees', 'consent_history', 'events', 'instance', 'log_checkpoints', 'log_cosignatures', 'log_leaves', 'log_nodes', 'remote_support_audit', 'schema_migrations', 'sessions', 'tenants'];

let db: TestDatabase;
let pool: Pool;
let stores: Stores;
let ledger: Ledger;
const clients: { owner?: Client; runtime?: Client; auditor?: Client } = {};
type Who = keyof typeof clients;

/** In a transaction that is always undone: what is allowed by mistake does no harm to the next test. */
async function tried(who: Who, text: string, values: readonly unknown[] = []): Promise<string> {
  const client = clients[who];
  if (!client) throw new Error('not connected');
  await client.query('BEGIN');
  try {
    await client.query(text, [...values]);
    return 'allowed';
  } catch (problem) {
    return (problem as { code?: string }).code ?? String(problem);
  } finally {
    await client.query('ROLLBACK');
  }
}
const asOwner = (text: string, values: readonly unknown[] = []): Promise<QueryResult> => {
  if (!clients.owner) throw new Error('not connected');
  return clients.owner.query(text, [...values]);
};
const DENIED = '42501';

const catalog = async () => {
  const { rows } = await asOwner(
    `SELECT c.relname AS name, a.attname AS column FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1
      WHERE n.nspname = 'argus' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1`,
  );
  return rows as { name: string; column: string }[]; // the query says so
};

async function consenting(tenant: TenantId, consent: Consent = consentOf()): Promise<number> {
  const written = await ledger.append(consentAttempt(tenant, consent), [{ do: 'save_consent', tenant, consent, at: START }]);
  if (!written.ok) throw new Error(written.error.internal);
  return written.value.seq;
}

beforeAll(async () => {
  db = await testDatabase();
  pool = openPool({ connection: db.runtime, max: 2, say: () => undefined });
  stores = postgresStores(pool);
  ledger = ledgerOver(stores.leaves);
  for (const who of ['owner', 'runtime', 'auditor'] as const) await (clients[who] = new Client(db[who])).connect();
  // Something in each table of the record: a denial of nothing would prove nothing.
  await stores.founding.found(INSTANCE, { publicKey: LOG_KEY.publicKey, sealedSeed: new Uint8Array(60) }, START);
  for (const id of [TENANT, OTHER_TENANT]) await ledger.append(factOf({ tenant: id, type: 'tenant_created', outcome: 'ok' }), [{ do: 'create_tenant', id, name: 'x', at: START }]);
  await consenting(TENANT);
  await ledger.append(factOf({ tenant: TENANT }), [{ do: 'keep_result', kept: keptOf({ at: systemClock.now(), until: systemClock.now() + DAY_MS }), bytesMax: 10_000 }]);
  await stores.calls.add([callOf({ at: systemClock.now() })], 'durable');
  const alert = alertOf();
  const watched = [
    { do: 'raise_alert', alert },
    { do: 'acknowledge_alert', alert: alert.id, acknowledged: { at: START, by: 'x', reason: 'looked at it' } },
    { do: 'record_reconciliation', result: reconciliationOf(), reached: [{ tree: TENANT, size: 1, note: 'a note' }] },
  ] as const;
  for (const deed of watched) await ledger.append(factOf({ tenant: null }), [deed]);
  await stores.alerts.mailed([alert.id], { messageId: '<x@y>', at: START });
  await stores.cosignatures.add([{ tenant: TENANT, agent: AGENT, size: 1, at: START, line: 'a line' }]);
});
afterAll(async () => {
  for (const client of Object.values(clients)) await client.end();
  await pool.end();
  await db.drop();
});

describe('the record', () => {
  test('is in the catalog by these names, and holds something', async () => {
    const names = (await catalog()).map((table) => table.name);
    expect(names).toEqual(expect.arrayContaining(RECORD));
    for (const name of RECORD) expect((await asOwner(`SELECT 1 FROM argus.${name}`)).rowCount, name).toBeGreaterThan(0);
  });

  /** Guarantee: whatever the running API is made to do, what was written stays as it was written. */
  test('the runtime role changes nothing that is there, on any table that is not named above', async () => {
    const got: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const { name, column } of await catalog()) {
      const may = CHANGED_IN_PLACE[name] ?? [];
      got[name] = {
        UPDATE: await tried('runtime', `UPDATE argus.${name} SET ${column} = ${column}`),
        DELETE: await tried('runtime', `DELETE FROM argus.${name}`),
        TRUNCATE: await tried('runtime', `TRUNCATE argus.${name}`),
        CASCADE: await tried('runtime', `TRUNCATE argus.${name} CASCADE`),
      };
      expected[name] = {
        UPDATE: may.includes('UPDATE') ? 'allowed' : DENIED,
        DELETE: may.includes('DELETE') ? 'allowed' : DENIED,
        TRUNCATE: DENIED,
        CASCADE: DENIED,
      };
    }
    expect(got).toEqual(expected);
  });

  test('no single column of it is open either', async () => {
    const { rows } = await asOwner(
      `SELECT c.relname || '.' || a.attname AS open FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname = 'argus' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT (c.relname = ANY ($1))
          AND (has_column_privilege('argus_runtime', c.oid, a.attnum, 'UPDATE') OR has_column_privilege('argus_auditor', c.oid, a.attnum, 'UPDATE, INSERT'))`,
      [Object.keys(CHANGED_IN_PLACE)],
    );
    expect(rows).toEqual([]);
  });

  const ways = [
    `INSERT INTO argus.log_leaves SELECT * FROM argus.log_leaves ON CONFLICT (tree, seq) DO UPDATE SET bytes = 'x'`,
    `MERGE INTO argus.events e USING argus.events s ON e.id = s.id WHEN MATCHED THEN DELETE`,
    `MERGE INTO argus.events e USING argus.events s ON e.id = s.id WHEN MATCHED THEN UPDATE SET type = 'x'`,
    `WITH gone AS (DELETE FROM argus.log_checkpoints RETURNING *) SELECT * FROM gone`,
    'SELECT * FROM argus.remote_support_audit FOR UPDATE',
    'LOCK TABLE argus.events IN ACCESS EXCLUSIVE MODE',
  ];
  test.each(ways)('not by another way: %s', async (text) => {
    expect(await tried('runtime', text)).toBe(DENIED);
  });

  test.each([["''", '23514'], ["'   '", '23514'], ['NULL', '23502']])('an audit row whose reason is %s cannot be written', async (reason, code) => {
    const insert = `INSERT INTO argus.remote_support_audit (id, at, operator, action, phase, outcome, gates_passed, reason)
                    VALUES (gen_random_uuid(), now(), 'x', 'x', 'fact', 'ok', '{}', ${reason})`;
    expect(await tried('runtime', insert)).toBe(code);
  });

  test('an event is of remote support, and no leaf has two', async () => {
    const insert = (source: string, leaf: number) =>
      tried('runtime', `INSERT INTO argus.events (id, at, source, type, tree, leaf_index, body) VALUES (gen_random_uuid(), now(), $1, 'x', $2, $3, '{}')`, [source, TENANT, leaf]);
    expect(await insert('remote_support', 900)).toBe('allowed');
    expect(await insert('somewhere_else', 900)).toBe('23514');
    expect(await insert('remote_support', 0)).toBe('23505');
  });
});

describe('the runtime role', () => {
  const ddl = [
    'CREATE TABLE argus.mine (x int)', 'CREATE SCHEMA mine', 'CREATE TABLE public.mine (x int)', 'CREATE TEMP TABLE mine (x int)',
    'ALTER TABLE argus.events ADD COLUMN x int', 'ALTER TABLE argus.tenants DROP CONSTRAINT armed_implies_signed_consent', 'ALTER TABLE argus.events OWNER TO argus_runtime',
    'ALTER TABLE argus.events DISABLE TRIGGER ALL', 'DROP TABLE argus.events', 'DROP SCHEMA argus CASCADE', 'DROP INDEX argus.one_live_session_per_agent',
    'CREATE RULE r AS ON INSERT TO argus.events DO INSTEAD NOTHING', 'CREATE INDEX i ON argus.events (at)',
    'CREATE TRIGGER t BEFORE INSERT ON argus.events EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    `CREATE FUNCTION argus.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`, 'CREATE VIEW argus.v AS SELECT 1',
    'GRANT argus_owner TO argus_runtime', 'CREATE ROLE mine', 'ALTER ROLE argus_runtime SUPERUSER',
    'SET ROLE argus_owner', 'SET ROLE argus_admin', 'SET SESSION AUTHORIZATION argus_owner', 'SET LOCAL session_replication_role = replica',
    `COPY argus.events TO PROGRAM 'cat'`, `COPY argus.events FROM '/etc/passwd'`, `SELECT pg_read_file('/etc/passwd')`, 'SELECT * FROM pg_authid',
    `ALTER SYSTEM SET fsync = off`, 'CREATE EXTENSION dblink',
  ];
  test.each(ddl)('may not: %s', async (text) => {
    // ALTER SYSTEM is refused in any transaction, whoever asks; ask for it outside of one.
    const outside = text.startsWith('ALTER SYSTEM')
      ? await clients.runtime?.query(text).then(() => 'allowed', (problem: { code?: string }) => problem.code)
      : await tried('runtime', text);
    expect(outside).toBe(DENIED);
  });

  test('cannot give itself a right: PostgreSQL warns, and grants nothing', async () => {
    await clients.runtime?.query('GRANT UPDATE, DELETE, TRUNCATE ON argus.events TO argus_runtime, argus_auditor');
    expect(await tried('runtime', `UPDATE argus.events SET type = 'x'`)).toBe(DENIED);
    expect(await tried('auditor', `UPDATE argus.events SET type = 'x'`)).toBe(DENIED);
  });

  test('reads the migrations and writes none', async () => {
    expect(await tried('runtime', 'SELECT * FROM argus.schema_migrations')).toBe('allowed');
    expect(await tried('runtime', 'INSERT INTO argus.schema_migrations SELECT * FROM argus.schema_migrations')).toBe(DENIED);
  });
});

/** Guarantee: the auditor role reads the record and can do nothing else, so its password opens nothing. */
test('the auditor role selects from these tables and can do nothing else', async () => {
  const got: Record<string, string> = {};
  const expected: Record<string, string> = {};
  for (const { name, column } of await catalog()) {
    const outcomes = [
      await tried('auditor', `SELECT 1 FROM argus.${name}`),
      await tried('auditor', `INSERT INTO argus.${name} DEFAULT VALUES`),
      await tried('auditor', `UPDATE argus.${name} SET ${column} = ${column}`),
      await tried('auditor', `DELETE FROM argus.${name}`),
      await tried('auditor', `TRUNCATE argus.${name}`),
    ];
    got[name] = outcomes.join(' ');
    expected[name] = [AUDITED.includes(name) ? 'allowed' : DENIED, DENIED, DENIED, DENIED, DENIED].join(' ');
  }
  expect(got).toEqual(expected);
  for (const text of ['SET ROLE argus_owner', 'SET ROLE argus_runtime', 'CREATE TABLE argus.mine (x int)', 'CREATE TEMP TABLE mine (x int)']) expect(await tried('auditor', text), text).toBe(DENIED);
});

describe('arming without signed consent', () => {
  const arm = `UPDATE argus.tenants SET armed = true, armed_at = now(), armed_by = 'x', armed_until = now() + interval '1 day'`;
  const halves = [
    '', ', consent_signed = true', ', consent_signed = true, consent_signed_at = now()', `, consent_signed = true, consent_document_id = 'DOC'`,
    `, consent_signed = false, consent_signed_at = now(), consent_document_id = 'DOC'`,
  ];
  /** Guarantee: there is no override, not even for the role that owns the table. */
  test.each(halves)('with%s is refused for the owner and for the runtime role, by the CHECK', async (half) => {
    for (const who of ['owner', 'runtime'] as const) expect(await tried(who, `${arm}${half} WHERE id = $1`, [OTHER_TENANT])).toBe('23514');
  });

  test('a tenant cannot be born armed either, nor armed without saying until when', async () => {
    const born = `INSERT INTO argus.tenants (id, name, created_at, armed, armed_at, armed_by, armed_until) VALUES ('BORN_ARMED', 'x', now(), true, now(), 'x', now())`;
    expect(await tried('owner', born)).toBe('23514');
    expect(await tried('owner', 'UPDATE argus.tenants SET armed = true WHERE id = $1', [TENANT])).toBe('23514');
  });

  test('taking the signature away under an armed tenant is refused too', async () => {
    const { rowCount } = await asOwner(`${arm} WHERE id = $1`, [TENANT]);
    expect(rowCount).toBe(1);
    for (const change of ['consent_signed = false', 'consent_signed_at = NULL', 'consent_document_id = NULL'])
      expect(await tried('owner', `UPDATE argus.tenants SET ${change} WHERE id = $1`, [TENANT]), change).toBe('23514');
  });
});

describe('arming for longer than 90 days', () => {
  const arm = `UPDATE argus.tenants SET armed = true, armed_by = 'x', armed_at = '2026-03-01T12:00:00Z', armed_until = '2026-03-01T12:00:00Z'::timestamptz + `;
  /** Guarantee: no setting and no code keeps a door open for longer, whatever it does with the clocks of summer and winter. */
  test('is refused for the owner and for the runtime role, by the CHECK, to the millisecond', async () => {
    for (const who of ['owner', 'runtime'] as const) {
      expect(await tried(who, `${arm} interval '2160 hours' WHERE id = $1`, [TENANT])).toBe('allowed');
      expect(await tried(who, `${arm} interval '2160 hours 1 ms' WHERE id = $1`, [TENANT])).toBe('23514');
    }
  });
});

test('a hand-off that is good for longer than a minute is refused for the owner and for the runtime role, by the CHECK', async () => {
  const insert = (seconds: number) => `INSERT INTO argus.handoffs (code_hash, challenge, login_id, operator, name, scopes, days, created_at, expires_at)
    VALUES (decode(repeat('ab', 32), 'hex'), decode(repeat('cd', 32), 'hex'), 'lgn_nobodys', 'x', 'x', '{}', 1, now(), now() + interval '1 second' * ${seconds})`;
  for (const who of ['owner', 'runtime'] as const) expect([who, await tried(who, insert(60.001)), await tried(who, insert(60))]).toEqual([who, '23514', '23503']); // whole but for its sign-in
});

describe('every act of consent', () => {
  /** Guarantee: the history of consent is the log's own: no act without its entry, and no entry without its act. */
  test('is an entry of the tenant\'s log, of its own type, and the other way round', async () => {
    await ledger.append(factOf({ tenant: TENANT, type: 'consent_withdrawn', outcome: 'ok' }), [{ do: 'withdraw_consent', tenant: TENANT, by: 'kim@tenant.example', at: START }]);
    await consenting(TENANT);
    const { rows } = await asOwner(
      `SELECT h.tenant_id, h.seq, e.type, (h.consent IS NULL) AS is_withdrawn FROM argus.consent_history h
         FULL JOIN (SELECT * FROM argus.events WHERE type LIKE 'consent\\_%') e ON e.tree = h.tenant_id AND e.leaf_index = h.seq ORDER BY h.seq`,
    );
    const acts = rows as { tenant_id: string | null; seq: string | null; type: string | null; is_withdrawn: boolean }[]; // the query says so
    expect(acts.length).toBeGreaterThanOrEqual(3);
    for (const act of acts) expect([act.tenant_id, act.type]).toEqual([TENANT, act.is_withdrawn ? 'consent_withdrawn' : 'consent_recorded']);
  });

  test('stays as it was written: neither changed nor taken away by the running API', async () => {
    for (const text of ['UPDATE argus.consent_history SET consent = NULL', 'UPDATE argus.consent_history SET seq = seq + 1', 'DELETE FROM argus.consent_history', 'TRUNCATE argus.consent_history'])
      expect(await tried('runtime', text), text).toBe(DENIED);
  });

  test('cannot take the place of another one', async () => {
    expect(await tried('runtime', 'INSERT INTO argus.consent_history SELECT * FROM argus.consent_history')).toBe('23505');
  });
});

describe('what is kept of results', () => {
  /** Guarantee: the running API takes away what the consent's time for it is over for, and nothing else. */
  test('goes when its time is over, by the clock of the database, and not before', async () => {
    const kept = async () => (await asOwner('SELECT request_id FROM argus.kept_results ORDER BY seq')).rows.map((row: { request_id: string }) => row.request_id);
    const now = systemClock.now();
    for (const [name, until] of [['req_over_one', now - 1], ['req_stays_one', now + DAY_MS]] as const)
      await ledger.append(factOf({ tenant: TENANT }), [{ do: 'keep_result', kept: keptOf({ requestId: mustId('request', name), at: now - DAY_MS, until }), bytesMax: 10_000 }]);
    expect(await kept()).toEqual(['req_kept_one', 'req_over_one', 'req_stays_one']);
    await stores.calls.keep();
    expect(await kept()).toEqual(['req_kept_one', 'req_stays_one']);
  });

  test.each([`until = now() + interval '3651 days'`, `sealed = ''`, `sealed = decode(repeat('00', 8388609), 'hex')`])('is never there with %s, also for the owner', async (change) =>
    expect(await tried('owner', `UPDATE argus.kept_results SET ${change}`)).toBe('23514'));

  test('the auditor has no part in it', async () => expect(await tried('auditor', 'SELECT sealed FROM argus.kept_results')).toBe(DENIED));
});

test('who is armed for too long is found by an index, however many tenants there are', async () => {
  await asOwner('SET enable_seqscan = off'); // of two tenants, reading both is cheaper
  const { rows } = await asOwner('EXPLAIN SELECT id, armed_until FROM argus.tenants WHERE armed AND armed_until <= now() ORDER BY armed_until');
  await asOwner('RESET enable_seqscan');
  expect(JSON.stringify(rows)).toMatch(/Index Scan (using|on) tenants_armed_until/);
});

describe('a consent row edited by hand, as the owner, opens nothing', () => {
  const forged = `UPDATE argus.tenants SET consent_signed = true, consent_signed_at = $2, consent_document_id = $3, consent_document_sha256 = $4,
    consent_signer_name = $5, consent_signer_email = $6, consent_recorded_by = $7, consent_expires_at = NULL, consent_scope = NULL, consent_seq = $8 WHERE id = $1`;
  const c = consentOf();
  const forge = (tenant: TenantId, seq: number | null) =>
    asOwner(forged, [tenant, new Date(c.signedAt), c.documentId, c.documentSha256, c.signer.name, c.signer.email, c.recordedBy, seq]);
  const stands = async (id: TenantId) => {
    const tenant = await stores.tenants.byId(id);
    return [tenant?.consent !== null, tenant ? isConsentStanding(tenant, START) : null];
  };

  test('with no entry, with an entry about something else, or with one that is not there', async () => {
    for (const seq of [null, 0, 7]) {
      await forge(OTHER_TENANT, seq);
      expect(await stands(OTHER_TENANT)).toEqual([true, false]);
    }
  });

  const edits = [
    `consent_expires_at = consent_signed_at + interval '10 years'`, `consent_scope = '{"commands":["ping","agent_info"]}'`, 'consent_scope = NULL',
    `consent_document_id = 'DOC-1'`, `consent_document_sha256 = repeat('cd', 32)`, `consent_signed_at = consent_signed_at - interval '1 ms'`,
    `consent_signer_name = 'Eve'`, `consent_signer_email = 'eve@tenant.example'`, 'consent_seq = 0',
  ];
  test.each(edits)('with %s', async (edit) => {
    await consenting(TENANT, consentOf({ scope: { commands: ['ping'] }, expiresAt: START + DAY_MS }));
    expect(await stands(TENANT)).toEqual([true, true]);
    await asOwner(`UPDATE argus.tenants SET ${edit} WHERE id = $1`, [TENANT]);
    expect(await stands(TENANT)).toEqual([true, false]);
  });

  /** Guarantee: what was withdrawn stays withdrawn, though its entry is in the log for good. */
  test('after a withdrawal, with the entry of the consent that was withdrawn', async () => {
    const seq = await consenting(TENANT);
    expect(await stands(TENANT)).toEqual([true, true]);
    await ledger.append(factOf({ tenant: TENANT, type: 'consent_withdrawn', outcome: 'ok' }), [{ do: 'withdraw_consent', tenant: TENANT, by: 'kim@tenant.example', at: START }]);
    await forge(TENANT, seq);
    expect(await stands(TENANT)).toEqual([true, false]);
  });

  test('after a narrower consent, with the entry of the wider one before it', async () => {
    const wide = await consenting(TENANT);
    await consenting(TENANT, consentOf({ scope: { commands: ['ping'] } }));
    await forge(TENANT, wide);
    expect(await stands(TENANT)).toEqual([true, false]);
  });
});

test.each(['SELECT sealed_passkey FROM argus.agents', 'SELECT secret_hash FROM argus.sessions', 'SELECT * FROM argus.pats', 'SELECT * FROM argus.log_keys', 'SELECT * FROM argus.enrollment_codes', 'SELECT * FROM argus.users', 'SELECT * FROM argus.logins', 'SELECT * FROM argus.recovery_codes', 'SELECT * FROM argus.invitations', 'SELECT * FROM argus.handoffs'])(
  'the auditor reads nothing that is sealed or hashed: %s',
  async (text) => expect(await tried('auditor', text)).toBe(DENIED),
);
