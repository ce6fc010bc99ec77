import { connect } from 'node:net';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { LINE_BYTES_MAX } from './line-server.ts';
import { SOCKETS, shortPath, type SocketName } from './run-dir.ts';

/** `absent`: nobody listens. `forbidden`: not for this user. `silent`: somebody does, and does not answer. */
export type NoAnswer = 'absent' | 'forbidden' | 'silent';
const ANSWER_MS = 1_000;
const ANSWER_BYTES_MAX = 16 * LINE_BYTES_MAX;

/** One question to the daemon, and its answer. */
export function askDaemon(folder: string, socket: SocketName, word: string, withinMs = ANSWER_MS): Promise<Result<Readonly<Record<string, unknown>>, NoAnswer>> {
  return new Promise((resolve) => {
    let short: ReturnType<typeof shortPath>;
    try {
      short = shortPath(folder, SOCKETS[socket].name);
    } catch (problem) {
      return resolve(err((problem as NodeJS.ErrnoException).code === 'EACCES' ? 'forbidden' : 'absent'));
    }
    const asking = connect(short.path, () => asking.write(`${JSON.stringify({ ask: word })}\n`));
    let heard = '';
    const say = (answer: Result<Readonly<Record<string, unknown>>, NoAnswer>) => {
      clearTimeout(timer);
      asking.destroy();
      short.done();
      resolve(answer);
    };
    const timer = setTimeout(() => say(err('silent')), withinMs);
    asking.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
      if (heard.length > ANSWER_BYTES_MAX) return say(err('silent'));
      if (heard.includes('\n')) say(answerOf(heard.slice(0, heard.indexOf('\n'))));
    });
    asking.on('end', () => say(err('silent')));
    asking.on('error', ({ code }: NodeJS.ErrnoException) => say(err(code === 'EACCES' ? 'forbidden' : code === 'ENOENT' || code === 'ECONNREFUSED' ? 'absent' : 'silent')));
  });
}

function answerOf(line: string): Result<Readonly<Record<string, unknown>>, NoAnswer> {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null ? ok({ ...said }) : err('silent');
  } catch {
    return err('silent');
  }
}
