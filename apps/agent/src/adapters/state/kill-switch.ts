import { closeSync, constants, fsyncSync, lstatSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import type { KillSwitch } from '../../ports.ts';

/**
 * Off is a file that is there. It needs no running daemon and, being empty at first, no room on the disk; whatever cannot
 * be looked at counts as off.
 */
export type SwitchFile = KillSwitch & {
  /** Off from now on, before any disk is waited for. */
  hold(): void;
  /** Off, and on disk. False: it could not be put on disk, and holds until the daemon ends. */
  off(): boolean;
  /** Throws when the file will not go, and stays off. */
  on(): void;
};

export function switchFile(path: string, clock: Clock): SwitchFile {
  let isOffInMemory = false;
  return {
    isOff: () => isOffInMemory || isThere(path),
    hold: () => void (isOffInMemory = true),
    off() {
      isOffInMemory = true;
      try {
        const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
        try {
          flushFolder(path);
          writeSync(fd, `switched off ${isoTime(clock.now())}\n`, 0);
        } finally {
          closeSync(fd);
        }
      } catch {
        // looked at below: the file is what counts, not what is in it
      }
      isOffInMemory = !isThere(path);
      return !isOffInMemory;
    },
    on() {
      rmSync(path, { force: true });
      flushFolder(path);
      isOffInMemory = false;
    },
  };
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function flushFolder(path: string): void {
  const folder = openSync(dirname(path), constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
