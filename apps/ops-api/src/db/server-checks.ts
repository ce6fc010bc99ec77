/** What we ask of a PostgreSQL before we trust it with an acknowledged entry, and of ourselves before we touch it. */
import type { Pool } from 'pg';

/** Pools and clients both will do. */
type Query = Pick<Pool, 'query'>;

const OLDEST = 150_000;
const WHY: Readonly<Record<string, string>> = {
  fsync: 'an entry we acknowledged would be lost when the machine stops',
  full_page_writes: 'a page half written when the machine stops would be lost',
  synchronous_commit: 'an entry we acknowledged would be lost when the server stops',
};

export async function refuseUnsafeServer(pool: Query): Promise<void> {
  const { rows } = await pool.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name = any ($1)`,
    [['server_version_num', ...Object.keys(WHY)]],
  );
  const found = new Map(rows.map((row) => [row.name, row.setting]));
  const version = Number(found.get('server_version_num'));
  if (!(version >= OLDEST)) {
    throw new Error(
      `The database is PostgreSQL ${Math.floor(version / 10_000)}, and Argus needs 15 or newer. Upgrade it, or ` +
        'unset DATABASE_URL to use the one that comes with Argus.',
    );
  }
  for (const [name, why] of Object.entries(WHY)) {
    const setting = found.get(name);
    if (setting !== undefined && setting !== 'off') continue;
    throw new Error(
      `The database runs with ${name} ${setting ?? 'unknown'}: ${why}. Turn it on (ALTER SYSTEM SET ${name} = on; ` +
        'also ALTER ROLE or ALTER DATABASE, if it was set there) and restart it.',
    );
  }
}

/** The running API must not be able to change what it wrote, whatever a bug in it tries. */
export async function refuseTooMuchPower(pool: Query): Promise<void> {
  const { rows } = await pool.query<{ role: string; power: string }>(
    `select current_user as role, 'is a superuser, may create roles, or bypasses row security' as power
       from pg_roles where rolname = current_user and (rolsuper or rolcreaterole or rolbypassrls)
     union all
     select current_user, 'owns ' || n.nspname || '.' || c.relname
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'argus' and pg_has_role(current_user, c.relowner, 'MEMBER')
     union all
     select current_user, 'owns the schema argus'
       from pg_namespace n where n.nspname = 'argus' and pg_has_role(current_user, n.nspowner, 'MEMBER')`,
  );
  const [first] = rows;
  if (!first) return;
  throw new Error(
    `The ops API is logged in to the database as ${first.role}, who ${first.power} and so could rewrite the audit. ` +
      "Give it the login of argus_runtime; the owner's belongs to ARGUS_DATABASE_OWNER_URL, which only migrations " +
      'read.',
  );
}
