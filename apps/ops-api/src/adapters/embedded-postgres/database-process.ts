/** Has the database opened and migrated by a process of its own, which alone sees the owner's and admin's passwords. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { z } from 'zod';
import { embeddedConnection } from '../../db/embedded-database.ts';
import { stopEmbeddedPostgres } from './open.ts';
import { readDatabasePassword } from './passwords.ts';

const Prepared = z.object({ socketDir: z.string(), port: z.int(), database: z.string(), adopted: z.boolean() });
const PREPARE = join(import.meta.dirname, '..', '..', 'db', 'prepare.ts');

type Opening = { readonly dataDir: string; readonly runtimeDir: string | undefined; readonly say: (line: string) => void };

export async function openDatabaseProcess({ dataDir, runtimeDir, say }: Opening): Promise<{ connection: PoolConfig; adopted: boolean; stop: () => Promise<void> }> {
  const prepared = Prepared.parse(await prepare({ ARGUS_DATA_DIR: dataDir, ...(runtimeDir !== undefined && { XDG_RUNTIME_DIR: runtimeDir }) }));
  const password = await readDatabasePassword(dataDir, 'runtime');
  if (password === null) throw new Error(`The password of the runtime role is missing from ${dataDir}/secrets. Restore it from a backup.`);
  return {
    connection: embeddedConnection(prepared, 'runtime', password, prepared.database),
    adopted: prepared.adopted,
    stop: async () => void (await stopEmbeddedPostgres({ dataDir, say })),
  };
}

/** It says on stderr what it does, and on stdout where the database is. */
function prepare(env: Readonly<Record<string, string>>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // Its own session: Ctrl-C in a terminal must not interrupt a migration halfway.
    const child = spawn(process.execPath, [PREPARE], { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Error('The database could not be opened; the lines above say why.'));
    });
  });
}
