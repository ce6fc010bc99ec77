import { closeSync, constants, existsSync, fdatasync, openSync, readFileSync, write } from 'node:fs';
import { z } from 'zod';
import type { Followed, Witness } from '../../ports.ts';
import { nothingFollowed } from '../../witness.ts';
import { writeWhole } from './state-dir.ts';

/**
 * How far the log was followed, as lines appended to a file and flushed before anything is done because of them.
 * The last whole line counts. What arrives while one flush runs goes into the next: states only ever move forward.
 */
const Line = z.object({
  size: z.int().min(0),
  root: z.string(),
  checkpoint: z.string(),
  highestActed: z.int().min(-1),
  fork: z.string().nullable(),
});
const COMPACT_AT_BYTES = 1_048_576;

type Waiting = { readonly done: () => void; readonly failed: (problem: Error) => void };

export function witnessJournal(path: string, first: Followed = nothingFollowed()): Witness & { close(): void } {
  let current = readFollowed(path) ?? first;
  writeWhole(path, line(current)); // starts short, and proves at once that it can be written
  let fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
  let bytes = line(current).length;
  let waiting: Waiting[] = [];
  let isFlushing = false;

  function flush(): void {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return void (isFlushing = false);
    isFlushing = true;
    const finish = (problem: Error | null) => {
      for (const { done, failed } of batch) problem ? failed(problem) : done();
      if (!problem && bytes > COMPACT_AT_BYTES) compact();
      flush();
    };
    const text = line(current);
    write(fd, text, (problem, written) => {
      if (problem || written < text.length) return finish(problem ?? new Error('the disk took only a part of the line'));
      bytes += written;
      fdatasync(fd, finish);
    });
  }

  function compact(): void {
    try {
      writeWhole(path, line(current));
      closeSync(fd);
      fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
      bytes = line(current).length;
    } catch {
      bytes = 0; // the long file still counts; try again after another megabyte
    }
  }

  return {
    followed: () => current,
    advance(to) {
      current = to;
      return new Promise<void>((done, failed) => {
        waiting.push({ done, failed });
        if (!isFlushing) flush();
      });
    },
    close: () => closeSync(fd),
  };
}

/**
 * The last whole line. One that a crash cut short was never acted on and does not count; it stands on a line of its
 * own, since every write begins with a line break. Throws when the last whole line cannot be read.
 */
export function readFollowed(path: string): Followed | null {
  if (!existsSync(path)) return null;
  const last = readFileSync(path, 'utf8').split('\n').slice(0, -1).findLast((text) => text !== '');
  return last === undefined ? null : Line.parse(JSON.parse(last));
}

const line = (followed: Followed) => `\n${JSON.stringify(followed)}\n`;
