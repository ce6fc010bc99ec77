/** To have an act explained is to ask a question: nothing was opened or sent. Said so wherever an entry is shown as a line. */
import type { ArgsCommit } from './args-commit.ts';

type Asked = { readonly type: string; readonly command?: string | null | undefined; readonly args?: ArgsCommit | null | undefined; readonly outcome?: string | null | undefined; readonly code?: string | null | undefined };

/** Null: it is no question. */
export function questionIn({ type, command, args, outcome, code }: Asked): { readonly asks: string; readonly answer: string } | null {
  const whether = type === 'activation_explained' ? 'a session would open' : type === 'command_explained' ? `${command ?? 'a command'} would be let through` : null;
  if (whether === null) return null;
  const would = args?.['would'];
  const answer = outcome === 'refused' ? `not given: ${code ?? 'refused'}` : would === 'pass' ? 'yes' : typeof would === 'string' ? `no, ${would}` : 'given';
  return { asks: `asked whether ${whether}`, answer };
}
