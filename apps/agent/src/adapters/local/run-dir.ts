import { chmodSync, closeSync, constants, lstatSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { join } from 'node:path';
import { StateDirProblem } from '../state/state-dir.ts';

/**
 * The folder of the sockets. Only its owner can put anything into it, its group can go through it, others cannot; who may
 * connect to a socket is its mode. (Node.js cannot ask a socket who called, so modes are all there is.)
 */
export const SOCKETS = { status: { name: 'status.sock', mode: 0o660 }, off: { name: 'off.sock', mode: 0o660 }, owner: { name: 'owner.sock', mode: 0o600 } } as const;
export type SocketName = keyof typeof SOCKETS;
const ANSWER_MS = 1_000;

/** Node.js cannot say who may open a named pipe of Windows, so there are no sockets; the switch is a file there too. */
export const hasSockets = process.platform !== 'win32';

/** A path of any length: what the kernel takes is 107 bytes. The answer lets go. */
export function shortPath(folder: string, name: string): { readonly path: string; readonly done: () => void } {
  if (process.platform !== 'linux') return { path: join(folder, name), done: () => undefined };
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${fd}/${name}`, done: () => closeSync(fd) };
}

/** Is a daemon there? One that was stopped in its tracks still is; the socket of a dead one is not. */
export function isListening(folder: string, socket: SocketName = 'status'): Promise<boolean> {
  return new Promise((resolve) => {
    let short: ReturnType<typeof shortPath>;
    try {
      short = shortPath(folder, SOCKETS[socket].name);
    } catch {
      return resolve(false);
    }
    const asking = connect(short.path);
    const say = (answer: boolean) => {
      clearTimeout(timer);
      asking.destroy();
      short.done();
      resolve(answer);
    };
    const timer = setTimeout(() => say(true), ANSWER_MS);
    asking.once('connect', () => say(true));
    asking.once('error', (problem: NodeJS.ErrnoException) => say(problem.code === 'EAGAIN')); // its queue is full
  });
}

/** The folder, made or checked. Throws when somebody else could put sockets into it, or a daemon listens there. */
export async function claimRunDir(folder: string): Promise<void> {
  if (!hasSockets) return;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
  } catch (problem) {
    throw new StateDirProblem(`The run directory ${folder} cannot be made (${(problem as NodeJS.ErrnoException).code ?? String(problem)}). Make it for this user, or name another one with --run-dir.`);
  }
  const { mode, uid, isDirectory } = statOf(folder);
  if (!isDirectory) throw new StateDirProblem(`${folder} is not a directory. Name another one with --run-dir.`);
  if (uid !== process.getuid?.()) throw new StateDirProblem(`${folder} belongs to another user, who could replace what is in it. Name another one with --run-dir.`);
  if ((mode & 0o777) !== 0o750) chmodSync(folder, 0o750);
  if (await isListening(folder)) throw new StateDirProblem(`An argus-agent runs here already: it listens in ${folder}. Stop that one first.`);
}

/** A second daemon that listens elsewhere would still write into the same journals, and finish the patches of the first. */
export async function refuseSecond(folders: readonly string[]): Promise<void> {
  for (const folder of folders)
    if (hasSockets && (await isListening(folder))) throw new StateDirProblem(`An argus-agent runs here already: it listens in ${folder}. Stop that one first. If it is the one of another machine's state, remove the file run-dir from this one's.`);
}

const statOf = (path: string) => {
  const stat = lstatSync(path);
  return { mode: stat.mode, uid: stat.uid, isDirectory: stat.isDirectory() };
};

/** Bound where nobody else can look, given its mode, and only then put in its place: there is no moment with another mode. */
export async function listenIn(folder: string, socket: SocketName, server: Server): Promise<() => void> {
  const { name, mode } = SOCKETS[socket];
  const closed = join(folder, `.${name}`);
  rmSync(closed, { recursive: true, force: true });
  mkdirSync(closed, { mode: 0o700 });
  const short = shortPath(closed, name);
  try {
    await new Promise<void>((done, failed) => {
      server.once('error', failed);
      server.listen({ path: short.path, backlog: 64 }, () => {
        server.removeListener('error', failed);
        server.on('error', () => undefined); // one caller that could not be let in
        done();
      });
    });
    chmodSync(join(closed, name), mode);
    renameSync(join(closed, name), join(folder, name)); // over the one of a dead daemon
  } finally {
    rmSync(closed, { recursive: true, force: true });
  }
  const { ino } = lstatSync(join(folder, name));
  return () => {
    server.close(short.done); // it removes its first name, which is gone
    if (lstatSync(join(folder, name), { throwIfNoEntry: false })?.ino === ino) rmSync(join(folder, name), { force: true });
  };
}
