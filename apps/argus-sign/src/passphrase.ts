import { readSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import { readBytes } from './files.ts';
import { EXIT, Stop } from './stop.ts';

/**
 * Where a passphrase comes from: a terminal that shows nothing, a file only its owner can read, or a pipe. Never from
 * the arguments, which every user of the machine can read.
 */
export const PASSPHRASE_MIN = 12;
export type Asking = { readonly file: string | undefined; readonly isNew: boolean; readonly stdin: ReadStream & { fd: 0 }; readonly say: (text: string) => void };

const no = (sentence: string): never => {
  throw new Stop(sentence, { exit: EXIT.passphrase, code: 'no_passphrase' });
};

export async function passphraseFrom({ file, isNew, stdin, say }: Asking): Promise<string> {
  const given = file !== undefined ? lineOf(Buffer.from(readBytes(file, 'passphrase', { isSecret: true }))) : stdin.isTTY ? await ask('Passphrase: ', stdin, say) : lineOf(allOf(stdin.fd));
  if (given === '') return no('There is no passphrase. Type one, pipe one in, or name a file with --passphrase-file.');
  if (isNew && [...given].length < PASSPHRASE_MIN) return no(`A passphrase has at least ${PASSPHRASE_MIN} characters: whoever has the file can guess as long as they like.`);
  if (isNew && file === undefined && stdin.isTTY && (await ask('Once more: ', stdin, say)) !== given) return no('The two passphrases differ. Nothing was made.');
  return given;
}

const lineOf = (bytes: Buffer): string => bytes.toString('utf8').split(/\r?\n/)[0] ?? '';

function allOf(fd: number): Buffer {
  const pieces: Buffer[] = [];
  for (let total = 0; total < 65_536; ) {
    const piece = Buffer.alloc(4_096);
    const read = readSync(fd, piece);
    if (read === 0) break;
    pieces.push(piece.subarray(0, read));
    total += read;
  }
  return Buffer.concat(pieces);
}

const [ENTER, RETURN, END, BACK, DELETE, BREAK] = ['\n', '\r', '\u0004', '\b', '\u007f', '\u0003'];

/** Letter by letter, without an echo. Ctrl-C is a no, and leaves the terminal as it was. */
function ask(prompt: string, stdin: Asking['stdin'], say: (text: string) => void): Promise<string> {
  stdin.setRawMode(true); // before it asks: what is typed early is not shown either
  say(prompt);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise<string>((resolve, reject) => {
    let typed: string[] = [];
    const finish = () => {
      stdin.off('data', hear);
      stdin.pause();
      stdin.setRawMode(false);
      say('\n');
    };
    const hear = (text: string | Buffer) => {
      for (const letter of String(text)) {
        if (letter === BREAK) return finish(), reject(new Stop('Stopped. Nothing was written.', { exit: EXIT.passphrase, code: 'no_passphrase' }));
        if (letter === ENTER || letter === RETURN || letter === END) return finish(), resolve(typed.join(''));
        typed = letter === BACK || letter === DELETE ? typed.slice(0, -1) : [...typed, letter];
      }
    };
    stdin.on('data', hear);
  });
}
