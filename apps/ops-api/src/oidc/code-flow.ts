/**
 * The code flow with PKCE, state and nonce. All three follow from one secret that only this browser has, in a cookie: an
 * answer that somebody else began, or that was changed on its way, fits none of them. Who comes back is taken once.
 */
import { toBase64Url } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deriveKey, sameSecretText, sha256 } from '@argus/keys/hash.ts';
import type { Random } from '@argus/keys/random.ts';
import { readAssertion, readObject } from '../gates/cf-access.ts';
import { verifyIdToken, type TokenFlaw, type Vouched } from './id-token.ts';
import type { OidcHttp, Provider } from './provider.ts';

export type OidcSettings = { readonly issuer: string; readonly clientId: string; readonly clientSecret: string; readonly groupsClaim: string; readonly scopes: readonly string[] };
/** What a browser comes back with. */
export type CallbackQuery = { readonly code?: string | undefined; readonly state?: string | undefined; readonly iss?: string | undefined; readonly error?: string | undefined };

/** Why nobody was signed in, in our own words: on record, and never told to whoever comes. */
export type FlowFlaw = TokenFlaw | 'no_attempt' | 'state' | 'mixed_up_issuer' | 'refused_by_provider' | 'no_code' | 'provider_unavailable' | 'code_refused' | 'no_token';

type Deps = { readonly settings: OidcSettings; readonly provider: Provider; readonly http: OidcHttp; readonly clock: Clock; readonly random: Random; readonly redirectUri: () => string };

const parts = (seed: Uint8Array) => {
  const part = (name: string) => toBase64Url(deriveKey(seed, `argus/oidc/${name}/v1`));
  return { state: part('state'), nonce: part('nonce'), verifier: part('verifier') };
};
const SEED = /^[A-Za-z0-9_-]{43}$/;

export function createCodeFlow({ settings, provider, http, clock, random, redirectUri }: Deps) {
  async function idTokenFor(code: string, verifier: string): Promise<Result<string, FlowFlaw>> {
    const at = await provider.endpoints();
    if (at === null) return err('provider_unavailable');
    const { clientId, clientSecret } = settings;
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri(), code_verifier: verifier };
    const basic = `Basic ${Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')}`;
    const answer = await http.ask(at.secretInBody ? { url: at.token, form: { ...form, client_id: clientId, client_secret: clientSecret } } : { url: at.token, form, authorization: basic });
    if (!answer.ok || answer.value.status >= 500) return err('provider_unavailable');
    if (answer.value.status !== 200) return err('code_refused');
    const token = readObject(Buffer.from(answer.value.text))?.['id_token'];
    return typeof token === 'string' ? ok(token) : err('no_token');
  }

  async function read(idToken: string, nonce: string): Promise<Result<Vouched, FlowFlaw>> {
    const token = readAssertion(idToken);
    if (!token.ok) return token;
    const key = await provider.keys.find(token.value.keyId);
    if (!key.ok) return key;
    return verifyIdToken(token.value, { key: key.value, issuer: settings.issuer, clientId: settings.clientId, nonce, groupsClaim: settings.groupsClaim, now: clock.now() });
  }

  return {
    /** Where the browser goes, and what it keeps meanwhile. Null: the provider does not answer. */
    async begin(): Promise<{ readonly url: string; readonly seed: string; readonly state: string } | null> {
      const at = await provider.endpoints();
      if (at === null) return null;
      const seed = random(32);
      const { state, nonce, verifier } = parts(seed);
      const url = new URL(at.authorization);
      const asked = {
        response_type: 'code',
        client_id: settings.clientId,
        redirect_uri: redirectUri(),
        scope: ['openid', 'email', 'profile', ...settings.scopes].join(' '),
        state,
        nonce,
        code_challenge: toBase64Url(sha256(Buffer.from(verifier))),
        code_challenge_method: 'S256',
      };
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
      return { url: url.href, seed: toBase64Url(seed), state };
    },

    /** Was it this browser that began this very attempt? Asked before anything else is looked at. */
    isOwn: (seed: string | undefined, { state }: CallbackQuery): boolean => seed !== undefined && SEED.test(seed) && state !== undefined && sameSecretText(parts(Buffer.from(seed, 'base64url')).state, state),

    /** Whom the provider vouches for. The attempt was this browser's own, and is spent. */
    async finish(seed: string, { code, iss, error }: CallbackQuery): Promise<Result<Vouched, FlowFlaw>> {
      const at = await provider.endpoints();
      if (at === null) return err('provider_unavailable');
      // Also when it says no: whose no it is counts.
      if (iss === undefined ? at.answersWithIssuer : iss !== settings.issuer) return err('mixed_up_issuer');
      if (error !== undefined) return err('refused_by_provider');
      if (code === undefined || code === '') return err('no_code');
      const { nonce, verifier } = parts(Buffer.from(seed, 'base64url'));
      const token = await idTokenFor(code, verifier);
      return token.ok ? read(token.value, nonce) : token;
    },

    /** Where signing out goes on to, if the provider has such a place. */
    async signOutAt(returnTo: string): Promise<string | null> {
      const at = await provider.endpoints();
      if (at?.endSession === undefined || at.endSession === null) return null;
      const url = new URL(at.endSession);
      url.searchParams.set('client_id', settings.clientId);
      url.searchParams.set('post_logout_redirect_uri', returnTo);
      return url.href;
    },
  };
}
export type CodeFlow = ReturnType<typeof createCodeFlow>;

/** RFC 6749, 2.3.1: id and secret are form-encoded before they are joined. */
const formEncoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);
