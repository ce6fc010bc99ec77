/** Asks on the error stream, so that what is piped away stays clean. */
import type { ReadStream } from 'node:tty';
import type { Terminal } from '../terminal.ts';

type Asking = { readonly stdin: ReadStream; readonly isShown: boolean; readonly say: (text: string) => void };
const [ENTER, RETURN, END, BREAK, BACK, DELETE] = ['\n', '\r', '\u0004', '\u0003', '\b', '\u007f'];

export const terminalOver = (stdin: ReadStream, stderr: NodeJS.WriteStream): Terminal => ({
  isThere: stdin.isTTY && stderr.isTTY,
  line: (prompt) => ask(prompt, { stdin, isShown: true, say: (text) => void stderr.write(text) }),
  secret: (prompt) => ask(prompt, { stdin, isShown: false, say: (text) => void stderr.write(text) }),
});

/** Letter by letter. Ctrl-C is a no, and leaves the terminal as it was. */
function ask(prompt: string, { stdin, isShown, say }: Asking): Promise<string | null> {
  stdin.setRawMode(true); // before it asks: what is typed early is not shown either
  say(prompt);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve) => {
    let typed: string[] = [];
    const finish = (answer: string | null) => {
      stdin.off('data', hear);
      stdin.pause();
      stdin.setRawMode(false);
      say('\n');
      resolve(answer);
    };
    const hear = (text: string | Buffer) => {
      for (const letter of String(text)) {
        if (letter === BREAK || (letter === END && typed.length === 0)) return finish(null);
        if (letter === ENTER || letter === RETURN || letter === END) return finish(typed.join(''));
        if (letter === BACK || letter === DELETE) {
          if (isShown && typed.length > 0) say('\b \b');
          typed = typed.slice(0, -1);
        } else if (/^\P{C}$/u.test(letter)) {
          typed = [...typed, letter];
          if (isShown) say(letter);
        }
      }
    };
    stdin.on('data', hear);
  });
}
