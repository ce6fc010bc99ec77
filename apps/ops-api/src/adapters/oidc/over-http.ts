/** Requests to the identity provider, at the addresses it names itself. */
import type { Clock } from '@argus/kit/clock.ts';
import type { OidcHttp } from '../../oidc/provider.ts';
import { ask, type Fetch } from '../fetch/ask.ts';

/** Somebody waits at a blank page for this. */
export const PROVIDER_TIMEOUT_MS = 5_000;
export const PROVIDER_BYTES_MAX = 131_072;

export function oidcOverHttp(world: { readonly fetch: Fetch; readonly clock: Pick<Clock, 'after'> }): OidcHttp {
  const limits = { timeoutMs: PROVIDER_TIMEOUT_MS, bytesMax: PROVIDER_BYTES_MAX };
  return {
    async ask({ url, form, authorization }) {
      const headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }), ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) };
      return ask(world, { url, init: { method: form ? 'POST' : 'GET', headers, ...(form && { body: new URLSearchParams(form).toString() }) }, limits });
    },
  };
}
