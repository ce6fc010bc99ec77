/**
 * The one script the console starts beside itself. Where Trusted Types are enforced an address becomes a script by a policy only, and the
 * server's header allows this one, once: it knows a single address, of a file of ours, and makes nothing else of anything.
 */
type Policy = { createScriptURL(given: string): string };
declare global {
  interface Window {
    readonly trustedTypes?: { createPolicy(name: string, rules: { createScriptURL: () => string }): Policy };
  }
}

export const POLICY = 'argus-checker';
const OURS = /^\/console\/checker-[A-Z0-9]{8}\.js$/;

/** As the page names it. Read when the page begins, before anything that was typed is in it. */
const address = document.getElementById('console')?.dataset['checker'] ?? '';
if (!OURS.test(address)) throw new Error('The page names no checker of ours.');
const policy = window.trustedTypes?.createPolicy(POLICY, { createScriptURL: () => address });

export const startChecker = (): Worker => new Worker(policy?.createScriptURL('') ?? address, { type: 'module', name: POLICY });
