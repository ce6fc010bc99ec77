/**
 * Signing in by way of the browser, as RFC 8252 has it for programs: the person approves in the console, and the browser brings
 * a code back to this machine alone. With the code goes a verifier that never left this program, so whoever sees the code go
 * by has nothing.
 */
import { toBase64Url } from '@argus/kit/bytes.ts';
import { sameSecretText, sha256 } from '@argus/keys/hash.ts';
import { parseId, type HandoffCode, type Pat } from '@argus/protocol/ids.ts';
import { PAT_NAME_MAX } from '@argus/protocol/http/pats.ts';
import { cleanText } from '@argus/protocol/text.ts';
import type { Visit } from './browser.ts';
import { usage, type Context, type Problem } from './command.ts';

/** How long somebody has to sign in and look. Then nobody listens any more. */
export const HANDOFF_WAIT_MS = 2 * 60_000;

/** What the browser brought; else the status that says no. It is waited on then: anybody on this machine can knock. */
export function codeIn({ method, target, host }: Visit, { port, state }: { readonly port: number; readonly state: string }): HandoffCode | number {
  // Another name for this address is another site, whose page made the browser come here.
  if (host !== `127.0.0.1:${port}`) return 421;
  if (method !== 'GET') return 405;
  if (!target.startsWith('/?')) return 404;
  const query = new URLSearchParams(target.slice(2));
  const [codes, states] = [query.getAll('code'), query.getAll('state')];
  if (codes.length !== 1 || states.length !== 1 || !sameSecretText(states[0] ?? '', state)) return 403;
  return parseId('handoffCode', codes[0]) ?? 403;
}

/** A token of whoever approves it at this server. Everything in the address may be seen. */
export async function patByBrowser(ctx: Context, url: string): Promise<Pat | Problem> {
  const browser = await ctx.browser();
  const [verifier, state] = [toBase64Url(ctx.random(32)), toBase64Url(ctx.random(32))];
  const listening = await browser.listen((visit, port) => codeIn(visit, { port, state }));
  if (typeof listening === 'string') return usage(`Nothing can listen on 127.0.0.1 here (${listening}).`, 'Make a token in the console, and give it to argusctl login.');
  try {
    const name = cleanText(`argusctl on ${browser.machine}`, PAT_NAME_MAX);
    const asked = new URLSearchParams({ challenge: toBase64Url(sha256(verifier)), port: String(listening.port), state, name });
    const address = `${url.replace(/\/+$/, '')}/#/handoff?${String(asked)}`;
    ctx.note('Approve this sign-in in your browser. If none opens, go to this address on this very machine:', '', `  ${address}`, '', 'Waiting for two minutes; Ctrl-C stops.');
    browser.open(address);
    const code = await inTime(ctx, listening.came);
    if (code === null) return { kind: 'local', code: 'handoff_refused', says: 'Nobody approved it within two minutes', hint: 'Nothing was kept. Begin again with argusctl login --browser.' };
    const { claimHandoff } = await import('@argus/client/requests.ts');
    const claimed = await ctx.askAt({ url }, claimHandoff({ code, verifier }));
    return claimed.ok ? claimed.value.pat : claimed.error;
  } finally {
    listening.close();
  }
}

function inTime<T>({ clock }: Context, came: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(HANDOFF_WAIT_MS, () => resolve(null));
    came.finally(cancel).then(resolve, reject);
  });
}
