/** A PostgreSQL somebody else runs. We make our roles in it, and touch no role whose password we do not know. */
import { Client, type ClientConfig, DatabaseError } from 'pg';
import { ensureDatabasePassword, passwordFile, readDatabasePassword } from '../adapters/embedded-postgres/passwords.ts';
import { migrate } from './migrate.ts';
import { type Role, type RolePasswords, nameOfRole } from './roles.ts';
import { refuseUnsafeServer } from './server-checks.ts';

type External = {
  /** postgres://… of a role that may create roles and schemas. */
  readonly ownerUrl: string;
  /** What the running API will use; when it names argus_runtime, its password is that role's. */
  readonly runtimeUrl?: string | undefined;
  readonly dataDir: string;
  readonly say: (line: string) => void;
  readonly directory?: string;
};

export async function prepareExternal({
  ownerUrl,
  runtimeUrl,
  dataDir,
  say,
  directory,
}: External): Promise<{ readonly database: string }> {
  const connection: ClientConfig = { connectionString: ownerUrl, connectionTimeoutMillis: 10_000 };
  const client = new Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  let database: string;
  let passwords: RolePasswords;
  try {
    await refuseUnsafeServer(client);
    database = (await client.query<{ name: string }>('select current_database() as name')).rows[0]?.name ?? '';
    const known = async (role: Role): Promise<string> => {
      const exists = (await client.query('select 1 from pg_roles where rolname = $1', [nameOfRole(role)])).rowCount;
      return exists ? provenPassword(role) : (fromUrl(role) ?? ensureDatabasePassword(dataDir, role));
    };
    passwords = { owner: await known('owner'), runtime: await known('runtime'), auditor: await known('auditor') };
  } finally {
    await client.end();
  }
  await migrate({ connection, passwords, say, ...(directory === undefined ? {} : { directory }) });
  return { database };

  function fromUrl(role: Role): string | null {
    const url = runtimeUrl && role === 'runtime' ? new URL(runtimeUrl) : null;
    return url?.username === nameOfRole(role) && url.password ? decodeURIComponent(url.password) : null;
  }

  async function provenPassword(role: Role): Promise<string> {
    const password = fromUrl(role) ?? (await readDatabasePassword(dataDir, role));
    if (password !== null && (await logsIn(connection, ownerUrl, { role, password }))) return password;
    const file = passwordFile(dataDir, role);
    const problem = password === null ? `${file} with its password is missing` : 'the password we have is refused';
    throw new Error(
      `The database has a role ${nameOfRole(role)} already, and ${problem}. ` +
        `If another Argus made it, copy its secrets/db-*.password files to ${dataDir}/secrets. ` +
        `If you made it, write its password to ${file} (mode 600)` +
        `${role === 'runtime' ? ' or into DATABASE_URL' : ''}. ` +
        'If nobody needs it, drop the role.',
    );
  }
}

type Login = { readonly role: Role; readonly password: string };

async function logsIn(connection: ClientConfig, ownerUrl: string, { role, password }: Login): Promise<boolean> {
  const url = new URL(ownerUrl);
  url.username = nameOfRole(role);
  url.password = encodeURIComponent(password);
  const client = new Client({ ...connection, connectionString: url.href });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    // Wrong password, or no right to log in or connect yet; migrating grants the last two.
    if (error instanceof DatabaseError && error.code === '42501') return true;
    if (error instanceof DatabaseError && (error.code === '28P01' || error.code === '28000')) return false;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
