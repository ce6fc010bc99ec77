/** The PostgreSQL of a test: what can happen to it, and where it is. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabaseProcess } from '@argus/ops-api/adapters/embedded-postgres/database-process.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { newInstallation, type Installation } from './ops-api.ts';
import { atTheEnd } from './teardown.ts';

export type Database = {
  readonly dataDir: string;
  /** kill -9 of the process that started all the others. */
  kill(): Promise<void>;
  /** As its own administrator would; the embedded one does not need it. */
  startAgain(): Promise<void>;
  /** Nothing of it runs any more, and nothing of it ends. */
  freeze(): Promise<void>;
  thaw(): void;
};

export function databaseIn(dataDir: string): Database {
  const frozen = new Set<number>();
  const postmaster = async (): Promise<number> => {
    const server = await readPostmaster(join(dataDir, 'postgres'));
    if (!server) throw new Error(`no database runs in ${dataDir}`);
    return server.pid;
  };
  const thaw = () => {
    for (const pid of frozen) {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // it has ended
      }
    }
    frozen.clear();
  };
  atTheEnd(thaw);
  return {
    dataDir,
    kill: async () => void process.kill(await postmaster(), 'SIGKILL'),
    startAgain: async () => void (await openDatabaseProcess(opening(dataDir))),
    async freeze() {
      const pid = await postmaster();
      // The one that starts others first, so that none is missed.
      for (const one of [pid, ...(await childrenOf(pid))]) {
        frozen.add(one);
        process.kill(one, 'SIGSTOP');
      }
    },
    thaw,
  };
}

/** A server of somebody else, as far as the ops API can tell: it has an address, and nobody brings it back. */
export async function externalDatabase(): Promise<{ readonly url: string; readonly dataDir: string }> {
  const { dataDir } = await newInstallation();
  const { connection } = await openDatabaseProcess(opening(dataDir));
  const { user, password, database, host, port } = connection;
  return { dataDir, url: `postgres://${user}:${String(password)}@localhost:${port}/${database}?host=${host}` };
}

export const onExternal = (installation: Installation, url: string): Installation => ({ ...installation, env: { ...installation.env, DATABASE_URL: url } });

const opening = (dataDir: string) => ({ dataDir, runtimeDir: undefined, say: () => undefined });

async function childrenOf(parent: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent) found.push(Number(name));
  }
  return found;
}
