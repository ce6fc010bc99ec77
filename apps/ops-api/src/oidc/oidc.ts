/** Provider, flow and sign-in of AUTH_MODE=oidc, put together. */
import { createCodeFlow, type OidcSettings } from './code-flow.ts';
import { createProvider, type OidcHttp } from './provider.ts';
import { makeOidcSignIn, type OidcSignIn, type OidcSignInDeps } from './sign-in.ts';

export type OidcDeps = Omit<OidcSignInDeps, 'flow' | 'issuer'> & { readonly settings: OidcSettings; readonly http: OidcHttp; readonly redirectUri: () => string };

export function createOidc(deps: OidcDeps): OidcSignIn {
  const { issuer } = deps.settings;
  const provider = createProvider({ ...deps, issuer });
  return makeOidcSignIn({ ...deps, issuer, flow: createCodeFlow({ ...deps, provider }) });
}
