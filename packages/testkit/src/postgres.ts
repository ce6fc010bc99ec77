/**
 * A database per test file, cloned from one that is migrated once per run.
 *
 *   const db = await testDatabase();
 *   const pool = openPool({ connection: db.runtime, max: 4, say: () => undefined });
 *   afterAll(async () => { await pool.end(); await db.drop(); });
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DatabaseRole } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import { closeDatabase } from '@argus/ops-api/db/roles.ts';
import { Client, type ClientConfig } from 'pg';
import { inject } from 'vitest';

/** Long enough for whoever is leaving; who stays is thrown out. */
const LEAVING_MS = 2_000;
const LOOK_MS = 10;

/** What the contract project's global setup tells its tests. */
export type TestServer = {
  readonly socketDir: string;
  readonly port: number;
  readonly template: string;
  /** The `native` folder of the PostgreSQL under test, for servers that a test starts itself. */
  readonly programs: string;
  readonly passwords: { readonly [R in DatabaseRole]: string };
};

declare module 'vitest' {
  // The place vitest looks at for the types of inject(); it has to be an interface.
  interface ProvidedContext {
    readonly testServer: TestServer;
  }
}

export const testServer = (): TestServer => inject('testServer');

export type TestDatabase = {
  readonly name: string;
  /** A superuser: for tests about roles and migrations, not for arranging what runtime could do itself. */
  readonly admin: ClientConfig;
  readonly owner: ClientConfig;
  readonly runtime: ClientConfig;
  readonly auditor: ClientConfig;
  /** Closes whatever is still connected, too. */
  drop(): Promise<void>;
};

/** `empty` gives one that no migration has seen. */
export async function testDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const server = testServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, async (admin) => {
    await admin.query(`create database ${name} template ${empty ? 'template0' : server.template}`);
    // A clone starts with everybody allowed to connect, whatever the template said.
    await closeDatabase(admin, name);
  });
  const as = (role: DatabaseRole): ClientConfig => embeddedConnection(server, role, server.passwords[role], name);
  return {
    name,
    admin: as('admin'),
    owner: as('owner'),
    runtime: as('runtime'),
    auditor: as('auditor'),
    drop: () =>
      asAdmin(server, async (admin) => {
        await untilLeft(admin, name);
        await admin.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/** A pool that has ended may still be closing its connections; one of them that is thrown out instead is an error nobody hears. */
async function untilLeft(admin: Client, name: string): Promise<void> {
  const until = performance.now() + LEAVING_MS;
  while (performance.now() < until) {
    const { rowCount } = await admin.query(`select from pg_stat_activity where datname = $1 and backend_type = 'client backend'`, [name]);
    if (rowCount === 0) return;
    await pause(LOOK_MS);
  }
}

async function asAdmin(server: TestServer, work: (admin: Client) => Promise<void>): Promise<void> {
  const admin = new Client(embeddedConnection(server, 'admin', server.passwords.admin, 'postgres'));
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
