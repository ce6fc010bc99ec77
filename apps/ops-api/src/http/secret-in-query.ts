import { secretShaped } from '@argus/protocol/ids.ts';

/**
 * Addresses end up in the logs of proxies, in histories and in bug reports: a secret that stands in one is not a secret
 * any more. So it is refused by its shape, right or wrong. It is not compared with anything: an answer that depends on
 * what the ops token is would be a way to guess it from anywhere.
 */
const OPS_TOKEN_LENGTH_MIN = 32; // a shorter one is no setting

/**
 * Parameters that may be that long: names in filters, places in lists, what a sign-in comes back with, and the words of a search. A route that
 * takes another one is refused until its name stands here. A ladder takes none at all.
 */
const MAY_BE_LONG: readonly string[] = ['tenant', 'agent', 'operator', 'actor', 'route', 'cursor', 'code', 'state', 'iss', 'error', 'error_description', 'error_uri', 'session_state', 'return_to', 'q', 'text'];

export function hasSecretInQuery(url: string, { isLadder }: { isLadder: boolean }): boolean {
  const at = url.indexOf('?');
  if (at < 0) return false;
  return url
    .slice(at + 1)
    .split('&')
    .some((part) => {
      const [name = '', value = ''] = pairOf(part);
      if (secretShaped().test(name) || secretShaped().test(value)) return true;
      const mayBeLong = !isLadder && MAY_BE_LONG.includes(name);
      return name.length >= OPS_TOKEN_LENGTH_MIN || (value.length >= OPS_TOKEN_LENGTH_MIN && !mayBeLong);
    });
}

function pairOf(part: string): readonly string[] {
  const at = part.indexOf('=');
  return (at < 0 ? [part] : [part.slice(0, at), part.slice(at + 1)]).map(decoded);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
