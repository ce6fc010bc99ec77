import { connect } from 'node:net';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { LINE_BYTES_MAX } from './line-server.ts';
import { SOCKETS, shortPath, type SocketName } from './run-dir.ts';

/** `absent`: nobody listens. `forbidden`: not for this user. `silent`: somebody does, and does not answer in time. */
export type NoAnswer = 'absent' | 'forbidden' | 'silent' | 'refused';
export type Answered = Result<Readonly<Record<string, unknown>>, NoAnswer>;
const ANSWER_MS = 1_000;
const AGAIN_MS = 20;
const ANSWER_BYTES_MAX = 16 * LINE_BYTES_MAX;

/** One question to the daemon, and its answer. Who was pushed aside by other callers comes again, as long as there is time. */
export async function askDaemon(folder: string, socket: SocketName, word: string, withinMs = ANSWER_MS): Promise<Answered> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await askOnce({ folder, socket, word, leftMs: deadline - performance.now() });
    if (answer.ok || answer.error !== 'silent' || performance.now() + AGAIN_MS >= deadline) return answer;
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}

type Once = { readonly folder: string; readonly socket: SocketName; readonly word: string; readonly leftMs: number };
const reasons: Readonly<Record<string, NoAnswer>> = { EACCES: 'forbidden', ENOENT: 'absent', ECONNREFUSED: 'absent' };
const reasonOf = ({ code }: NodeJS.ErrnoException): NoAnswer => reasons[code ?? ''] ?? 'silent';

function askOnce({ folder, socket, word, leftMs }: Once): Promise<Answered> {
  return new Promise((resolve) => {
    let short: ReturnType<typeof shortPath>;
    try {
      short = shortPath(folder, SOCKETS[socket].name);
    } catch (problem) {
      return resolve(err(reasonOf(problem as NodeJS.ErrnoException))); // what the file system throws is one
    }
    const asking = connect(short.path, () => asking.write(`${JSON.stringify({ ask: word })}\n`));
    let heard = '';
    const say = (answer: Answered) => {
      clearTimeout(timer);
      asking.destroy();
      short.done();
      short = { path: '', done: () => undefined };
      resolve(answer);
    };
    const timer = setTimeout(() => say(err('silent')), Math.max(1, leftMs));
    asking.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
      if (heard.length > ANSWER_BYTES_MAX) return say(err('silent'));
      if (heard.includes('\n')) say(answerOf(heard.slice(0, heard.indexOf('\n'))));
    });
    asking.on('close', () => say(err('silent')));
    asking.on('error', (problem: NodeJS.ErrnoException) => say(err(reasonOf(problem))));
  });
}

function answerOf(line: string): Answered {
  try {
    const said: unknown = JSON.parse(line);
    if (typeof said !== 'object' || said === null) return err('silent');
    return 'refused' in said ? err('refused') : ok({ ...said });
  } catch {
    return err('silent');
  }
}
