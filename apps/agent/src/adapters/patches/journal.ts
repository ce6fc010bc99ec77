import { constants, lstatSync, readFileSync, truncateSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '@argus/protocol/handshake.ts';
import { id, type PatchId } from '@argus/protocol/ids.ts';
import { z } from 'zod';
import { StateDirProblem } from '../state/state-dir.ts';
import { codeOf, openFolder } from './folder.ts';

/**
 * Two files in the agent's own directory. `patch.committed` holds all that a patch does, contents included: from the
 * moment it has its name the patch is decided, and can be completed from it alone. `patches.journal` has a line for each
 * patch that is complete; neither file ever forgets an id.
 */
const Committed = z.object({
  id: id('patch'),
  at: z.string(),
  files: z.array(z.object({ path: z.string(), mode: z.int(), uid: z.int(), gid: z.int(), before_sha256: z.string().nullable(), after_sha256: z.string(), content_base64: z.string() })),
});
export type Committed = z.infer<typeof Committed>;
const Done = z.object({ id: id('patch'), at: z.string(), applied: z.array(z.object({ path: z.string(), before_sha256: z.string().nullable(), after_sha256: z.string() })) });
export type Done = z.infer<typeof Done>;

/** Told before each step that touches the disk. For tests, which kill, fail or interfere there. */
export type Step = (what: string) => void | Promise<void>;
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

export function openPatchJournal(folder: string, step: Step) {
  const [committed, next, journal] = [join(folder, 'patch.committed'), join(folder, 'patch.committed.new'), join(folder, 'patches.journal')];
  const seen = new Set<PatchId>(readDone(journal).map((done) => done.id));

  async function write(path: string, text: string, flags: number): Promise<void> {
    const file = await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | flags, 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  async function syncFolder(): Promise<void> {
    const opened = await openFolder(folder);
    try {
      await opened.sync();
    } finally {
      await opened.close();
    }
  }
  const remove = (path: string) => unlink(path).catch((problem: unknown) => (codeOf(problem) === 'ENOENT' ? undefined : Promise.reject(problem)));

  const pending = readCommitted(committed);
  const isDone = pending !== null && seen.has(pending.id);
  if (pending) seen.add(pending.id);

  return {
    /** Decided in an earlier life; `isDone`: it only was not tidied away. */
    pending,
    isDone,
    isSeen: (patch: PatchId): boolean => seen.has(patch),
    /** On disk, and without meaning yet. */
    async prepare(patch: Committed): Promise<void> {
      await step('write what is to be committed');
      await write(next, `${JSON.stringify(patch)}\n`, O_TRUNC);
    },
    /** The commit mark. From here on the patch is decided, and its id is never taken again. */
    async commit({ id: patch }: Committed, isStillWanted: () => boolean): Promise<'decided' | 'not wanted'> {
      await step('commit');
      if (!isStillWanted()) return 'not wanted'; // nothing is awaited between this question and the mark
      seen.add(patch);
      try {
        await rename(next, committed);
      } catch (problem) {
        seen.delete(patch);
        throw problem;
      }
      return 'decided';
    },
    async committed(): Promise<void> {
      await step('flush the commit mark');
      await syncFolder();
    },
    async done(patch: Done): Promise<void> {
      await step('write the line of the journal');
      await write(journal, `${JSON.stringify(patch)}\n`, O_APPEND);
      await syncFolder();
    },
    async tidy(): Promise<void> {
      await step('take the commit mark away');
      await remove(committed);
      await remove(next);
      await syncFolder();
    },
    abandon: () => remove(next),
    hasLeftovers: (): boolean => lstatSync(next, { throwIfNoEntry: false }) !== undefined,
  };
}
export type PatchJournal = ReturnType<typeof openPatchJournal>;

function readCommitted(path: string): Committed | null {
  const text = readText(path);
  if (text === null) return null;
  const parsed = Committed.safeParse(parseJson(text));
  if (!parsed.success) throw new StateDirProblem(`${path} is damaged: a patch was decided and cannot be completed. Look at the files of the install root, then remove it.`);
  return parsed.data;
}

/** A line that a crash cut short was not finished; its commit mark still stands and brings it back. */
function readDone(path: string): readonly Done[] {
  const bytes = Buffer.from(readText(path) ?? '');
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  if (whole.length < bytes.length) truncateSync(path, whole.length);
  return whole
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const parsed = Done.safeParse(parseJson(line));
      if (!parsed.success) throw new StateDirProblem(`${path} is damaged, and with it which patches were applied here. Restore it, or enroll this machine again under a new id.`);
      return parsed.data;
    });
}

/** At once, since it is read before anything else happens: what an agent waits with, it carries for as long as it is idle. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (problem) {
    if (codeOf(problem) === 'ENOENT') return null;
    throw problem;
  }
}
