/** For what cannot be undone: said on the line with --yes, or typed out by the person who is there. */
import { usage, type Context, type LocalProblem } from './command.ts';

export type Confirming = { readonly yes: boolean; readonly word: string; readonly what: string };

/** Null: it is meant. */
export async function notConfirmed({ terminal }: Pick<Context, 'terminal'>, { yes, word, what }: Confirming): Promise<LocalProblem | null> {
  if (yes) return null;
  if (!terminal.isThere) return usage(`${what} It was not confirmed, and nothing was sent.`, 'Say --yes if it is meant.');
  const typed = await terminal.line(`${what}\nType ${word} to go on: `);
  return typed?.trim() === word ? null : usage('That is not what had to be typed. Nothing was sent.');
}
