/** The proof that a server is ours: it knows our password, and we know its role. */
import { Client, DatabaseError } from 'pg';
import { type DatabaseRole, roleName } from './passwords.ts';

type At = { readonly socketDir: string; readonly port: number; readonly role: DatabaseRole; readonly password: string };

export async function logIn({ socketDir, port, role, password }: At): Promise<void> {
  const client = new Client({
    host: socketDir,
    port,
    user: roleName(role),
    password,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: 10_000,
  });
  // An error after the answer has nobody to tell; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '28P01') throw error;
    throw new Error(
      `The database in use at ${socketDir} does not accept the password in secrets/db-${role}.password. ` +
        'Was one of the two restored from a backup without the other? Put the pair back together and start again.',
      { cause: error },
    );
  } finally {
    await client.end();
  }
}
