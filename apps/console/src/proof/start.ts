/**
 * The script that checks, started beside the page. Where Trusted Types are enforced an address becomes a script by a policy only, and the
 * server's header allows this one, once: it knows a single address, of a file of ours, and makes nothing else of anything.
 */
type Policy = { createScriptURL(given: string): string };
declare global {
  interface Window {
    readonly trustedTypes?: { createPolicy(name: string, rules: { createScriptURL: () => string }): Policy };
  }
}

const POLICY = 'argus-checker';
const OURS = /^\/console\/checker-[A-Z0-9]{8}\.js$/;

let checker: string | null = null; // the address, as one the browser takes for a script

/** Once, as the page is served: there is no second policy to be made with another address. */
export function nameChecker(address = ''): void {
  if (!OURS.test(address)) throw new Error('The page names no checker of ours.');
  const policy = window.trustedTypes?.createPolicy(POLICY, { createScriptURL: () => address });
  checker = policy?.createScriptURL('') ?? address;
}

export function startChecker(): Worker {
  if (checker === null) throw new Error('The checker was not named.');
  return new Worker(checker, { type: 'module', name: POLICY });
}
