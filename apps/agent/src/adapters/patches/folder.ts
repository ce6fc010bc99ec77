import { constants } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { through } from '../files/through.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/**
 * A folder that is held open. On Linux what is in it is named through its handle, so that nobody can put another folder
 * in its place meanwhile; elsewhere by its path, which is weaker.
 */
export type Folder = {
  readonly device: number;
  at(name: string): string;
  /** What was renamed or removed in it is on disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
};

export async function openFolder(path: string): Promise<Folder> {
  return folderOf(await open(path, O_RDONLY | O_DIRECTORY), path);
}

/** Never through a link. Null when there is none. */
export async function openInside(folder: Folder, name: string): Promise<Folder | null> {
  const path = folder.at(name);
  try {
    return await folderOf(await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path);
  } catch (problem) {
    if (codeOf(problem) === 'ENOENT') return null;
    throw problem;
  }
}

async function folderOf(handle: FileHandle, path: string): Promise<Folder> {
  const { dev } = await handle.stat();
  const isLinux = process.platform === 'linux';
  return {
    device: dev,
    at: (name) => (isLinux ? through(handle, name) : `${path}/${name}`),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

/** Folders opened together are closed together, however it goes. */
export async function holding<T>(use: (hold: <F extends Folder | null>(folder: F) => F) => Promise<T>): Promise<T> {
  const held: Folder[] = [];
  try {
    return await use((folder) => {
      if (folder) held.push(folder);
      return folder;
    });
  } finally {
    for (const folder of held) await folder.close();
  }
}

export const codeOf = (problem: unknown): string => (problem instanceof Error && 'code' in problem ? String(problem.code) : String(problem));
export const isLink = async (path: string): Promise<boolean> => lstat(path).then((stat) => stat.isSymbolicLink(), () => false);
