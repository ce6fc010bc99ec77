import { sameSecretText } from '@argus/keys/hash.ts';
import { networksOf } from '../http/address.ts';

const loopback = networksOf(['127.0.0.0/8', '::1/128']);
type Headers = Readonly<Record<string, string | string[] | undefined>>;
/** Whoever passed through a proxy is not on this machine, even if the proxy is and nobody told us of it. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'];

/** Who may read the metrics: with a token set, who has it; without one, a caller on this very machine. */
export function mayScrape(token: string | undefined, { ip, headers }: { readonly ip: string; readonly headers: Headers }): boolean {
  if (token === undefined) return loopback.has(ip) && FORWARDED.every((name) => headers[name] === undefined);
  const given = headers['authorization'];
  return typeof given === 'string' && given.startsWith('Bearer ') && sameSecretText(token, given.slice(7));
}
