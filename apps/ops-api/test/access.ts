/** An identity provider for tests: keys made here, assertions signed here, in every wrong way a test asks for. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@argus/kit/clock.ts';
import { createAccess, type Access, type AccessSettings } from '../src/access/access.ts';
import type { Fetch } from '../src/adapters/fetch/ask.ts';
import { teamCerts } from '../src/adapters/jwks/team-certs.ts';
import { START } from './sample.ts';

export const TEAM_DOMAIN = 'argus-tests.cloudflareaccess.com';
export const ISSUER = `https://${TEAM_DOMAIN}`;
export const AUD = 'a1'.repeat(32);
export const ANA = 'ana@argus.example';

export type Signer = { readonly kid: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };
export const newSigner = (kid: string, bits = 2_048): Signer => ({ kid, ...generateKeyPairSync('rsa', { modulusLength: bits }) });

const at = (ms: number) => Math.floor(ms / 1_000);
/** What Cloudflare Access says of somebody who has signed in, in its own shape. */
export const claimsOf = (over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  aud: [AUD],
  email: ANA,
  exp: at(START) + 3_600,
  iat: at(START) - 60,
  nbf: at(START) - 60,
  iss: ISSUER,
  type: 'app',
  identity_nonce: '6ei69kawdKzMIAPF',
  sub: '7335d417-61da-459d-899c-0a01c76a2f94',
  country: 'DE',
  ...over,
});

export const segment = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export type Made = {
  readonly header?: unknown; //  a string is taken as the exact text
  readonly claims?: unknown;
  readonly signature?: (signed: string) => Uint8Array;
};
export function assertionBy(signer: Signer, { header, claims = claimsOf(), signature }: Made = {}): string {
  const signed = `${segment(header ?? { alg: 'RS256', kid: signer.kid, typ: 'JWT' })}.${segment(claims)}`;
  const bytes = signature?.(signed) ?? sign('RSA-SHA256', Buffer.from(signed), signer.privateKey);
  return `${signed}.${Buffer.from(bytes).toString('base64url')}`;
}

export const jwkOf = ({ kid, publicKey }: Signer) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' });
/** What stands under /cdn-cgi/access/certs. */
export const certsOf = (...signers: readonly Signer[]): string => JSON.stringify({ keys: signers.map(jwkOf), public_cert: {}, public_certs: [] });

/** A server on a free port of loopback, and what puts it away. */
export async function onLoopback(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** The team's own server, on loopback; `fetch` is led there instead of to the team's name, and nothing else is changed. */
export async function localTeam(answer: RequestListener) {
  const { address, close } = await onLoopback(answer);
  const asked: string[] = [];
  const led: Fetch = (url, init) => {
    asked.push(url);
    return fetch(url.replace(ISSUER, address), init);
  };
  return { fetch: led, asked, close };
}

export const SETTINGS: AccessSettings = { aud: AUD, teamDomain: TEAM_DOMAIN, allowed: { emails: [], domains: ['argus.example'] } };

/** Access as main.ts puts it together, but for the `fetch` that leads to a team on loopback. */
export const accessOver = (fetch: Fetch, clock: Clock, settings: AccessSettings = SETTINGS): Access =>
  createAccess(settings, { jwks: teamCerts(settings.teamDomain, { fetch, clock }), clock, log: () => undefined });
