/**
 * Brings a database to where this code expects it: roles, schema, then plain SQL files in order, each in a
 * transaction.
 */
import { join } from 'node:path';
import { Client, type ClientConfig, DatabaseError } from 'pg';
import { keepAuditLog } from './keep-audit-log.ts';
import { type Applied, type Migration, planMigrations, readMigrations } from './migration-files.ts';
import { type RolePasswords, closeDatabase, ensureRoles, ensureSchema } from './roles.ts';

export const MIGRATIONS = join(import.meta.dirname, 'migrations');

/** Ours among all users of advisory locks: the letters "argus". */
const LOCK_KEY = 0x6172677573;

type Migrating = {
  /** Of a role that may create roles and schemas. */
  readonly connection: ClientConfig;
  readonly passwords: RolePasswords;
  readonly say: (line: string) => void;
  readonly directory?: string;
};

export async function migrate({
  connection,
  passwords,
  say,
  directory = MIGRATIONS,
}: Migrating): Promise<{ readonly applied: readonly string[] }> {
  const files = await readMigrations(directory);
  const client = new Client({ application_name: 'argus-migrate', ...connection });
  // A connection that breaks between two statements also makes the next statement fail, and that one is reported.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await lock(client);
    await prepareDatabase(client, passwords);
    const left = planMigrations(files, await appliedIn(client));
    for (const file of left) {
      say(`Applying the migration ${file.name}.`);
      await apply(client, file);
    }
    await inTransaction(client, async () => {
      await client.query('set local role argus_owner');
      await keepAuditLog(client);
    });
    return { applied: left.map((file) => file.name) };
  } finally {
    await client.end();
  }
}

/** Held until we disconnect, however that happens. */
async function lock(client: Client): Promise<void> {
  await client.query(`set lock_timeout = '2min'`);
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '55P03') throw error;
    throw new Error(
      'Another process has been migrating this database for two minutes. Wait for it to end, or end it, and start ' +
        'again.',
      { cause: error },
    );
  }
  await client.query(`set lock_timeout = '10s'`);
}

async function prepareDatabase(client: Client, passwords: RolePasswords): Promise<void> {
  await inTransaction(client, async () => {
    await ensureRoles(client, passwords);
    await ensureSchema(client);
    const { rows } = await client.query<{ name: string }>('select current_database() as name');
    for (const { name } of rows) await closeDatabase(client, name);
    await client.query('set local role argus_owner');
    await client.query(
      `create table if not exists argus.schema_migrations (
         name text primary key,
         sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
         applied_at timestamptz not null default now()
       )`,
    );
  });
}

async function appliedIn(client: Client): Promise<readonly Applied[]> {
  return (await client.query<Applied>('select name, sha256 from argus.schema_migrations order by name')).rows;
}

async function apply(client: Client, { name, sha256, sql }: Migration): Promise<void> {
  try {
    await inTransaction(client, async () => {
      await client.query(`set local role argus_owner`);
      await client.query(`set local search_path = argus`);
      await client.query(sql);
      await client.query('insert into argus.schema_migrations (name, sha256) values ($1, $2)', [name, sha256]);
    });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new Error(
      `The migration ${name} failed and left no trace: ${error.message} ` +
        `(${error.code}${lineOf(sql, error.position)}). ` +
        'The database is as it was before; mend the migration and start again.',
      { cause: error },
    );
  }
}

const lineOf = (sql: string, position: string | undefined): string =>
  position ? `, line ${sql.slice(0, Number(position)).split('\n').length}` : '';

async function inTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    // A broken connection cannot roll back, and does not have to; the first error is the one to tell.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
