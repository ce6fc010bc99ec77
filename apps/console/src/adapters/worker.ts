/**
 * The policy of the page lets no text become a script's address. This one policy of ours is the exception: it takes no text, and says one
 * address. It is made before anything else runs, and nobody can make another or the same again.
 */
type Policy = { createScriptURL(text: string): string };
type Types = { createPolicy(name: string, rules: Policy): Policy };
const WORKER = '/console/worker.js';
const types = (globalThis as { trustedTypes?: Types }).trustedTypes;
const policy = types?.createPolicy('argus-worker', { createScriptURL: () => WORKER });

/** Only where the browser has them: over https, or on this very machine. */
export function keepShell(): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register(policy?.createScriptURL('') ?? WORKER, { scope: '/', updateViaCache: 'none' }).catch(() => undefined); // without it there is no page without a connection, and nothing else is missing
}
