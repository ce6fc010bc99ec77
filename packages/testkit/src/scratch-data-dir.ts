/** A data dir for one test, and the end of everything that was started in it. */
import { chmod, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopEmbeddedPostgres } from '@argus/ops-api/adapters/embedded-postgres/open.ts';

export type Scratch = {
  /** Every user may enter it. */
  readonly folder: string;
  readonly dataDir: string;
  /** For what would go to /var/lib/argus. */
  readonly stateFolder: string;
  remove(): Promise<void>;
};

/** The pid follows: what a killed run leaves behind is cleared by the next one. */
export const SCRATCH_PREFIX = 'argus-scratch-';

export async function scratchDataDir(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), `${SCRATCH_PREFIX}${process.pid}-`));
  await chmod(folder, 0o755);
  const dataDir = join(folder, 'data');
  await mkdir(dataDir, { mode: 0o755 });
  return {
    folder,
    dataDir,
    stateFolder: join(folder, 'state'),
    remove: async () => {
      await stopEmbeddedPostgres({ dataDir, say: () => undefined });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Pids of living processes whose command line mentions the text. */
export async function processesNaming(text: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(text) && Number(pid) !== process.pid) found.push(Number(pid));
  }
  return found;
}
