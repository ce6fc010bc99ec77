import { closeSync, createReadStream, createWriteStream, existsSync, fstatSync, readdirSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TUNING } from '../../tuning/tuning.ts';
import { createNew, openToAppend, openToRead, removeName } from './place.ts';

/**
 * argus.log and its rotated copies: argus.log.1 as it was, from argus.log.2.gz on compressed. Nothing that happens to
 * the disk stops the agent: a line that cannot be written is counted and lost, and the next line that can says how many.
 */
export const LOG_NAME = 'argus.log';
export type LogLimits = { readonly maxBytes: number; readonly keep: number };
export type LogFile = {
  write(line: string): void;
  /** Why the last line was lost, if it was. */
  problem(): string | null;
  /** Resolves when nothing is being compressed any more. */
  settled(): Promise<void>;
  close(): void;
};

export function logFile({ root, limits, lostLine }: { readonly root: string; readonly limits: () => LogLimits; readonly lostLine: (count: number) => string }): LogFile {
  const at = (suffix = '') => join(root, `${LOG_NAME}${suffix}`);
  let fd: number | null = null;
  let bytes = 0;
  let lost = 0;
  let isCut = false; // the disk took a part of a line
  let problem: string | null = null;
  let compressing: Promise<void> | null = null;

  function open(): number {
    fd = openToAppend(at());
    bytes = fstatSync(fd).size;
    return fd;
  }
  function letGo(): void {
    const old = fd;
    fd = null;
    if (old !== null) closeSync(old);
  }
  function put(line: string): void {
    // Somebody who moves the file away gets a new one: nothing is written where nobody finds it.
    if (fd !== null && fstatSync(fd).nlink !== 1) letGo();
    const file = fd ?? open();
    const text = Buffer.from(`${isCut ? '\n' : ''}${line}\n`);
    const written = writeSync(file, text);
    bytes += written;
    isCut = written < text.length;
    if (isCut) throw new Error('ENOSPC: the disk took only a part of the line');
  }

  function lose(why: string): void {
    lost++;
    problem = why;
  }

  function rotate(): void {
    letGo();
    bytes = 0;
    const { keep } = limits();
    for (const name of readdirSync(root)) {
      const number = Number(/^argus\.log\.(\d{1,4})(\.gz)?$/.exec(name)?.[1] ?? 0);
      if (number >= keep) removeName(join(root, name));
    }
    for (let n = keep - 1; n >= 2; n--) for (const end of ['', '.gz']) if (existsSync(at(`.${n}${end}`))) renameSync(at(`.${n}${end}`), at(`.${n + 1}${end}`));
    if (keep > 1 && existsSync(at('.1'))) renameSync(at('.1'), at('.2'));
    renameSync(at(), at('.1'));
    compressing ??= compressAll(root).finally(() => (compressing = null));
  }

  return {
    write(line) {
      try {
        if (fd === null) open();
        const { maxBytes } = limits();
        if (bytes > 0 && bytes + line.length > maxBytes && compressing === null) rotate();
        else if (bytes + line.length > 2 * maxBytes) return lose('it grows faster than it can be set aside');
        if (lost > 0) {
          put(lostLine(lost));
          lost = 0;
        }
        put(line);
        problem = null;
      } catch (thrown) {
        lose(thrown instanceof Error ? thrown.message : String(thrown));
        if (!isCut) letGo(); // a log that was replaced, or a folder that came back, is opened anew
      }
    },
    problem: () => problem,
    settled: async () => void (await compressing),
    close: letGo,
  };
}

/** The most a log grows to: twice the largest size it can be tuned to. What is larger was put there, and would be worked at for hours. */
const COPY_BYTES_MAX = 2 * TUNING.log_max_bytes.most;

/** Every rotated copy but the first that is not compressed yet, also what a crash left. One that cannot be stays as it is. */
async function compressAll(root: string): Promise<void> {
  for (const name of readdirSync(root).filter((one) => /^argus\.log\.(?!1$)\d{1,4}$/.test(one))) await compress(join(root, name)).catch(() => undefined);
}

async function compress(path: string): Promise<void> {
  const [{ createGzip }, { pipeline }] = await Promise.all([import('node:zlib'), import('node:stream/promises')]); // nothing an idle agent needs
  const next = `${path}.gz.new`;
  removeName(next);
  const from = openToRead(path);
  try {
    if (fstatSync(from).size > COPY_BYTES_MAX) throw new Error(`${path} is no copy of ours`);
    await pipeline(createReadStream('', { fd: from, end: COPY_BYTES_MAX, autoClose: false }), createGzip(), createWriteStream('', { fd: createNew(next) }));
    renameSync(next, `${path}.gz`);
    removeName(path);
  } catch (thrown) {
    removeName(next);
    throw thrown;
  } finally {
    closeSync(from);
  }
}
