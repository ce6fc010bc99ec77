/**
 * Files and folders nobody else on the machine may read. Loosened ones are refused, not repaired: somebody saw them.
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

const us = (): number => process.getuid?.() ?? 0;

export async function ensurePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (found.isDirectory() && found.uid === us() && (found.mode & 0o077) === 0) return;
  throw new Error(
    `${path} holds secrets and is not a folder that only we can read (owner ${found.uid}, mode ` +
      `${octal(found.mode)}). ` +
      `Find out who changed it, then: chown ${us()} ${path} && chmod 700 ${path}.`,
  );
}

/** Null when there is no such file. */
export async function readPrivateFile(path: string): Promise<string | null> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return null;
  if (!found.isFile() || found.uid !== us() || (found.mode & 0o077) !== 0) {
    throw new Error(
      `${path} is a secret and not a file that only we can read (owner ${found.uid}, mode ${octal(found.mode)}). ` +
        `Find out who changed it, then: chown ${us()} ${path} && chmod 600 ${path}.`,
    );
  }
  const file = await open(path, 'r');
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Whole or not at all, also when the power goes. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
}

/** A rename is only safe once the folder that holds the name is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(3, '0');
