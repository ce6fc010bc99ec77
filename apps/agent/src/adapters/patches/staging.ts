import { constants, lstatSync } from 'node:fs';
import { mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { codeOf, openInside, type Folder } from './folder.ts';
import type { Committed, Step } from './journal.ts';
import { lookAt } from './target.ts';

/** Where new contents wait: beside their targets, so that a rename puts them in place. Nobody else has business there. */
const STAGING = '.argus-patch';
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
type Content = Committed['files'][number];

/** Whatever has the name. Unsure counts as yes: whoever looks closer says what is wrong. */
export function hasStaging(installRoot: string): boolean {
  try {
    return lstatSync(join(installRoot, STAGING), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

export async function openStaging(root: Folder): Promise<Folder> {
  await mkdir(root.at(STAGING), { mode: 0o700 }).catch((problem: unknown) => (codeOf(problem) === 'EEXIST' ? undefined : Promise.reject(problem)));
  const staging = await openInside(root, STAGING);
  if (!staging) throw new Error('the folder for new contents is gone');
  return staging;
}

/** New content under a name of its own: with the mode and the owner of the file it replaces, and on disk. */
export async function stage(staging: Folder, { n, content, step }: { readonly n: number; readonly content: Content; readonly step: Step }): Promise<Denial | null> {
  await step(`stage ${content.path}`);
  const file = await open(staging.at(String(n)), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(Buffer.from(content.content_base64, 'base64'));
    const { uid, gid } = await file.stat();
    if (uid !== content.uid || gid !== content.gid)
      try {
        await file.chown(content.uid, content.gid);
      } catch {
        return deny('patch_mode_forbidden', `${content.path} belongs to another user, and would not any more`);
      }
    await file.chmod(content.mode);
    await step(`flush ${content.path}`);
    await file.sync();
    return null;
  } finally {
    await file.close();
  }
}

/** Is it there, whole? Somebody at the machine may have been in between. */
export async function isStaged(staging: Folder, n: number, content: Content): Promise<boolean> {
  const found = await lookAt(staging.at(String(n)));
  return found.ok && found.value?.sha256 === content.after_sha256 && found.value.mode === content.mode;
}

export const unstage = (staging: Folder, n: number): Promise<void> => unlink(staging.at(String(n))).catch(() => undefined); // what stays is in the way, and said then

/** Replaces whatever has the name, a link included: that is never followed. */
export const place = (staging: Folder, n: number, target: string): Promise<void> => rename(staging.at(String(n)), target);

export async function clear(root: Folder): Promise<void> {
  const staging = await openInside(root, STAGING).catch(() => 'no folder' as const);
  if (staging === null) return;
  if (staging === 'no folder') return unlink(root.at(STAGING));
  try {
    for (const name of await readdir(staging.at('.'))) await unlink(staging.at(name));
  } finally {
    await staging.close();
  }
  await rmdir(root.at(STAGING));
  await root.sync();
}
