import { accessSync, constants, mkdirSync, readFileSync, statSync } from 'node:fs';
import type { Disk } from '../../config.ts';

/** What reading settings needs of this machine's disk. */
export const localDisk: Disk = {
  readText: (path) => readFileSync(path, 'utf8'),
  isOpenToAll: (path) => process.platform !== 'win32' && (statSync(path).mode & 0o004) !== 0,
  problemWithFolder(path) {
    try {
      mkdirSync(path, { recursive: true, mode: 0o755 });
      if (!statSync(path).isDirectory()) return 'is not a folder';
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
      return null;
    } catch (problem) {
      return `cannot be used (${(problem as NodeJS.ErrnoException).code ?? 'unknown reason'}); name another folder, or give this user the right to write there`;
    }
  },
};
