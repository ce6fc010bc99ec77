import { closeSync, constants, existsSync, fdatasync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, readSync, renameSync, write } from 'node:fs';
import { dirname } from 'node:path';
import { chained, headAfter, NO_LINE, readChain, type ActivityEntry, type Head, type ReadActivity } from '../../activity.ts';
import type { Activity } from '../../ports.ts';

/**
 * The owner's record on disk. An intent counts once its line is flushed; what came of an act is written in its place and
 * is flushed before the next intent counts. What cannot be written is refused (intents) or kept until it can be (the rest).
 */
const ROTATE_AT_BYTES = 1_048_576;
/** activity.log, activity.log.1 … activity.log.4: some ten thousand acts. */
export const ROTATED_KEPT = 4;
/** No intent is taken while what is kept cannot be written, so this is never reached by acts. */
const KEPT_MAX = 256;
/** Longer than any line. */
const TAIL_BYTES = 131_072;
const { O_APPEND, O_CREAT, O_DSYNC, O_NOFOLLOW, O_RDWR } = constants;
const isFlushedByWriting = process.platform === 'linux';

type Waiting = { readonly entry: ActivityEntry; readonly intent: { readonly done: () => void; readonly failed: (problem: Error) => void } | null };
export type ActivityJournal = Activity & { settled(): Promise<void>; close(): void };

export function activityJournal(path: string, { note = () => undefined, rotateAt = ROTATE_AT_BYTES }: { note?: (problem: string) => void; rotateAt?: number } = {}): ActivityJournal {
  let queue: readonly Waiting[] = [];
  let fd: number | null = null;
  let bytes = 0; // up to the end of the last line known to be whole
  let head: Head = NO_LINE;
  let isSpoiled = false; // a failed write left a part of something behind the last whole line
  let isFlushing = false;
  const whenSettled: (() => void)[] = [];

  /** Goes on after the last whole line. One that was cut short was never acted on. */
  function open(): number {
    if (fd !== null && fstatSync(fd).nlink > 0) return fd; // somebody may have put the file away
    close();
    const isNew = !existsSync(path);
    const file = openSync(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | (isFlushedByWriting ? O_DSYNC : 0), 0o600);
    fd = file;
    if (isNew) flushFolder();
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, tail, 0, tail.length, size - tail.length);
    const end = tail.lastIndexOf(10) + 1;
    bytes = size - tail.length + end;
    isSpoiled = bytes < size;
    const last = tail.subarray(tail.lastIndexOf(10, end - 2) + 1, Math.max(0, end - 1)).toString('utf8');
    if (last !== '') head = headAfter(last);
    else if (head === NO_LINE && existsSync(`${path}.1`)) head = headAfter(lastLineOf(`${path}.1`));
    return file;
  }

  function rotate(): void {
    close();
    for (let n = ROTATED_KEPT; n > 0; n--) {
      const from = n === 1 ? path : `${path}.${n - 1}`;
      if (existsSync(from)) renameSync(from, `${path}.${n}`);
    }
    flushFolder();
  }

  function flushFolder(): void {
    const folder = openSync(dirname(path), constants.O_RDONLY);
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  function close(): void {
    const old = fd;
    fd = null;
    if (old !== null) closeSync(old);
  }

  function flush(): void {
    if (queue.length === 0) {
      isFlushing = false;
      for (const tell of whenSettled.splice(0)) tell();
      return;
    }
    isFlushing = true;
    const batch = queue;
    queue = [];
    store(batch, (problem) => {
      if (!problem) {
        for (const { intent } of batch) intent?.done();
        return flush();
      }
      note(String(problem));
      for (const { intent } of batch) intent?.failed(problem);
      const kept = [...batch.filter(({ intent }) => intent === null), ...queue.filter(({ intent }) => intent === null)];
      for (const { intent } of queue) intent?.failed(problem);
      queue = kept.slice(-KEPT_MAX); // they go with the next intent
      isFlushing = false;
      for (const tell of whenSettled.splice(0)) tell();
    });
  }

  function store(batch: readonly Waiting[], stored: (problem: Error | null) => void): void {
    try {
      if (bytes > rotateAt) {
        rotate();
        bytes = 0;
      }
      const file = open();
      if (isSpoiled) ftruncateSync(file, bytes);
      isSpoiled = false;
      let next = head;
      let text = '';
      for (const { entry } of batch) {
        const made = chained(entry, next);
        text += `${made.line}\n`;
        next = made.next;
      }
      const line = Buffer.from(text);
      write(file, line, (problem, written) => {
        const flushed = (unflushed: Error | null) => {
          isSpoiled = unflushed !== null;
          if (unflushed) return stored(unflushed);
          bytes += line.length;
          head = next;
          stored(null);
        };
        if (problem || written < line.length) flushed(problem ?? new Error('the disk took only a part of the line'));
        else if (isFlushedByWriting) flushed(null);
        else fdatasync(file, flushed);
      });
    } catch (problem) {
      close();
      stored(problem as Error); // what the file system throws is one
    }
  }

  open(); // proves at once that it can be written
  return {
    intend: (entry) =>
      new Promise<void>((done, failed) => {
        queue = [...queue, { entry, intent: { done, failed } }];
        if (!isFlushing) flush();
      }),
    record(entry) {
      queue = [...queue, { entry, intent: null }];
      if (!isFlushing) flush();
    },
    settled: () => (isFlushing ? new Promise((resolve) => whenSettled.push(resolve)) : Promise.resolve()),
    close,
  };
}

const lastLineOf = (path: string): string => readFileSync(path, 'utf8').split('\n').at(-2) ?? '';

/** Everything that is still there, the oldest first. Null when nothing was ever written. */
export function readActivity(path: string): ReadActivity | null {
  const names = [...Array.from({ length: ROTATED_KEPT }, (_, i) => `${path}.${ROTATED_KEPT - i}`), path].filter((name) => existsSync(name));
  if (names.length === 0) return null;
  return readChain(names.map((name) => readFileSync(name, 'utf8')).join(''), { isFromTheStart: names.length <= ROTATED_KEPT });
}
