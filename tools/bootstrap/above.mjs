/**
 * Whether npm is still above us. It hands SIGTERM to the shell it runs a script with; that shell ends and says nothing to
 * us. A killed npm says nothing to anybody, and the shell goes on. So we look, a few times a second.
 * SIGINT a shell keeps to itself until we end, and nobody can see that: a script that has to hear it begins with `exec`.
 */
import { readFileSync } from 'node:fs';

const LOOK_MS = 250;

/** @param {() => void} leave Called once. Never, when it was not npm that started us. */
export function whenNpmIsGone(leave) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = isShell(process.ppid) ? process.ppid : null;
  const above = () => `${process.ppid} ${shell === null ? '' : parentOf(shell)}`;
  const before = above();
  const timer = setInterval(() => {
    if (above() === before) return;
    clearInterval(timer);
    leave();
  }, LOOK_MS);
  timer.unref();
}

/** `sh -c …` between npm and us. Some shells put us in their own place, and then npm is our parent. */
const isShell = (/** @type {number} */ pid) => read(`/proc/${pid}/cmdline`).split('\0')[1] === '-c';

/** The name in parentheses may hold anything; behind the last one stand state and parent. */
function parentOf(/** @type {number} */ pid) {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
}

/** Without /proc (macOS) we see our parent and nobody above it. */
function read(/** @type {string} */ file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
