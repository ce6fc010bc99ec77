import { chmodSync, closeSync, constants, existsSync, fchmodSync, fsyncSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromBase64, toBase64 } from '@argus/kit/bytes.ts';
import { newSigningKey, signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import { problemsOf } from '@argus/protocol/commands/define.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { TrustFile } from '@argus/protocol/trust.ts';

/** The agent's own directory, owner-only: identity key, passkey, trust file, and how far it followed the log. */
export type StateDir = {
  readonly path: string;
  /** Made on first use; the private half never leaves this file. */
  identity(): SigningKey;
  passkey(): Uint8Array | null;
  trust(): TrustFile | null;
  save(trust: TrustFile, passkey: Uint8Array): void;
  file(name: string): string;
};

export class StateDirProblem extends Error {}

/** `isForRootToo`: root may look into the directory of the user the daemon runs as, who could not keep it out anyway. */
export function openStateDir(path: string, { isForRootToo = false }: { readonly isForRootToo?: boolean } = {}): StateDir {
  const isOurs = (uid: number): boolean => !process.getuid || uid === process.getuid() || (isForRootToo && process.getuid() === 0);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stat = lstatSync(path);
  if (!stat.isDirectory()) throw new StateDirProblem(`${path} is not a directory. Name another one with --state.`);
  if (!isOurs(stat.uid)) throw new StateDirProblem(`${path} belongs to another user, who could replace what is in it. Name another one with --state.`);
  if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700);
  const file = (name: string) => join(path, name);
  /** Secrets are read only from files that nobody else can read or replace. */
  function readOwned(path: string): string {
    const stat = lstatSync(path);
    if (!stat.isFile() || (stat.mode & 0o077) !== 0 || !isOurs(stat.uid))
      throw new StateDirProblem(`${path} must be a plain file that only this user can read (chmod 600).`);
    return readFileSync(path, 'utf8');
  }
  const readSecret = (name: string): Uint8Array | null => {
    if (!existsSync(file(name))) return null;
    const bytes = fromBase64(readOwned(file(name)).trim());
    if (bytes?.length !== 32) throw new StateDirProblem(`${file(name)} is damaged. Restore it, or enroll this machine again under a new id.`);
    return bytes;
  };
  return {
    path,
    file,
    identity() {
      const seed = readSecret('identity.key');
      if (seed) return signingKeyOf(seed);
      const key = newSigningKey();
      writeWhole(file('identity.key'), `${toBase64(key.seed)}\n`);
      return key;
    },
    passkey: () => readSecret('passkey'),
    trust() {
      if (!existsSync(file('trust.json'))) return null;
      const parsed = TrustFile.safeParse(parseJson(readOwned(file('trust.json'))));
      if (!parsed.success) throw new StateDirProblem(unfit(file('trust.json'), problemsOf(parsed.error)));
      return parsed.data;
    },
    save(trust, passkey) {
      writeWhole(file('passkey'), `${toBase64(passkey)}\n`);
      writeWhole(file('trust.json'), `${JSON.stringify(trust, null, 2)}\n`); // last: with it the enrollment counts
    },
  };
}

/** Cameras are what an owner writes there by hand. */
const unfit = (path: string, problems: readonly string[]): string =>
  problems.every((problem) => problem.startsWith('cameras'))
    ? `A camera in ${path} does not fit: ${problems.join('; ')}. Mend it there, then start again; everything else in that file is good.`
    : `${path} is damaged (${problems.join('; ')}). Restore it, or enroll this machine again under a new id.`;

/** All or nothing, and on disk before it returns. */
export function writeWhole(path: string, text: string | Uint8Array): void {
  const next = `${path}.new`;
  const fd = openSync(next, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600);
  try {
    fchmodSync(fd, 0o600); // one left over from an earlier life keeps its own mode
    writeFileSync(fd, text); // to the last byte: a disk that fills up may take a part and call it a success
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(next, path);
  const dir = openSync(dirname(path), constants.O_RDONLY);
  try {
    fsyncSync(dir);
  } finally {
    closeSync(dir);
  }
}
