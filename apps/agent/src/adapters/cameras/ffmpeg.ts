/**
 * The only place where the agent starts a program, and the only program it starts. The arguments are a list written
 * here and in the two files beside it, with numbers of ours in it and no word of anybody else: no shell, no environment,
 * a fixed folder, nothing to write to but a pipe. What is secret or hostile goes through pipes.
 */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { err, type Result } from '@argus/kit/result.ts';
import { FRAME_BYTES_MAX } from '@argus/protocol/commands/view-camera.ts';
import { PIXELS_MAX, readJpeg, type Jpeg } from '../../picture/read-jpeg.ts';

/** Never by PATH: whoever may set that would choose what runs. */
const FFMPEG_PATHS = ['/usr/bin/ffmpeg', '/usr/local/bin/ffmpeg', '/opt/homebrew/bin/ffmpeg'] as const;
/**
 * Programs that set a limit and then become the next one; part of every Debian. Where one is not there (macOS), ffmpeg's
 * own limits have to do. 2 GiB of addresses, 10 s of work, no core, no file of any length, few of them open.
 */
const PRLIMIT = ['/usr/bin/prlimit', '--as=2147483648', '--cpu=10', '--core=0', '--fsize=0', '--nofile=32'] as const;
/** No right it does not have already; and it dies with us, also when we are killed. */
const SETPRIV = ['/usr/bin/setpriv', '--no-new-privs', '--pdeathsig', 'KILL'] as const;
const QUIET = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-max_alloc', '536870912', '-timelimit', '10', '-filter_threads', '1', '-filter_complex_threads', '1'] as const;
/** One picture, to the pipe. */
const OUT = ['-an', '-sn', '-dn', '-frames:v', '1', '-threads', '1', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-q:v', '3', '-strict', 'unofficial', '-f', 'image2pipe', 'pipe:1'] as const;
/** For every decoder: one thread, and no picture larger than our own reader lets through. */
export const DECODER = ['-threads', '1', '-max_pixels', String(PIXELS_MAX)] as const;
const STDERR_MAX = 16_384;

const isProgram = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => null);
  const isOurs = found !== null && (found.uid === 0 || found.uid === process.getuid?.());
  return found !== null && found.isFile() && isOurs && (found.mode & 0o111) !== 0 && (found.mode & 0o022) === 0; // nobody else may replace it
};

export async function findFfmpeg(paths: readonly string[] = FFMPEG_PATHS): Promise<string | null> {
  for (const path of paths) if (await isProgram(path)) return path;
  return null;
}

export type FfmpegRun = {
  readonly ffmpeg: string;
  /** Between what is always said and the output. */
  readonly args: readonly string[];
  /** Read as pipe:0 and pipe:3. */
  readonly stdin: Uint8Array;
  readonly third?: Uint8Array;
  readonly signal: AbortSignal;
};

/** The one picture it writes, read with our own reader. It is dead, with everything it started, when this answers. */
export async function runFfmpeg({ ffmpeg, args, stdin, third, signal }: FfmpegRun): Promise<Result<Jpeg, string>> {
  if (signal.aborted) return err('It was called off');
  const wrappers = await Promise.all([SETPRIV, PRLIMIT].map(async (wrapper) => ((await isProgram(wrapper[0])) ? wrapper : [])));
  const [program, ...rest] = [...wrappers.flat(), ffmpeg, ...QUIET, ...args, ...OUT];
  return new Promise((resolve) => {
    const child = spawn(program, rest, { env: {}, cwd: '/', detached: true, shell: false, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL'); // its group: it is the first in it
      } catch {
        // It is gone.
      }
    };
    const [pieces, said] = [collect(FRAME_BYTES_MAX, kill), collect(STDERR_MAX, () => undefined)];
    const [input, output, errors, extra] = child.stdio;
    output?.on('data', pieces.add);
    errors?.on('data', said.add);
    for (const [pipe, bytes] of [[input, stdin], [extra, third]] as const) {
      pipe?.on('error', () => undefined); // it may end before it has read everything
      if (pipe && 'end' in pipe) pipe.end(bytes);
    }
    signal.addEventListener('abort', kill, { once: true });
    let notStarted: string | null = null;
    child.on('error', () => (notStarted = 'ffmpeg could not be started'));
    child.on('close', (code) => {
      signal.removeEventListener('abort', kill);
      kill();
      if (notStarted !== null) return resolve(err(notStarted));
      if (pieces.isTooMuch()) return resolve(err(`The picture has more than ${FRAME_BYTES_MAX} bytes`));
      const picture = code === 0 && pieces.length() > 0 ? readJpeg(pieces.bytes(), FRAME_BYTES_MAX) : null;
      resolve(picture ?? err(reasonIn(said.bytes().toString('latin1'))));
    });
  });
}

function collect(most: number, tooMuch: () => void) {
  const pieces: Buffer[] = [];
  let length = 0;
  return {
    add(piece: Buffer): void {
      length += piece.length;
      if (length <= most) pieces.push(piece);
      else tooMuch();
    },
    length: () => length,
    isTooMuch: () => length > most,
    bytes: () => Buffer.concat(pieces),
  };
}

/** Sentences of ours: what ffmpeg says quotes the address with its password, and what the camera sent. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/401 Unauthorized|403 Forbidden/, 'It refused the user name or password in the trust file'],
  [/404 Not Found/, 'It has nothing at the address in the trust file'],
  [/Connection refused|No route to host|Network is unreachable|resolve hostname/, 'It cannot be reached'],
  [/timed out/, 'It stopped answering'],
  [/not on whitelist/i, 'It asked for something that is not allowed here'],
  [/allocate|max_pixels|Picture size|too large|Cannot allocate/i, 'The picture is larger than is decoded here'],
];
const reasonIn = (said: string): string => REASONS.find(([pattern]) => pattern.test(said))?.[1] ?? 'What it sent cannot be decoded as a picture';
