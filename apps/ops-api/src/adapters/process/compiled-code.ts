/** What Node.js keeps of our code where it was told to (tools/bootstrap/compiled.mjs), so that a next start is a short one. */
import { dirname } from 'node:path';
import { flushCompileCache, getCompileCacheDir } from 'node:module';

/** At its end a process writes it by itself, and one that is killed has no end. */
export const keepCompiled = (): void => flushCompileCache();

/** For a process of ours that starts with no environment but what it is given. Node.js makes a folder in it for itself. */
export function compiledCodeSetting(): Readonly<Record<string, string>> {
  const own = getCompileCacheDir();
  return own === undefined ? {} : { NODE_COMPILE_CACHE: dirname(own) };
}
