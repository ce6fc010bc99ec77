/**
 * Where the cluster of a data dir is. `<dataDir>/postgres`, unless the database's account cannot get there; then below
 * our state folder. `<dataDir>/database.json` remembers, because an empty database in a new place looks like data loss.
 */
import { lstat, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type RunAs, canReach } from './run-as.ts';
import { nameOfDataDir } from './socket-folder.ts';

/** Absolute, after symlinks: `dataDir` is where the record was written. */
type Record = { readonly cluster: string; readonly dataDir: string };

const recordFile = (dataDir: string): string => join(dataDir, 'database.json');

export async function readRecord(dataDir: string): Promise<Record | null> {
  const text = await readFile(recordFile(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Falls through to the sentence below.
  }
  throw new Error(
    `${recordFile(dataDir)} does not say where the database is. Restore it from a backup, or remove it if the ` +
      `database is in ${join(dataDir, 'postgres')}.`,
  );
}

const isRecord = (value: unknown): value is Record =>
  typeof value === 'object' &&
  value !== null &&
  'cluster' in value &&
  typeof value.cluster === 'string' &&
  'dataDir' in value &&
  typeof value.dataDir === 'string';

export async function writeRecord(dataDir: string, cluster: string): Promise<void> {
  const record: Record = { cluster, dataDir };
  await writeFile(`${recordFile(dataDir)}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${recordFile(dataDir)}.new`, recordFile(dataDir));
}

/** The cluster this data dir already has; null for a fresh one. */
export async function existingCluster(dataDir: string): Promise<string | null> {
  const record = await readRecord(dataDir);
  const inside = join(dataDir, 'postgres');
  if (record === null) return (await isCluster(inside)) ? realpath(inside) : null;
  // A cluster inside its data dir moves along with it.
  const cluster = record.cluster === join(record.dataDir, 'postgres') ? inside : record.cluster;
  if (!(await isCluster(cluster))) {
    throw new Error(
      `${recordFile(dataDir)} says the database is in ${cluster}, and there is none. If that disk is not mounted, ` +
        'mount it; ' +
        'if the database was restored elsewhere, correct the file; to start with an empty one, remove ' +
        `${recordFile(dataDir)}.`,
    );
  }
  if (
    cluster === record.cluster &&
    record.dataDir !== dataDir &&
    (await readRecord(record.dataDir))?.cluster === cluster
  ) {
    throw new Error(
      `${dataDir} is a copy of ${record.dataDir}, and both name the database in ${cluster}. ` +
        `To start the copy with an empty database, remove ${recordFile(dataDir)} and ${join(dataDir, 'secrets')}.`,
    );
  }
  return realpath(cluster);
}

const isCluster = async (folder: string): Promise<boolean> =>
  (await lstat(join(folder, 'PG_VERSION')).catch(() => null)) !== null;

type For = {
  readonly dataDir: string;
  readonly stateFolder: string;
  readonly runAs: RunAs;
  readonly say: (line: string) => void;
};

export async function placeForNewCluster({ dataDir, stateFolder, runAs, say }: For): Promise<string> {
  if (await canReach(dataDir, runAs)) return join(dataDir, 'postgres');
  const parent = join(stateFolder, 'clusters');
  try {
    await mkdir(parent, { recursive: true, mode: 0o755 });
    if (!(await canReach(parent, runAs))) throw new Error(`${runAs.dropTo?.name} may not enter ${parent} either`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `PostgreSQL has to run as ${runAs.dropTo?.name}, who may not enter ${dataDir}, and there is no other place: ` +
        `${why}. ` +
        'Move the checkout to a folder every user can enter, set ARGUS_DATA_DIR to one, or set DATABASE_URL.',
      { cause: error },
    );
  }
  const cluster = await freeName(join(parent, nameOfDataDir(dataDir)));
  say(`The database goes to ${cluster}, because ${runAs.dropTo?.name}, who runs it, may not enter ${dataDir}.`);
  return cluster;
}

/** A data dir that was removed leaves its cluster behind, with passwords nobody has: never ours to take or delete. */
async function freeName(wanted: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}-${n}`;
    if ((await lstat(name).catch(() => null)) === null) return name;
  }
}

/** An existing cluster whose folders were closed since cannot be started, and must not be replaced by an empty one. */
export async function refuseUnreachable(cluster: string, runAs: RunAs): Promise<void> {
  const { uid } = await stat(cluster);
  if (uid !== runAs.uid) {
    throw new Error(
      `The database in ${cluster} belongs to user ${uid}, and we are user ${runAs.uid}. ` +
        'Start Argus as the user who started it first (root, if that was root), or give this user the whole data ' +
        'dir with chown -R.',
    );
  }
  if (await canReach(dirname(cluster), runAs)) return;
  throw new Error(
    `The database in ${cluster} cannot be started: ${runAs.dropTo?.name}, who runs it, may not enter ` +
      `${dirname(cluster)} any more. ` +
      'Give every folder on the way permission x for others (chmod o+x) and start again.',
  );
}
