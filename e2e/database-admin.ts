import { Client } from 'pg';
import { join } from 'node:path';
import { readDatabasePassword } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import type { Installation } from './ops-api.ts';

/** What somebody with every right on the database can do, and no other right. */
export async function asDatabaseAdmin({ dataDir }: Pick<Installation, 'dataDir'>, ...statements: readonly string[]): Promise<void> {
  const server = await readPostmaster(join(dataDir, 'postgres'));
  const password = await readDatabasePassword(dataDir, 'admin');
  if (!server || password === null) throw new Error('the database does not run');
  const admin = new Client(embeddedConnection(server, 'admin', password));
  await admin.connect();
  try {
    for (const statement of statements) await admin.query(statement);
  } finally {
    await admin.end();
  }
}
