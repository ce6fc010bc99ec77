import { createHmac } from 'node:crypto';
import { manualClock, systemClock, type Clock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { atTheEndOfTheFile } from '@argus/testkit/end-of-file.ts';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { assertionBy, jwkOf, newSigner, onLoopback, segment, type Made } from '../../test/access.ts';
import { ANA_THERE, browse, CLIENT, OTHER_CLIENT, runProvider, type RunningProvider } from '../../test/oidc.ts';
import { oidcOverHttp } from '../adapters/oidc/over-http.ts';
import { createCodeFlow, type CodeFlow, type OidcSettings } from './code-flow.ts';
import { createProvider, PROVIDER_FRESH_MS, PROVIDER_RETRY_MS, readDiscovery } from './provider.ts';

/** Whoever comes back from the provider is who it vouches for, to us, in this very attempt, or is nobody. */
const REDIRECT = 'http://127.0.0.1:1/v1/auth/oidc/callback';
const settingsOf = (issuer: string, over: Partial<OidcSettings> = {}): OidcSettings => ({ issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret, groupsClaim: 'groups', scopes: ['groups'], ...over });
const quiet = () => undefined;
function flowTo(issuer: string, { clock = systemClock, over = {}, asked = [] }: { clock?: Clock; over?: Partial<OidcSettings>; asked?: string[] } = {}): CodeFlow {
  const http = oidcOverHttp({ clock, fetch: (url, init) => (asked.push(url), fetch(url, init)) });
  return createCodeFlow({ settings: settingsOf(issuer, over), provider: createProvider({ issuer, http, clock, log: quiet }), http, clock, random: systemRandom, redirectUri: () => REDIRECT });
}
const begun = async (flow: CodeFlow) => (await flow.begin()) ?? expect.fail('the provider does not answer');
const queryOf = ({ searchParams }: URL) => ({ code: searchParams.get('code') ?? undefined, state: searchParams.get('state') ?? undefined, iss: searchParams.get('iss') ?? undefined, error: searchParams.get('error') ?? undefined });

describe('with a provider that is not ours', () => {
  let there: RunningProvider;
  beforeAll(async () => {
    there = await runProvider(REDIRECT);
    atTheEndOfTheFile(there.close);
  });
  const back = async (flow: CodeFlow) => {
    const { url, seed } = await begun(flow);
    return { seed, query: queryOf(await browse(url, REDIRECT)) };
  };

  test('somebody signs in there and is vouched for here', async () => {
    const flow = flowTo(there.issuer);
    const { seed, query } = await back(flow);
    expect(flow.isOwn(seed, query)).toBe(true);
    expect(await flow.finish(seed, query)).toEqual({ ok: true, value: { subject: 'ana-at-the-provider', email: 'ana@argus.example', name: 'Ana', groups: ['argus-ops', 'staff'] } });
  });
  test('a code that was used once signs nobody in again', async () => {
    const flow = flowTo(there.issuer);
    const { seed, query } = await back(flow);
    expect((await flow.finish(seed, query)).ok).toBe(true);
    expect(await flow.finish(seed, query)).toEqual({ ok: false, error: 'code_refused' });
  });
  test('a code that another client was given signs nobody in', async () => {
    const theirs = flowTo(there.issuer, { over: { clientId: OTHER_CLIENT.id, clientSecret: OTHER_CLIENT.secret } });
    const { seed, query } = await back(theirs);
    expect(await flowTo(there.issuer).finish(seed, query)).toEqual({ ok: false, error: 'code_refused' });
  });
  test('a code of somebody else’s attempt, slipped into this browser, signs nobody in: its verifier is another', async () => {
    const flow = flowTo(there.issuer);
    const [mine, theirs] = [await begun(flow), await back(flow)];
    expect(flow.isOwn(mine.seed, theirs.query)).toBe(false);
    expect(await flow.finish(mine.seed, { ...theirs.query, state: mine.state })).toEqual({ ok: false, error: 'code_refused' });
  });
  test('without the secret of the client nobody is signed in', async () => {
    const flow = flowTo(there.issuer, { over: { clientSecret: 'guessed' } });
    const { seed, query } = await back(flow);
    expect(await flow.finish(seed, query)).toEqual({ ok: false, error: 'code_refused' });
  });
  test.each<[string, object, string]>([
    ['is not verified', { email_verified: false }, 'email_not_verified'],
    ['is verified in words only', { email_verified: 'true' }, 'email_not_verified'],
    ['is none', { email: 'ana' }, 'no_email'],
    ['has no groups that are a list', { groups: 'argus-ops' }, 'groups'],
  ])('somebody whose e-mail or account %s is not signed in', async (_how, over, flaw) => {
    const flow = flowTo(there.issuer);
    there.person = { ...ANA_THERE, ...over };
    onTestFinished(() => void (there.person = ANA_THERE));
    const { seed, query } = await back(flow);
    expect(await flow.finish(seed, query)).toEqual({ ok: false, error: flaw });
  });
  test('an answer that names no issuer, or another, is mixed up, also when it is a no', async () => {
    const flow = flowTo(there.issuer);
    const { seed, query } = await back(flow);
    for (const iss of [undefined, 'https://evil.test', `${there.issuer}/`]) {
      expect(await flow.finish(seed, { ...query, iss })).toEqual({ ok: false, error: 'mixed_up_issuer' });
      expect(await flow.finish(seed, { state: query.state, error: 'access_denied', iss })).toEqual({ ok: false, error: 'mixed_up_issuer' });
    }
    expect(await flow.finish(seed, { ...query, error: 'access_denied' })).toEqual({ ok: false, error: 'refused_by_provider' });
    expect(await flow.finish(seed, { ...query, code: undefined })).toEqual({ ok: false, error: 'no_code' });
  });
  test('signing out goes on to the provider, at its own address', async () => {
    const to = new URL((await flowTo(there.issuer).signOutAt('https://argus.example/')) ?? '');
    expect([to.origin, to.searchParams.get('client_id'), to.searchParams.get('post_logout_redirect_uri')]).toEqual([there.issuer, CLIENT.id, 'https://argus.example/']);
  });
});

test('what goes through the address bar says nothing of the verifier, and every attempt is another', async () => {
  const { flow } = await forger();
  const [one, two] = [await begun(flow), await begun(flow)];
  const params = new URL(one.url).searchParams;
  expect(params.get('response_type')).toBe('code');
  expect(params.get('code_challenge_method')).toBe('S256');
  expect(params.get('state')).toBe(one.state);
  expect([one.url.includes(one.seed), one.state === two.state, params.get('nonce') === one.state]).toEqual([false, false, false]);
  expect([flow.isOwn(one.seed, { state: one.state }), flow.isOwn(one.seed, { state: two.state }), flow.isOwn(undefined, { state: one.state }), flow.isOwn(one.seed, {}), flow.isOwn('', { state: '' })]).toEqual([true, false, false, false, false]);
});

/** A provider of our own, that signs whatever a test wants it to. */
type Token = Made & { readonly over?: Readonly<Record<string, unknown>>; readonly without?: string };
const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const signers = [newSigner('key-1'), newSigner('key-1')] as const; // making one costs more than a test
async function forger() {
  const [signer, stranger] = signers;
  let token: (nonce: string) => string = () => '';
  let last = { nonce: '', status: 200, type: 'application/json' };
  const asked: string[] = [];
  const { address, close } = await onLoopback((req, res) => {
    if (req.url === '/.well-known/openid-configuration') return void res.end(JSON.stringify({ issuer: address, authorization_endpoint: `${address}/auth`, token_endpoint: `${address}/token`, jwks_uri: `${address}/jwks` }));
    if (req.url === '/jwks') return void res.end(JSON.stringify({ keys: [jwkOf(signer)] }));
    res.writeHead(last.status, { 'content-type': last.type }).end(last.status === 200 ? JSON.stringify({ id_token: token(last.nonce) }) : '{}');
  });
  onTestFinished(close);
  const clock = manualClock(NOW);
  const flow = flowTo(address, { clock, asked });
  const claims = (nonce: string, { over = {}, without }: Token) =>
    Object.fromEntries(Object.entries({ iss: address, aud: CLIENT.id, sub: 'ana-there', nonce, email: 'ana@argus.example', email_verified: true, groups: ['argus-ops'], iat: NOW / 1_000 - 1, exp: NOW / 1_000 + 60, ...over }).filter(([name]) => name !== without));
  return {
    flow,
    clock,
    asked,
    signer,
    stranger,
    address,
    async signIn(made: Token & { by?: typeof signer; status?: number } = {}) {
      const { url, seed, state } = await begun(flow);
      last = { ...last, nonce: new URL(url).searchParams.get('nonce') ?? '', status: made.status ?? 200 };
      token = (nonce) => assertionBy(made.by ?? signer, { claims: claims(nonce, made), ...(made.header !== undefined && { header: made.header }), ...(made.signature && { signature: made.signature }) });
      const read = await flow.finish(seed, { code: 'c', state });
      return read.ok ? 'signed in' : read.error;
    },
  };
}

test('a token as it should be signs somebody in', async () => expect(await (await forger()).signIn()).toBe('signed in'));
test.each<[string, Token, string]>([
  ['of another attempt', { over: { nonce: 'another' } }, 'nonce'],
  ['of no attempt', { without: 'nonce' }, 'nonce'],
  ['of another issuer', { over: { iss: 'https://evil.test' } }, 'issuer'],
  ['for another client', { over: { aud: OTHER_CLIENT.id } }, 'audience'],
  ['for two clients, without saying for whom', { over: { aud: [CLIENT.id, OTHER_CLIENT.id] } }, 'authorized_party'],
  ['for two clients, and made for the other', { over: { aud: [CLIENT.id, OTHER_CLIENT.id], azp: OTHER_CLIENT.id } }, 'authorized_party'],
  ['for nobody', { without: 'aud' }, 'audience'],
  ['that is over', { over: { exp: NOW / 1_000 } }, 'expired'],
  ['without an end', { without: 'exp' }, 'time'],
  ['without a beginning', { without: 'iat' }, 'time'],
  ['from the future', { over: { iat: NOW / 1_000 + 61, exp: NOW / 1_000 + 600 } }, 'time'],
  ['about nobody', { without: 'sub' }, 'no_subject'],
  ['without an e-mail', { without: 'email' }, 'no_email'],
  ['with an e-mail that nobody verified', { without: 'email_verified' }, 'email_not_verified'],
  ['without a signature', { header: { alg: 'none', kid: 'key-1' }, signature: () => new Uint8Array() }, 'malformed'],
  ['without a signature, though there is something in its place', { header: { alg: 'none', kid: 'key-1' } }, 'algorithm'],
  ['with HS256', { header: { alg: 'HS256', kid: 'key-1' }, signature: (signed) => createHmac('sha256', CLIENT.secret).update(signed).digest() }, 'algorithm'],
  ['with a key it brings along', { header: { alg: 'RS256', kid: 'key-2', jwk: {} } }, 'unknown_key'],
  ['without the id of a key', { header: { alg: 'RS256' } }, 'no_key_id'],
  ['of a later form', { header: { alg: 'RS256', kid: 'key-1', crit: ['x'] } }, 'malformed'],
  ['changed after it was signed', { signature: () => new Uint8Array(256) }, 'signature'],
])('a token %s signs nobody in', async (_how, made, flaw) => expect(await (await forger()).signIn(made)).toBe(flaw));
test('a token signed with HS256 under the public key, or by a stranger under the name of the key, signs nobody in', async () => {
  const there = await forger();
  const pem = there.signer.publicKey.export({ format: 'pem', type: 'spki' });
  expect(await there.signIn({ header: { alg: 'HS256', kid: 'key-1' }, signature: (signed) => createHmac('sha256', pem).update(signed).digest() })).toBe('algorithm');
  expect(await there.signIn({ by: there.stranger })).toBe('signature');
  expect(segment({ a: 1 })).not.toContain('=');
});
test.each([[400, 'code_refused'], [401, 'code_refused'], [302, 'code_refused'], [500, 'provider_unavailable']])('a token endpoint that answers %i signs nobody in', async (status, flaw) => expect(await (await forger()).signIn({ status })).toBe(flaw));

test('the provider is looked at once in ten minutes, and not at every attempt while it is away', async () => {
  const there = await forger();
  await there.signIn();
  await there.signIn();
  const looks = () => there.asked.filter((url) => url.endsWith('openid-configuration')).length;
  expect(looks()).toBe(1);
  await there.clock.advance(PROVIDER_FRESH_MS + 1);
  await begun(there.flow);
  expect(looks()).toBe(2);
  const asked: string[] = [];
  const clock = manualClock(NOW);
  const away = flowTo('http://127.0.0.1:1', { clock, asked });
  expect([await away.begin(), await away.begin(), asked.length]).toEqual([null, null, 1]);
  await clock.advance(PROVIDER_RETRY_MS);
  expect([await away.begin(), asked.length]).toEqual([null, 2]);
});

const described = { issuer: 'https://id.example', authorization_endpoint: 'https://id.example/auth', token_endpoint: 'https://id.example/token', jwks_uri: 'https://id.example/jwks' };
test.each<[string, object, string]>([
  ['of another issuer', { issuer: 'https://evil.test' }, 'another issuer'],
  ['of the same issuer with a slash', { issuer: 'https://id.example/' }, 'another issuer'],
  ['with a token endpoint without TLS', { token_endpoint: 'http://id.example/token' }, 'without TLS'],
  ['with keys without TLS', { jwks_uri: 'http://id.example/jwks' }, 'without TLS'],
  ['with a place to sign in that is a script', { authorization_endpoint: 'javascript:alert(1)' }, 'without TLS'],
  ['with a login in an address', { token_endpoint: 'https://eve@id.example/token' }, 'without TLS'],
  ['without PKCE', { code_challenge_methods_supported: ['plain'] }, 'PKCE'],
  ['without RS256', { id_token_signing_alg_values_supported: ['ES256'] }, 'RS256'],
])('a description %s is not gone by', (_what, over, why) => {
  expect(readDiscovery(JSON.stringify(described), described.issuer).ok).toBe(true);
  const read = readDiscovery(JSON.stringify({ ...described, ...over }), described.issuer);
  expect(read.ok ? 'read' : read.error).toContain(why);
});
