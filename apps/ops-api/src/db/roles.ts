/**
 * The three roles below the one that migrates: owner makes tables, runtime runs, auditor reads.
 * A role that can do more than that is refused rather than trimmed: somebody gave it that power for a reason.
 */
import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import { scramVerifier } from './scram.ts';

export const ROLES = ['owner', 'runtime', 'auditor'] as const;
export type Role = (typeof ROLES)[number];
export type RolePasswords = { readonly [R in Role]: string };

export const nameOfRole = (role: Role): `argus_${Role}` => `argus_${role}`;

/**
 * A statement that hangs must not hold a lock for ever; the owner's may be long, since it migrates and drops
 * partitions.
 */
const LIMITS: { readonly [R in Role]: Readonly<Record<string, string>> } = {
  owner: { statement_timeout: '10min', lock_timeout: '10s', idle_in_transaction_session_timeout: '1min' },
  runtime: { statement_timeout: '15s', lock_timeout: '5s', idle_in_transaction_session_timeout: '30s' },
  auditor: { statement_timeout: '2min', lock_timeout: '5s', idle_in_transaction_session_timeout: '1min' },
};

type Query = Pick<Client, 'query'>;

export async function ensureRoles(client: Query, passwords: RolePasswords): Promise<void> {
  for (const role of ROLES) {
    const name = nameOfRole(role);
    const verifier = escapeLiteral(await scramVerifier(passwords[role]));
    const exists = (await client.query('select 1 from pg_roles where rolname = $1', [name])).rowCount;
    await client.query(
      exists
        ? `alter role ${name} with login noinherit password ${verifier}`
        : `create role ${name} with login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls ` +
            `password ${verifier}`,
    );
    for (const [setting, value] of Object.entries({ ...LIMITS[role], search_path: 'argus' })) {
      await client.query(`alter role ${name} set ${setting} = ${escapeLiteral(value)}`);
    }
  }
  await refuseSurprises(client);
}

async function refuseSurprises(client: Query): Promise<void> {
  const names = ROLES.map(nameOfRole);
  const { rows } = await client.query<{ role: string; power: string }>(
    `select rolname as role, 'may do what a superuser, a creator of roles or databases, or a replica may' as power
       from pg_roles
      where rolname = any ($1) and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
     union all
     select m.rolname, 'is a member of ' || g.rolname
       from pg_auth_members am
       join pg_roles m on m.oid = am.member
       join pg_roles g on g.oid = am.roleid
      where m.rolname = any ($1)`,
    [names],
  );
  const [first] = rows;
  if (!first) return;
  throw new Error(
    `The database role ${first.role} ${first.power}, which would let it get around the grants that protect the ` +
      'audit. ' +
      'Take that away (ALTER ROLE, REVOKE) or drop the role, and start again.',
  );
}

/** Only the three may connect; what the database's own owner may do, PostgreSQL decides. */
export async function closeDatabase(client: Query, database: string): Promise<void> {
  const name = escapeIdentifier(database);
  await client.query(`revoke all on database ${name} from public`);
  await client.query(`grant connect on database ${name} to ${ROLES.map(nameOfRole).join(', ')}`);
}

/** Everything of ours is in one schema that belongs to the owner; `public` is nobody's scratch pad. */
export async function ensureSchema(client: Query): Promise<void> {
  const { rows } = await client.query<{ super: boolean; owner: string | null; me: string }>(
    `select (select rolsuper from pg_roles where rolname = current_user) as super, current_user as me,
            (select r.rolname from pg_namespace n join pg_roles r on r.oid = n.nspowner
              where n.nspname = 'argus') as owner`,
  );
  const [found] = rows;
  if (!found) throw new Error('PostgreSQL does not say who we are; this is a bug in Argus.');
  // To make something for another role, and to SET ROLE to it, one has to be a member of it.
  if (!found.super) await client.query(`grant argus_owner to ${escapeIdentifier(found.me)}`);
  if (found.owner === null) await client.query('create schema argus authorization argus_owner');
  else if (found.owner !== 'argus_owner') {
    throw new Error(
      `The database has a schema argus that belongs to ${found.owner}. Use another database, or, if it is ours: ` +
        'alter schema argus owner to argus_owner.',
    );
  }
  await client.query('revoke all on schema public from public');
}
