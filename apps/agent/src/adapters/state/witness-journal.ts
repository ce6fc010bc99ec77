import { closeSync, constants, existsSync, fdatasync, fstatSync, openSync, readFileSync, write } from 'node:fs';
import { parseJson } from '@argus/protocol/handshake.ts';
import { z } from 'zod';
import type { Followed, Witness } from '../../ports.ts';
import { createRequestMemory } from '../../request-memory.ts';
import { StateDirProblem, writeWhole } from './state-dir.ts';

/**
 * How far the log was followed, as lines appended to a file and flushed before anything is done because of them.
 * The last whole line counts. What arrives while one flush runs goes into the next: states only ever move forward.
 * Each line also has the requests that are acted on with it, so that one flush stores both; the first line of a file
 * has all that are remembered.
 */
const Line = z.object({
  size: z.int().min(0),
  root: z.string(),
  checkpoint: z.string(),
  highestActed: z.int().min(-1),
  fork: z.string().nullable(),
  shorter: z.string().optional(),
  at: z.string().optional(),
  keys: z.array(z.object({ key: z.string(), over: z.int().min(0) })).optional(),
  requests: z.array(z.string()).optional(),
});
const COMPACT_AT_BYTES = 1_048_576;
/** A write that returns has reached the disk: one wait instead of two. Where a system has no such thing, we flush. */
const { O_APPEND, O_DSYNC, O_NOFOLLOW, O_WRONLY } = constants;
const isFlushedByWriting = process.platform === 'linux';
const APPENDING = O_WRONLY | O_APPEND | O_NOFOLLOW | (isFlushedByWriting ? O_DSYNC : 0);

type Waiting = { readonly done: () => void; readonly failed: (problem: Error) => void };

/** `first` starts a new journal, at enrollment; without it there has to be one: a machine that forgot is not to be trusted. */
export function witnessJournal(path: string, first?: Followed): Witness & { close(): void } {
  const known = first ? { followed: first, requests: [] } : mustRead(path);
  let current = known.followed;
  const acted = createRequestMemory(known.requests);
  let unsaved: string[] = []; // acted on, and in no line of the file yet
  let fd: number | null = null; // null: the file has to be written anew before anything counts as stored
  let bytes = 0; // since the first line
  let waiting: Waiting[] = [];
  let isFlushing = false;
  let isTakenOver = false;
  startOver(); // short, and proves at once that it can be written

  function startOver(): void {
    letGo();
    unsaved = [];
    writeWhole(path, lineOf(current, acted.all()));
    fd = openSync(path, APPENDING);
    bytes = 0;
  }

  /** After a failed write nobody knows what of it is on disk; the next state goes into a new file. */
  function letGo(): void {
    const old = fd;
    fd = null;
    if (old !== null) closeSync(old);
  }

  function flush(): void {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return void (isFlushing = false);
    isFlushing = true;
    store((problem) => {
      for (const { done, failed } of batch) {
        if (problem) failed(problem);
        else done();
      }
      flush();
    });
  }

  function store(stored: (problem: Error | null) => void): void {
    if (isTakenOver) return stored(new Error('another argus-agent runs on this state directory'));
    if (fd === null || bytes > COMPACT_AT_BYTES) {
      try {
        startOver();
        return stored(null);
      } catch (problem) {
        letGo();
        return stored(problem as Error); // what the file system throws is one
      }
    }
    const file = fd;
    const text = lineOf(current, unsaved);
    unsaved = []; // should it fail, the next file has all of them
    const failed = (problem: Error) => {
      letGo();
      stored(problem);
    };
    write(file, text, (problem, written) => {
      if (problem || written < text.length) return failed(problem ?? new Error('the disk took only a part of the line'));
      bytes += written;
      const flushed = (problem: Error | null) => {
        if (problem) return failed(problem);
        // A second daemon starts by replacing the file: what we append then is in no directory any more.
        isTakenOver = fstatSync(file).nlink === 0;
        stored(isTakenOver ? new Error('another argus-agent runs on this state directory') : null);
      };
      if (isFlushedByWriting) flushed(null);
      else fdatasync(file, flushed);
    });
  }

  return {
    followed: () => current,
    hasActed: acted.has,
    keepUp: (to) => void (current = to),
    advance(to, request) {
      current = to;
      if (request !== undefined) {
        acted.add(request);
        unsaved.push(request);
      }
      return new Promise<void>((done, failed) => {
        waiting.push({ done, failed });
        if (!isFlushing) flush();
      });
    },
    close: letGo,
  };
}

function mustRead(path: string): Journal {
  const journal = readJournal(path);
  if (!journal) throw new StateDirProblem(`${path} is missing, and with it how far this machine followed the log. Restore it, or enroll again under a new id.`);
  return journal;
}

type Journal = { readonly followed: Followed; readonly requests: readonly string[] };

/**
 * The last whole line, and the requests of all of them. One that a crash cut short was never acted on and does not count.
 * A file without a whole line was not cut by a crash: the first one is on disk before the file has its name.
 */
function readJournal(path: string): Journal | null {
  if (!existsSync(path)) return null;
  const requests: string[] = [];
  let followed: Followed | null = null;
  for (const text of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    if (text === '') continue;
    const line = Line.safeParse(parseJson(text));
    if (!line.success) throw damaged(path);
    const { requests: acted = [], ...state } = line.data;
    requests.push(...acted);
    followed = state;
  }
  if (!followed) throw damaged(path);
  return { followed, requests };
}

const damaged = (path: string) => new StateDirProblem(`${path} is damaged. Restore it, or enroll this machine again under a new id.`);
export const readFollowed = (path: string): Followed | null => readJournal(path)?.followed ?? null;

const lineOf = (followed: Followed, requests: readonly string[]): Buffer =>
  Buffer.from(`\n${JSON.stringify(requests.length > 0 ? { ...followed, requests } : followed)}\n`);
