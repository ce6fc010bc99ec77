/**
 * Applies a patch to the install root: all files or none. New contents are written beside their targets, what is to be
 * done is written into the agent's own directory, and one rename there decides. Killed before it: everything is as it
 * was. Killed after it: the next start completes the patch before the agent dials.
 */
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { isPatchable } from '@argus/protocol/patch.ts';
import type { AgentDeps, AppliedFile, Patches } from '../../ports.ts';
import { StateDirProblem } from '../state/state-dir.ts';
import { codeOf, isLink, holding, openFolder, openInside, type Folder } from './folder.ts';
import { openPatchJournal, type Committed, type Step } from './journal.ts';
import { clear, hasStaging, isStaged, openStaging, place, stage, unstage } from './staging.ts';
import { lookAt, type Before } from './target.ts';

export type PatchPlace = {
  readonly installRoot: string;
  readonly stateDir: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly note: AgentDeps['note'];
  readonly step?: Step;
};
type ToApply = Parameters<Patches['apply']>[0];
const HOTFIX = 'hotfix';

/** Opens with what an earlier life left: a patch that was decided is completed, one that was not leaves no trace. */
export async function openPatches({ installRoot, stateDir, clock, note, step = () => undefined }: PatchPlace): Promise<Patches> {
  const journal = openPatchJournal(stateDir, step);
  let pending: Committed | null = journal.pending;

  /** Nothing is left in the install root and nothing waits. */
  async function sweep(): Promise<void> {
    await holding(async (hold) => {
      const root = hold(await openFolder(installRoot).catch((problem: unknown) => (codeOf(problem) === 'ENOENT' ? null : Promise.reject(problem))));
      if (root) await clear(root);
    });
    if (pending) await journal.tidy();
    else await journal.abandon();
  }

  /** May be begun again at any point: what is in place already is left alone. */
  const complete = (patch: Committed): Promise<readonly AppliedFile[]> =>
    holding(async (hold) => {
      const root = hold(await openFolder(installRoot));
      const hotfix = hold(patch.files.some(({ path }) => isInHotfix(path)) ? await makeHotfix(root) : null);
      const staging = hold(await openStaging(root));
      for (const [n, content] of patch.files.entries()) {
        const target = targetOf(content.path, { root, hotfix });
        const found = await lookAt(target);
        if (found.ok && found.value?.sha256 === content.after_sha256 && found.value.mode === content.mode) continue;
        if (!(await isStaged(staging, n, content))) await restage(staging, n, content);
        await step(`put ${content.path} in place`);
        await place(staging, n, target);
      }
      await step('flush the folders');
      await hotfix?.sync();
      await root.sync();
      const applied = patch.files.map(({ path, before_sha256, after_sha256 }) => ({ path, before_sha256, after_sha256 }));
      await journal.done({ id: patch.id, at: isoTime(clock.now()), applied });
      await step('clear');
      await clear(root);
      await journal.tidy();
      pending = null;
      note('patch_applied', { patch: patch.id, files: applied.length });
      return applied;
    });

  /** From the commit mark: what was staged is gone, or is not what it was. */
  async function restage(staging: Folder, n: number, content: Committed['files'][number]): Promise<void> {
    await unstage(staging, n);
    const denial = await stage(staging, { n, content, step });
    if (denial) throw new Error(denial.internal ?? denial.code);
  }

  async function makeHotfix(root: Folder): Promise<Folder> {
    await mkdir(root.at(HOTFIX), { mode: 0o700 }).catch((problem: unknown) => (codeOf(problem) === 'EEXIST' ? undefined : Promise.reject(problem)));
    const folder = await openInside(root, HOTFIX);
    if (!folder) throw new Error('the folder hotfix is gone');
    return folder;
  }

  async function apply(patch: ToApply, isStillWanted: () => boolean): Promise<Result<readonly AppliedFile[], Denial>> {
    if (pending) await complete(pending); // one at a time, and the decided one first
    if (journal.isSeen(patch.id)) return err(deny('patch_replayed'));
    if (!patch.files.every(({ path }) => isPatchable(path))) return err(deny('patch_target_not_allowlisted'));
    const prepared = await prepare(patch);
    if (!prepared.ok) return prepared;
    const decided = await journal.commit(prepared.value, isStillWanted);
    if (decided === 'not wanted') return err(deny('session_expired', 'it ended before the patch was decided: nothing was changed'));
    pending = prepared.value;
    await journal.committed();
    return ok(await complete(prepared.value));
  }

  /** Everything that can fail before anything is decided. */
  const prepare = (patch: ToApply): Promise<Result<Committed, Denial>> =>
    holding(async (hold) => {
      const root = hold(await openFolder(installRoot));
      const opened = await openHotfix(root);
      if (!opened.ok) return opened;
      const folders = { root, hotfix: hold(opened.value) };
      await clear(root);
      const looked = await look(patch, folders);
      if (!looked.ok) return looked;
      await access(root.at('.'), constants.W_OK);
      if (folders.hotfix && patch.files.some(({ path }) => isInHotfix(path))) await access(folders.hotfix.at('.'), constants.W_OK);
      const committed: Committed = { id: patch.id, at: isoTime(clock.now()), files: patch.files.map((file, n) => contentOf(file, looked.value[n] ?? null)) };
      const denial = await stageAll(root, committed);
      if (denial) return err(denial);
      await journal.prepare(committed);
      const again = await look(patch, folders);
      const isUnchanged = again.ok && again.value.every((before, n) => before?.identity === looked.value[n]?.identity);
      return isUnchanged ? ok(committed) : again.ok ? err(deny('patch_not_applied', 'a target changed meanwhile')) : again;
    });

  const stageAll = (root: Folder, { files }: Committed): Promise<Denial | null> =>
    holding(async (hold) => {
      await step('make the folder for new contents');
      const staging = hold(await openStaging(root));
      for (const [n, content] of files.entries()) {
        const denial = await stage(staging, { n, content, step });
        if (denial) return denial;
      }
      await step('flush the folder for new contents');
      await staging.sync();
      await root.sync();
      return null;
    });

  // What an earlier life left.
  if (pending && journal.isDone) {
    await sweep();
    pending = null;
  } else if (pending) {
    await complete(pending).catch((problem: unknown) => {
      throw new StateDirProblem(`The patch ${pending?.id} was decided and cannot be completed: ${why(problem)}. Mend that in ${installRoot}, then start again.`);
    });
  } else if (journal.hasLeftovers() || hasStaging(installRoot)) await sweep().catch((problem: unknown) => note('patch_leftovers_not_removed', { why: why(problem) }));

  let turn: Promise<unknown> = Promise.resolve();
  return {
    isSeen: journal.isSeen,
    apply(patch, isStillWanted) {
      const mine = turn.then(async () => {
        const answer = await apply(patch, isStillWanted).catch((problem: unknown) => {
          note(pending ? 'patch_incomplete' : 'patch_not_applied', { patch: pending?.id ?? patch.id, why: why(problem) });
          return err(deny(pending ? 'patch_incomplete' : 'patch_not_applied', why(problem)));
        });
        if (!pending && !answer.ok) await sweep().catch((problem: unknown) => note('patch_leftovers_not_removed', { why: why(problem) }));
        return answer;
      });
      turn = mine;
      return mine;
    },
  };
}

const why = (problem: unknown): string => (problem instanceof Error ? problem.message : String(problem));
const isInHotfix = (path: string): boolean => path.startsWith(`${HOTFIX}/`);

type Folders = { readonly root: Folder; readonly hotfix: Folder | null };
/** Of an allowlisted path: one level, so the name in its folder is the rest of it. */
function targetOf(path: string, { root, hotfix }: Folders): string {
  if (!isInHotfix(path)) return root.at(path);
  if (!hotfix) throw new Error('the folder hotfix is not open');
  return hotfix.at(path.slice(HOTFIX.length + 1));
}

async function look(patch: ToApply, folders: Folders): Promise<Result<readonly (Before | null)[], Denial>> {
  const found: (Before | null)[] = [];
  for (const { path } of patch.files) {
    const before = isInHotfix(path) && !folders.hotfix ? ok(null) : await lookAt(targetOf(path, folders));
    if (!before.ok) return before;
    found.push(before.value);
  }
  return ok(found);
}

/** Null when there is none yet. One that is a link, or lies on another file system, is not written into. */
async function openHotfix(root: Folder): Promise<Result<Folder | null, Denial>> {
  if (await isLink(root.at(HOTFIX))) return err(deny('patch_mode_forbidden', 'the folder hotfix is a link'));
  const hotfix = await openInside(root, HOTFIX);
  if (!hotfix || hotfix.device === root.device) return ok(hotfix);
  await hotfix.close();
  return err(deny('patch_not_applied', 'the folder hotfix is on another file system'));
}

function contentOf({ path, bytes, sha256 }: ToApply['files'][number], before: Before | null): Committed['files'][number] {
  const { mode, uid, gid } = before ?? { mode: 0o600, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return { path, mode, uid, gid, before_sha256: before?.sha256 ?? null, after_sha256: sha256, content_base64: Buffer.from(bytes).toString('base64') };
}
