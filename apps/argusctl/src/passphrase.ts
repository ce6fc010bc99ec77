/** Of a key: from a file only its owner can read, typed by the person who is there, or the standard input. Never a flag. */
import { usage, type Context, type LocalProblem } from './command.ts';

const PASSPHRASE_MIN = 12;
type Asking = { readonly file: string | undefined; readonly isNew: boolean };

export async function passphraseFrom({ terminal, readFile }: Pick<Context, 'terminal' | 'readFile'>, { file, isNew }: Asking): Promise<string | LocalProblem> {
  const given = file === undefined && terminal.isThere ? await terminal.secret('Passphrase: ') : await lineIn(readFile, file ?? '-');
  if (given === null || typeof given === 'object') return given ?? usage('Stopped. Nothing was done.');
  if (given === '') return usage('There is no passphrase.', 'Type one, pipe one in, or name a file with --passphrase-file.');
  if (isNew && [...given].length < PASSPHRASE_MIN) return usage(`A passphrase has at least ${PASSPHRASE_MIN} characters: whoever has the file can guess as long as they like.`);
  if (isNew && file === undefined && terminal.isThere && (await terminal.secret('Once more: ')) !== given) return usage('The two passphrases differ. Nothing was made.');
  return given;
}

async function lineIn(readFile: Context['readFile'], path: string): Promise<string | LocalProblem> {
  const read = await readFile(path);
  if (read.kind === 'missing') return usage(`There is no file ${path}.`);
  if (read.kind === 'unreadable') return usage(`${path} cannot be read (${read.why}).`);
  if (path !== '-' && !read.isPrivate) return usage(`Others on this machine can read ${path}, and it holds a passphrase.`, `Close it with chmod 600 ${path}.`);
  return read.text.split(/\r?\n/)[0] ?? '';
}
