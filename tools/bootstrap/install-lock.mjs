/** One install at a time per checkout. The lock names the processes that hold it, so a killed one locks nobody out. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Not in node_modules: `npm ci` removes that first. */
export const lockFile = (root) => join(root, '.argus', 'install.lock');

const identity = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : fields[19];
  } catch {
    return undefined;
  }
};

/** A number that was given to another process since is not the process that took the lock. */
const isAlive = ({ pid, started }) => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  const now = identity(pid);
  return now === undefined || now === started;
};

const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return error.code === 'ENOENT' ? null : [];
  }
};

const linked = (from, to) => {
  try {
    // link() is one step: a lock is either whole or absent, also for a reader in between.
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
};

/** The lock, or the process that has it. `with(pid)` adds a process whose life also counts. */
export function tryLock(root) {
  const file = lockFile(root);
  const mine = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  const holders = [{ pid: process.pid, started: identity(process.pid) }];
  writeFileSync(mine, JSON.stringify(holders));
  try {
    while (!linked(mine, file)) {
      const holder = read(file)?.find(isAlive);
      if (holder) return { held: false, by: holder.pid };
      clearStale(file, mine);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return {
    held: true,
    with: (pid) => {
      writeFileSync(mine, JSON.stringify([...holders, { pid, started: identity(pid) }]));
      renameSync(mine, file);
    },
    release: () => rmSync(file, { force: true }),
  };
}

/** One at a time, or the second of two who saw the same stale lock would remove the fresh one the first has made. */
function clearStale(file, mine) {
  const clearing = `${file}.clearing`;
  if (linked(mine, clearing)) {
    const stale = read(file);
    if (stale && !stale.some(isAlive)) rmSync(file, { force: true });
    rmSync(clearing, { force: true });
  } else if (!(read(clearing) ?? [{ pid: process.pid }]).some(isAlive)) {
    rmSync(clearing, { force: true });
  }
}
