/**
 * Makes a cluster, whole or not at all: initdb works beside the final name, so one killed in the middle bricks
 * nothing.
 */
import { randomBytes } from 'node:crypto';
import { lchown, mkdir, open, readFile, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../data-dir/private-file.ts';
import type { Binaries } from './binaries.ts';
import { type RunAs, runToEnd } from './run-as.ts';
import { PASSWORD_FILE } from './socket-folder.ts';

type Making = {
  readonly cluster: string;
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  /** Private to the database's account: where initdb reads the password from. */
  readonly socketDir: string;
  readonly adminName: string;
  readonly adminPassword: string;
};

export async function makeCluster(making: Making): Promise<void> {
  const { cluster, binaries, runAs } = making;
  await removeDrafts(cluster, runAs);
  const draft = `${cluster}.new-${randomBytes(4).toString('hex')}`;
  await mkdir(draft, { mode: 0o700 });
  if (runAs.dropTo) await lchown(draft, runAs.dropTo.uid, runAs.dropTo.gid);
  const passwordFile = join(making.socketDir, `${PASSWORD_FILE}${randomBytes(4).toString('hex')}`);
  try {
    await handOver(passwordFile, `${making.adminPassword}\n`, runAs);
    const { code, output } = await runToEnd(
      [join(binaries.bin, 'initdb'), ...initArguments(making, draft, passwordFile)],
      runAs,
    );
    if (code !== 0) {
      throw new Error(
        `A database could not be made in ${dirname(cluster)}: ${lastLines(output)}. ` +
          'Check that the disk has room and is writable, then start again.',
      );
    }
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, cluster).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `${cluster} is in the way of a new database (${error.code}): it is not empty and holds none. Look at it and ` +
        'move it away.',
    );
  });
  await syncFolder(dirname(cluster));
}

function initArguments(making: Making, draft: string, passwordFile: string): readonly string[] {
  return [
    '--pgdata',
    draft,
    '--username',
    making.adminName,
    // Everywhere, the socket included: with trust anybody on the machine would be any role.
    '--auth=scram-sha-256',
    '--pwfile',
    passwordFile,
    '--encoding=UTF8',
    '--locale=C',
    // Sorting that no operating system update can change. PostgreSQL has its own since 17.
    ...(Number(making.binaries.major) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
    '--data-checksums',
    '--no-instructions',
  ];
}

/**
 * By file descriptor: in a folder of the other account, a name could be swapped between making a file and giving it
 * away.
 */
async function handOver(path: string, text: string, runAs: RunAs): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    if (runAs.dropTo) await file.chown(runAs.dropTo.uid, runAs.dropTo.gid);
  } finally {
    await file.close();
  }
}

async function removeDrafts(cluster: string, runAs: RunAs): Promise<void> {
  const names = await readdir(dirname(cluster)).catch(() => []);
  for (const name of names.filter((n) => n.startsWith(`${basename(cluster)}.new-`))) {
    const draft = join(dirname(cluster), name);
    // Its contents belong to the database's account, so that account removes them; the folder's name is ours.
    await runToEnd(['/bin/rm', '-rf', '--', draft], runAs);
    await rmdir(draft).catch(() => undefined);
  }
}

export async function refuseOtherMajor(cluster: string, binaries: Binaries): Promise<void> {
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (version === binaries.major) return;
  throw new Error(
    `The database in ${cluster} was made by PostgreSQL ${version}, and this Argus brings ${binaries.major}. ` +
      'Start the Argus it was made with, take a dump (pg_dumpall), move the folder away, and restore the dump here.',
  );
}

export const lastLines = (output: string): string => output.trim().split('\n').slice(-4).join(' | ');
