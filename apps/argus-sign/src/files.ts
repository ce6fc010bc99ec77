import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { badFile, usage } from './stop.ts';

const BYTES_MAX = 16 * 1_048_576;
const codeOf = (problem: unknown): string => (problem instanceof Error && 'code' in problem ? String(problem.code) : String(problem));

/** `secret` files are read only where nobody else can read them. */
export function readBytes(path: string, what: string, { isSecret = false }: { readonly isSecret?: boolean } = {}): Uint8Array {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (problem) {
    return badFile(`The ${what} ${path} cannot be read (${codeOf(problem)}).`);
  }
  try {
    const { mode, size } = fstatSync(fd);
    if (isSecret && process.platform !== 'win32' && (mode & 0o077) !== 0) badFile(`Others on this machine can read the ${what} ${path}. Close it with chmod 600, and make a new one if somebody may have read it.`);
    if (size > BYTES_MAX) badFile(`The ${what} ${path} is larger than 16 MiB.`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function readJson(path: string, what: string, options: { readonly isSecret?: boolean } = {}): unknown {
  const bytes = readBytes(path, what, options);
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return badFile(`The ${what} ${path} is not JSON.`);
  }
}

/** Never over something that is there: what it was may be the only copy. */
export function writeNew(path: string, text: string): void {
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (problem) {
    if (codeOf(problem) === 'EEXIST') return usage(`${path} is there already, and argus-sign writes over nothing. Name another file with --out.`);
    return badFile(`${path} cannot be written (${codeOf(problem)}).`);
  }
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
