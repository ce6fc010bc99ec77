import { hasSecretInQuery } from './secret-in-query.ts';

/** Where agents connect. Everything else that offers an upgrade is an ordinary request, and goes through its door. */
const PATHS: readonly string[] = ['/v1/agents/connect', '/agents/connect'];

type Offer = { readonly url?: string | undefined; readonly headers: Readonly<Record<string, string | string[] | undefined>> };

export const isAgentUpgrade = ({ url = '', headers }: Offer): boolean =>
  PATHS.includes(url.split('?')[0] ?? '') && !hasSecretInQuery(url, { isLadder: true }) && typeof headers['upgrade'] === 'string' && headers['upgrade'].toLowerCase() === 'websocket';
