/** How to call us again for the same server, as it was typed. */
import type { Env } from './stored.ts';

type Flags = ReadonlyMap<string, string | true>;
const textOf = (flags: Flags, name: string): string | undefined => {
  const value = flags.get(name);
  return typeof value === 'string' ? value : undefined;
};

export function retypeOf(flags: Flags, env: Env): string {
  const [demo, url, profile] = [textOf(flags, 'demo'), textOf(flags, 'url'), textOf(flags, 'profile')];
  // npm says which script it runs; from a fresh checkout there is no other way to call us.
  const argusctl = env['npm_lifecycle_event'] === 'argusctl' ? 'npm run --silent argusctl --' : 'argusctl';
  if (demo !== undefined) return demo === '' ? `${argusctl} --demo` : `${argusctl} --demo=${demo}`;
  return [argusctl, ...(profile === undefined ? [] : [`--profile ${profile}`]), ...(url === undefined ? [] : [`--url ${url}`])].join(' ');
}
