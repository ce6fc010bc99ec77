/** The keys of a team, from the team's own address and from nowhere else. */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok } from '@argus/kit/result.ts';
import type { Jwks } from '../../access/signing-keys.ts';
import { ask, type Fetch } from '../fetch/ask.ts';

/** An operator waits for this with the first request after a rotation. */
export const CERTS_TIMEOUT_MS = 5_000;
/** Two keys with their certificates are 8 KB. */
export const CERTS_BYTES_MAX = 65_536;

/** `teamDomain` was checked by config.ts. `fetch` is a parameter for tests; no setting leads the request elsewhere. */
export function teamCerts(teamDomain: string, world: { readonly fetch: Fetch; readonly clock: Pick<Clock, 'after'> }): Jwks {
  const url = `https://${teamDomain}/cdn-cgi/access/certs`;
  const limits = { timeoutMs: CERTS_TIMEOUT_MS, bytesMax: CERTS_BYTES_MAX };
  return {
    async fetch() {
      const answered = await ask(world, { url, init: { method: 'GET', headers: { accept: 'application/json' } }, limits });
      if (!answered.ok) return answered;
      const { status, text } = answered.value;
      return status === 200 ? ok(text) : err(`status ${status}`);
    },
  };
}
