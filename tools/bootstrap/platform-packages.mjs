/**
 * The packages npm installs for this platform only: the pinned Node.js and PostgreSQL's binaries. npm treats them as
 * optional, so a failed download is silence; here it becomes a sentence. A package under a name of our own (`npm:…`) is
 * another version for the tests: nobody needs it to run Argus, and the tests say so themselves when it is missing.
 */
import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';

const json = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** What is wrong with them, as sentences; empty when everything is in place. May finish what npm was told not to do. */
export function platformProblems(root, platform = `${process.platform}-${process.arch}`) {
  const wanted = Object.entries(json(join(root, 'package.json')).optionalDependencies ?? {});
  return wanted
    .filter(([name]) => name.endsWith(platform))
    .flatMap(([name, wish]) => {
      const folder = join(root, 'node_modules', name);
      const isForTests = wish.startsWith('npm:');
      const version = wish.slice(wish.lastIndexOf('@') + 1);
      if (!existsSync(join(folder, 'package.json'))) return isForTests ? [] : [`${name}@${version} was not installed`];
      const found = json(join(folder, 'package.json')).version;
      if (found !== version) return [`${name} is ${found} and should be ${version}`];
      return existsSync(join(folder, 'native', 'pg-symlinks.json')) ? symlinkProblems(folder) : [];
    });
}

/**
 * npm packages cannot carry symlinks, so PostgreSQL's libraries get theirs from an install script. Where npm is told
 * not to run scripts we make the same links from the same list.
 */
function symlinkProblems(folder) {
  const links = json(join(folder, 'native', 'pg-symlinks.json'));
  return links.flatMap(({ source, target }) => {
    const at = join(folder, target);
    if (dirname(source) !== dirname(target) || !normalize(target).startsWith('native'))
      return [`${target} is an odd link`];
    if (lstatSync(at, { throwIfNoEntry: false })) return [];
    try {
      symlinkSync(basename(source), at);
      return [];
    } catch (error) {
      return error.code === 'EEXIST' ? [] : [`${at} is missing and could not be made (${error.code})`];
    }
  });
}
