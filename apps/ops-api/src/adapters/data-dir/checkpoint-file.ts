/**
 * checkpoints/ in the data dir: what this server has signed, one line each, flushed, beside the database and not in it. A line
 * that was being written when the power went is dropped; nothing else is. The file is begun anew when it is long, with the
 * newest of each tree, and the one before is kept.
 */
import { open, readFile, rename, stat, truncate, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { KeptCheckpoints, Signed } from '../../ledger/kept.ts';
import { keptCheckpoints } from './kept-checkpoints.ts';
import { ensurePrivateFolder, syncFolder, writePrivateFile } from './private-file.ts';

/** Ours. Some thirty thousand lines. */
export const CHECKPOINT_FILE_BYTES_MAX = 8 * 1_048_576;
/** Between two flushes of a log that never rests: commits share the disk with this. */
const REST_MS = 100;

type Opening = {
  readonly dataDir: string;
  /** False: another process of ours has the file open, and mends and turns it. */
  readonly isOurs: boolean;
  readonly clock: Pick<Clock, 'after'>;
  readonly say: (line: string) => void;
  readonly bytesMax?: number;
};

export async function openCheckpointFile({ dataDir, isOurs, clock, say, bytesMax = CHECKPOINT_FILE_BYTES_MAX }: Opening): Promise<KeptCheckpoints> {
  const folder = join(dataDir, 'checkpoints');
  await ensurePrivateFolder(folder);
  const [current, before] = [join(folder, 'checkpoints.ndjson'), join(folder, 'checkpoints.1.ndjson')];
  if (isOurs) await dropTornLine(current);
  let newest = new Map<string, { readonly size: number; readonly line: string }>();
  let [file, bytes] = await openAt(current);
  let begun = 0; // how long it was when it was begun anew
  let waiting = new Map<TreeName, Signed>();
  let writing: Promise<void> | null = null;
  let hasFailed = false;

  async function* lines(): AsyncGenerator<string> {
    for (const name of [before, current]) if (await isThere(name)) yield* keptCheckpoints(name);
  }
  for await (const line of lines()) note(line);

  /** One that cannot be read is kept under its own text: whoever compares has to come across it. */
  function note(line: string): void {
    const { tree, size } = (parseJson(line) ?? {}) as { readonly tree?: TreeName; readonly size?: number }; // as this file has them, or it is no line of it
    const isLine = typeof tree === 'string' && typeof size === 'number';
    const known = newest.get(isLine ? tree : line);
    if (!known || known.size <= (size ?? 0)) newest.set(isLine ? tree : line, { size: size ?? 0, line });
  }

  async function write(): Promise<void> {
    const batch = [...waiting.values()].map(lineOf);
    waiting = new Map();
    try {
      const text = batch.map((line) => `${line}\n`).join('');
      await file.write(text); // one write, at the end, whoever else writes
      await file.datasync();
      bytes += Buffer.byteLength(text);
      batch.forEach(note);
      if (isOurs && bytes > Math.max(bytesMax, 2 * begun)) await turn();
      if (hasFailed) say(`Checkpoints are kept in ${current} again.`);
      hasFailed = false;
    } catch (problem) {
      if (!hasFailed) say(`A checkpoint could not be kept in ${current}: ${String(problem)}. The log goes on; look at the disk.`);
      hasFailed = true;
    }
  }

  /** Whole before it has its name; the one before is only let go of when there is another. */
  async function turn(): Promise<void> {
    await rename(current, before);
    await begin([...newest.values()].map(({ line }) => line));
  }
  async function begin(with_: readonly string[]): Promise<void> {
    await writePrivateFile(current, with_.map((line) => `${line}\n`).join(''));
    await file.close();
    [file, bytes] = await openAt(current);
    begun = bytes;
  }

  /** Also cut short: whoever closes does not wait for more to come together. */
  const rest = () => new Promise<void>((resolve) => { wake = resolve; clock.after(REST_MS, resolve); });
  let wake = () => {};
  let isClosing = false;
  async function writeAll(): Promise<void> {
    while (waiting.size > 0) {
      await write();
      if (!isClosing) await rest();
    }
    writing = null;
  }

  return {
    add(signed) {
      waiting.set(signed.tree, signed);
      writing ??= writeAll();
    },
    newest: () => [...newest.values()].map(({ line }) => line),
    lines,
    async beginAgain(with_, at) {
      wake();
      await writing;
      const stamp = isoTime(at).replaceAll(/[^0-9TZ]/g, '');
      const aside = [before, current].map((name) => join(dirname(name), `set-aside-${stamp}-${basename(name)}`));
      for (const [i, name] of [before, current].entries()) if (await isThere(name)) await rename(name, aside[i] ?? '');
      newest = new Map();
      const again = with_.map(lineOf);
      await begin(again);
      again.forEach(note);
      return aside[1] ?? folder;
    },
    async flushed() {
      wake();
      await writing;
    },
    async close() {
      isClosing = true;
      wake();
      await writing;
      await file.close();
    },
  };
}

const lineOf = ({ tree, size, note }: Signed): string => JSON.stringify({ tree, size, checkpoint: note });
const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null;

async function openAt(path: string): Promise<[FileHandle, number]> {
  const file = await open(path, 'a', 0o600);
  await syncFolder(dirname(path));
  return [file, (await file.stat()).size];
}

async function dropTornLine(path: string): Promise<void> {
  const bytes = await readFile(path).catch(() => null);
  if (bytes && bytes.length > 0 && bytes.at(-1) !== 0x0a) await truncate(path, bytes.lastIndexOf(0x0a) + 1);
}
