import { closeSync, constants, createReadStream, existsSync, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { Source } from '@argus/evidence/bundle-source.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { cannotBeRead } from '../stop.ts';

const MIB = 1_048_576;
const codeOf = (problem: unknown): string => (problem instanceof Error && 'code' in problem ? String(problem.code) : String(problem));

function opened<T>(path: string, what: string, use: (fd: number, size: number) => T): T {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe by that name would keep us waiting
  } catch (problem) {
    return cannotBeRead(`The ${what} ${path} cannot be read (${codeOf(problem)}).`);
  }
  try {
    const stat = fstatSync(fd);
    return stat.isFile() ? use(fd, stat.size) : cannotBeRead(`The ${what} ${path} is not a file.`);
  } finally {
    closeSync(fd);
  }
}

export const readText = (path: string, what: string, mebibytes = 16): string =>
  opened(path, what, (fd, size) => (size > mebibytes * MIB ? cannotBeRead(`The ${what} ${path} is larger than ${mebibytes} MiB.`) : readFileSync(fd, 'utf8')));

/** Only where nobody else can read it. */
export const readSecret = (path: string, what: string): string =>
  opened(path, what, (fd) => {
    const isOpenToOthers = process.platform !== 'win32' && (fstatSync(fd).mode & 0o077) !== 0;
    return isOpenToOthers ? cannotBeRead(`Others on this machine can read the ${what} ${path}. Close it with chmod 600, and make a new token if somebody may have read it.`) : readFileSync(fd, 'utf8');
  }).trim();

export function readTrust(path: string): TrustFile {
  const text = readText(path, 'trust file', 1);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return cannotBeRead(`The trust file ${path} is not JSON. Export one on a machine of yours: argus-agent trust export.`);
  }
  const trust = TrustFile.safeParse(json);
  return trust.success ? trust.data : cannotBeRead(`${path} is no trust file. Export one on a machine of yours: argus-agent trust export.`);
}

/** One that is there already is somebody's. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (problem) {
    cannotBeRead(`The folder ${path} cannot be made (${codeOf(problem)}).`);
  }
}
export function writeNew(folder: string, name: string, text: string): void {
  const path = `${folder}/${name}`;
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  } catch (problem) {
    cannotBeRead(`${path} cannot be written (${codeOf(problem)}).`);
  }
}

/** A bundle is read twice, so it has to be a file. */
export function fileSource(path: string): Source {
  const size = opened(path, 'bundle', (_fd, bytes) => bytes);
  return {
    size,
    async *read(from, to) {
      if (to > from) yield* createReadStream(path, { start: from, end: to - 1, highWaterMark: 256 * 1_024 }) as AsyncIterable<Uint8Array>; // without an encoding it gives bytes
    },
  };
}

/** The activity journal as one text: the older files the agent keeps stand beside it, `.4` the oldest. */
export function readActivityFiles(path: string): string {
  const older = [4, 3, 2, 1].map((n) => `${path}.${n}`).filter((file) => existsSync(file));
  return [...older, path].map((file) => readText(file, 'activity journal')).join('');
}
