import { readFileSync } from 'node:fs';
import { given, type Flags } from './command.ts';
import { mustReadSecret } from './key-file.ts';
import { Stop, stop } from './stop.ts';

/** From a terminal that shows nothing, a file only its owner can read, or a pipe. Never from the arguments: every user can read those. */
export const PASSPHRASE_MIN = 12;

export async function passphraseFrom(flags: Flags, { isNew }: { readonly isNew: boolean }): Promise<string> {
  const file = given(flags, 'passphrase-file');
  const isTyped = file === undefined && process.stdin.isTTY;
  const said = isTyped ? await typed('Passphrase: ') : firstLine(file === undefined ? readFileSync(0, 'utf8') : mustReadSecret(file, 'passphrase'));
  if (said === '') return stop('There is no passphrase. Type one, pipe one in, or name a file with --passphrase-file FILE.');
  if (isNew && [...said].length < PASSPHRASE_MIN) return stop(`A passphrase has at least ${PASSPHRASE_MIN} characters: whoever has the file can guess as long as they like.`);
  if (isNew && isTyped && (await typed('Once more: ')) !== said) return stop('The two passphrases differ. Nothing was made.');
  return said;
}

const firstLine = (text: string): string => text.split(/\r?\n/)[0] ?? '';
const DONE = ['\n', '\r', '\u0004'];

/** Letter by letter, without an echo. */
function typed(prompt: string): Promise<string> {
  const stdin = process.stdin;
  stdin.setRawMode(true); // before it asks: what is typed early is not shown either
  process.stderr.write(prompt);
  stdin.setEncoding('utf8').resume();
  return new Promise((resolve, reject) => {
    let letters: string[] = [];
    const finish = () => {
      stdin.off('data', hear);
      stdin.pause();
      stdin.setRawMode(false);
      process.stderr.write('\n');
    };
    const hear = (text: string | Buffer) => {
      for (const letter of String(text)) {
        if (letter === '\u0003') return finish(), reject(new Stop('Stopped. Nothing was written.'));
        if (DONE.includes(letter)) return finish(), resolve(letters.join(''));
        letters = letter === '\b' || letter === '\u007f' ? letters.slice(0, -1) : [...letters, letter];
      }
    };
    stdin.on('data', hear);
  });
}
