/** The database `argus` on the server that comes with Argus, migrated. */
import { Client, type ClientConfig } from 'pg';
import { type EmbeddedPostgres, type OpenOptions, openEmbeddedPostgres } from '../adapters/embedded-postgres/open.ts';
import { DATABASE_ROLES, type DatabaseRole, roleName } from '../adapters/embedded-postgres/passwords.ts';
import { migrate } from './migrate.ts';

export const DATABASE = 'argus';

type Server = Pick<EmbeddedPostgres, 'socketDir' | 'port'>;

export const embeddedConnection = (
  server: Server,
  role: DatabaseRole,
  password: string,
  database = DATABASE,
): ClientConfig => ({
  host: server.socketDir,
  port: server.port,
  user: roleName(role),
  password,
  database,
  ssl: false,
  connectionTimeoutMillis: 5_000,
});

/** `directory` is where the migrations are; ours, unless a test brings its own. */
type Preparing = OpenOptions & { readonly directory?: string };

export async function prepareEmbedded({ directory, ...options }: Preparing): Promise<EmbeddedPostgres> {
  const server = await openEmbeddedPostgres(options);
  await asAdmin(server, async (admin) => {
    // A server and a command beside it may prepare at the same moment; two who change one role at once fail.
    await admin.query(`select pg_advisory_lock(hashtextextended('argus prepare', 0))`);
    await ensureDatabase(admin, DATABASE);
    await migrate({
      connection: embeddedConnection(server, 'admin', await server.passwordOf('admin')),
      passwords: {
        owner: await server.passwordOf('owner'),
        runtime: await server.passwordOf('runtime'),
        auditor: await server.passwordOf('auditor'),
      },
      say: options.say,
      ...(directory === undefined ? {} : { directory }),
    });
    await keepDataOutOfTheLog(admin);
  });
  return server;
}

async function asAdmin(server: EmbeddedPostgres, work: (admin: Client) => Promise<void>): Promise<void> {
  const client = new Client(embeddedConnection(server, 'admin', await server.passwordOf('admin'), 'postgres'));
  // A connection that breaks also makes the next statement fail, and that one is reported.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** An error like `invalid input syntax: "…"` quotes what was sent. The sender is told; the server's log is not. */
async function keepDataOutOfTheLog(admin: Client): Promise<void> {
  for (const role of DATABASE_ROLES) await admin.query(`alter role ${roleName(role)} set log_min_messages = 'log'`);
}

/** Also closes the databases PostgreSQL makes for itself: our roles have no business there. */
async function ensureDatabase(admin: Client, name: string): Promise<void> {
  const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [name]);
  if (rowCount) return;
  await admin.query('revoke all on database postgres, template1 from public');
  await admin.query(`create database ${admin.escapeIdentifier(name)}`);
}
