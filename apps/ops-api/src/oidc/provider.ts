/**
 * The identity provider as it describes itself (OpenID Connect Discovery), held to the issuer of the settings. Every
 * address it names is over TLS, but for one on this very machine; what it says counts for ten minutes.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { createSigningKeys } from '../access/signing-keys.ts';
import type { Log } from '../ports.ts';
import { readObject } from '../gates/cf-access.ts';

/** One request to the provider, bounded in time and size. Not a redirect is followed. */
export interface OidcHttp {
  ask(request: { readonly url: string; readonly form?: Readonly<Record<string, string>>; readonly authorization?: string }): Promise<Result<{ readonly status: number; readonly text: string }, string>>;
}

export type Endpoints = {
  readonly authorization: string;
  readonly token: string;
  readonly jwks: string;
  readonly endSession: string | null;
  readonly answersWithIssuer: boolean; // RFC 9207
  readonly secretInBody: boolean; //      it does not take the secret of a client as basic authorization
};

export const PROVIDER_FRESH_MS = 10 * 60_000;
/** After a look that failed: whoever signs in meanwhile is told so without another. */
export const PROVIDER_RETRY_MS = 5_000;

export const isSafeAddress = (text: unknown): text is string => {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname));
};

export function createProvider({ issuer, http, clock, log }: { readonly issuer: string; readonly http: OidcHttp; readonly clock: Clock; readonly log: Log }) {
  let known: Endpoints | null = null;
  let asOf = Number.NEGATIVE_INFINITY;
  let lastTried = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    lastTried = clock.elapsed();
    const answer = await http.ask({ url: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration` });
    const read = answer.ok && answer.value.status === 200 ? readDiscovery(answer.value.text, issuer) : err(answer.ok ? `status ${answer.value.status}` : answer.error);
    if (!read.ok) return log('warn', 'oidc_provider_not_read', { problem: read.error });
    [known, asOf] = [read.value, lastTried];
  }

  async function endpoints(): Promise<Endpoints | null> {
    const isFresh = () => known !== null && clock.elapsed() - asOf <= PROVIDER_FRESH_MS;
    if (!isFresh() && clock.elapsed() - lastTried >= PROVIDER_RETRY_MS) await look();
    return isFresh() ? known : null;
  }

  const jwks = {
    async fetch(): Promise<Result<string, string>> {
      const at = await endpoints();
      if (at === null) return err('the provider does not answer');
      const answer = await http.ask({ url: at.jwks });
      if (!answer.ok) return answer;
      return answer.value.status === 200 ? ok(answer.value.text) : err(`status ${answer.value.status}`);
    },
  };
  return { endpoints, keys: createSigningKeys({ jwks, clock, log }) };
}
export type Provider = ReturnType<typeof createProvider>;

export function readDiscovery(text: string, issuer: string): Result<Endpoints, string> {
  const said = readObject(Buffer.from(text));
  if (said === null) return err('its description is not JSON');
  if (said['issuer'] !== issuer) return err('it describes another issuer');
  const { authorization_endpoint: authorization, token_endpoint: token, jwks_uri: jwks, end_session_endpoint: endSession } = said;
  if (!isSafeAddress(authorization) || !isSafeAddress(token) || !isSafeAddress(jwks)) return err('it names an address without TLS, or none');
  const lists = (name: string, word: string, isUnsaid: boolean) => (Array.isArray(said[name]) ? said[name].includes(word) : isUnsaid);
  if (!lists('code_challenge_methods_supported', 'S256', true)) return err('it does not take PKCE with S256');
  if (!lists('id_token_signing_alg_values_supported', 'RS256', true)) return err('it does not sign with RS256');
  return ok({
    authorization,
    token,
    jwks,
    endSession: isSafeAddress(endSession) ? endSession : null,
    answersWithIssuer: said['authorization_response_iss_parameter_supported'] === true,
    secretInBody: !lists('token_endpoint_auth_methods_supported', 'client_secret_basic', true),
  });
}
