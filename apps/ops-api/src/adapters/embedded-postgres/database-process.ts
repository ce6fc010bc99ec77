/** Has the database opened and migrated by a process of its own, which alone sees the owner's and admin's passwords. */
import { spawn } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { z } from 'zod';
import { embeddedConnection } from '../../db/embedded-database.ts';
import { compiledCodeSetting } from '../process/compiled-code.ts';
import { stopEmbeddedPostgres } from './open.ts';
import { readDatabasePassword } from './passwords.ts';
import { existingCluster } from './place.ts';
import { isServerOf, readPostmaster } from './postmaster.ts';

const Prepared = z.object({ socketDir: z.string(), port: z.int(), database: z.string(), adopted: z.boolean() });
const PREPARE = join(import.meta.dirname, '..', '..', 'db', 'prepare.ts');

type Opening = { readonly dataDir: string; readonly runtimeDir: string | undefined; readonly say: (line: string) => void };

export type DatabaseProcess = {
  readonly connection: PoolConfig;
  readonly adopted: boolean;
  isRunning(): Promise<boolean>;
  /** Starts this very cluster again, where it was. Never makes an empty one in its place. */
  bringBack(): Promise<void>;
  stop(): Promise<void>;
};

export async function openDatabaseProcess({ dataDir, runtimeDir, say }: Opening): Promise<DatabaseProcess> {
  const open = async () => Prepared.parse(await prepare({ ARGUS_DATA_DIR: dataDir, ...(runtimeDir !== undefined && { XDG_RUNTIME_DIR: runtimeDir }), ...compiledCodeSetting() }));
  const prepared = await open();
  const password = await readDatabasePassword(dataDir, 'runtime');
  if (password === null) throw new Error(`The password of the runtime role is missing from ${dataDir}/secrets. Restore it from a backup.`);
  return {
    connection: embeddedConnection(prepared, 'runtime', password, prepared.database),
    adopted: prepared.adopted,
    ...(await ownServer(dataDir, async () => {
      const { socketDir, port } = await open();
      if (socketDir !== prepared.socketDir || port !== prepared.port) throw new Error(`The database is at ${socketDir} now, and was at ${prepared.socketDir}. Restart the ops API.`);
    })),
    stop: async () => void (await stopEmbeddedPostgres({ dataDir, say })),
  };
}

async function ownServer(dataDir: string, open: () => Promise<void>): Promise<Pick<DatabaseProcess, 'isRunning' | 'bringBack'>> {
  const real = await realpath(dataDir);
  const cluster = await existingCluster(real);
  if (cluster === null) throw new Error(`${real} has no database, although one was opened there.`);
  const { uid } = await stat(cluster);
  return {
    async isRunning() {
      const seen = await readPostmaster(cluster);
      return seen !== null && isServerOf(seen.pid, cluster, uid);
    },
    async bringBack() {
      if ((await existingCluster(real)) !== cluster)
        throw new Error(`The database that was in ${cluster} is not there any more. Put it back where it was; an empty one would look like data loss.`);
      await open();
    },
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
