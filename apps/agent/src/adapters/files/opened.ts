import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { err, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { ReadableFile } from '@argus/protocol/readable-files.ts';

export type Opened = { readonly handle: FileHandle; readonly stat: BigIntStats };
/** Opens one readable file of an install root, or says why not. What it says depends on nothing outside of the root. */
export type Open = (root: string, name: ReadableFile) => Promise<Result<Opened, Denial>>;

export const refused = (why: string) => err(deny('path_not_allowlisted', why));
/** What the system says of a name, in one word: there is nothing to read there. The reason stays on the machine. */
export function missing(problem: unknown) {
  if (!(problem instanceof Error && 'code' in problem)) throw problem;
  return err(deny('file_not_found', String(problem.code)));
}
