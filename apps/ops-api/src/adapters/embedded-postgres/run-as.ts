/** PostgreSQL refuses to run as root, rightly. As root we run it as somebody else; as anybody else, as ourselves. */
import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export type Account = { readonly name: string; readonly uid: number; readonly gid: number };
/** `dropTo` is null when we already are the account. */
export type RunAs = { readonly uid: number; readonly dropTo: Account | null };

/** Nothing of our own environment reaches the database: no secret, no locale, no PG… variable. */
export const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } as const;

/** In this order. `nobody` is shared with other software, so a machine that wants better adds an `argus` account. */
const PREFERRED = ['argus', 'nobody'];

/** A cluster that exists stays with its owner, whichever accounts were added since. */
export async function chooseRunAs(clusterOwner: number | null): Promise<RunAs> {
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0) return { uid, dropTo: null };
  const accounts = parsePasswd(await readFile('/etc/passwd', 'utf8'));
  const wanted = clusterOwner
    ? [accounts.find((a) => a.uid === clusterOwner)]
    : PREFERRED.map((name) => accounts.find((a) => a.name === name));
  const account = wanted.find((a) => a !== undefined && a.uid !== 0);
  if (account) return { uid: account.uid, dropTo: account };
  throw new Error(
    clusterOwner
      ? `The database belongs to user ${clusterOwner}, who is not in /etc/passwd any more. Add that user again, or ` +
          'chown the database folder to one that exists.'
      : 'PostgreSQL does not run as root, and /etc/passwd has neither a user argus nor a user nobody. ' +
          'Add one (useradd --system argus), start Argus as another user, or set DATABASE_URL to a server of your own.',
  );
}

export function parsePasswd(text: string): readonly Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

export const dropPrivileges = ({ dropTo }: RunAs): { readonly uid?: number; readonly gid?: number } =>
  dropTo ? { uid: dropTo.uid, gid: dropTo.gid } : {};

/** May that account go through every folder on the way to `path`, and into it? Access lists are not looked at. */
export async function canReach(path: string, { dropTo }: RunAs): Promise<boolean> {
  if (dropTo === null) return true;
  for (let at = path; ; at = dirname(at)) {
    const { uid, gid, mode } = await stat(at);
    const bit = uid === dropTo.uid ? 0o100 : gid === dropTo.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

export type Ran = { readonly code: number | null; readonly output: string };

/**
 * Runs a program to its end as that account. A program that cannot be started answers with code null and the reason.
 */
export function runToEnd(command: readonly [string, ...string[]], runAs: RunAs): Promise<Ran> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    ...dropPrivileges(runAs),
    cwd: '/',
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output: output.trim() }));
  });
}
