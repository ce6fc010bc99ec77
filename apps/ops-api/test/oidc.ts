/** An identity provider that is somebody else's code, on loopback, and a browser that goes there and comes back. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { Provider } from 'oidc-provider';
import { newSigner, type Signer } from './access.ts';

export type Person = { readonly email: string; readonly email_verified: unknown; readonly name: string; readonly groups: unknown; readonly sub?: string };
export const ANA_THERE: Person = { email: 'ana@argus.example', email_verified: true, name: 'Ana', groups: ['argus-ops', 'staff'] };
export const CLIENT = { id: 'argus', secret: 'a secret: with signs & spaces + plus' };
export const OTHER_CLIENT = { id: 'another', secret: 'the secret of another' };

export type RunningProvider = { readonly issuer: string; person: Person; readonly close: () => void };

/** Whoever comes is `person`, who consents to everything. */
export async function runProvider(redirectUri: string, signer: Signer = newSigner('provider-key')): Promise<RunningProvider> {
  const server: Server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running = {
    issuer,
    person: ANA_THERE,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const client = (of: typeof CLIENT) => ({ client_id: of.id, client_secret: of.secret, redirect_uris: [redirectUri], post_logout_redirect_uris: ['https://argus.example/'] });
  const provider = new Provider(issuer, {
    clients: [client(CLIENT), client(OTHER_CLIENT)],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    conformIdTokenClaims: false,
    findAccount: (_ctx: unknown, accountId: string) => ({ accountId, claims: () => ({ ...running.person, sub: accountId }) }),
    jwks: { keys: [{ ...signer.privateKey.export({ format: 'jwk' }), kid: signer.kid, alg: 'RS256', use: 'sig' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    ttl: { Interaction: 600, Session: 600, Grant: 600, IdToken: 600, AccessToken: 600 },
  });
  const answer = provider.callback();
  server.on('request', (req, res) => {
    if (!req.url?.startsWith('/interaction/')) return void answer(req, res);
    void consent(req, res);
  });
  async function consent(...[req, res]: Parameters<typeof answer>): Promise<void> {
    const { params } = await provider.interactionDetails(req, res);
    const accountId = running.person.sub ?? 'ana-at-the-provider';
    const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) });
    grant.addOIDCScope('openid email profile groups');
    await provider.interactionFinished(req, res, { login: { accountId }, consent: { grantId: await grant.save() } });
  }
  return running;
}

/** Follows the provider from page to page until it sends the browser back, which is where it stops. */
export async function browse(start: string, until: string): Promise<URL> {
  const jar = new Map<string, string>();
  let at = start;
  for (let page = 0; page < 10; page++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie, accept: 'text/html' } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    const next = answer.headers.get('location');
    if (next === null) throw new Error(`${at} answered ${answer.status} and leads nowhere: ${(await answer.text()).slice(0, 400)}`);
    at = new URL(next, at).href;
    if (at.startsWith(until)) return new URL(at);
  }
  throw new Error('it never came back');
}
