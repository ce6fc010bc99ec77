import { manualClock } from '@argus/kit/clock.ts';
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessOver, assertionBy, certsOf, claimsOf, localTeam, newSigner, segment, SETTINGS } from '../../test/access.ts';
import { createTestApi, INSIDE, OPS_TOKEN, OUTSIDE } from '../../test/api.ts';
import { AGENT, START, TENANT } from '../../test/sample.ts';
import { networksOf } from '../http/address.ts';
import { ASSERTION_HEADER, RELAYED_HEADER, type AccessSettings } from './access.ts';
import { FRESH_MS, REFETCH_MS } from './signing-keys.ts';

const [signer, stranger, next] = [newSigner('key-1'), newSigner('key-1'), newSigner('key-2')];
let published = [signer];
let team: Awaited<ReturnType<typeof localTeam>>;
beforeAll(async () => {
  team = await localTeam((_req, res) => res.end(certsOf(...published)));
});
afterAll(() => team.close());

/** The whole API with the way in from outside, and every look at a credential counted. */
function doors(settings: AccessSettings | null = SETTINGS, over: Parameters<typeof createTestApi>[0] = {}) {
  published = [signer];
  const before = team.asked.length;
  const clock = manualClock(START);
  let looks = 0;
  const made = createTestApi({
    clock,
    ...(settings && { access: accessOver(team.fetch, clock, settings) }),
    between: (stores) => ({ ...stores, pats: { ...stores.pats, bySecretHash: (...args) => { looks++; return stores.pats.bySecretHash(...args); } } }),
    ...over,
  });
  const ask = async (url: string, headers: Record<string, string | string[]>, from = OUTSIDE) => {
    const answer = await made.http.inject({ method: 'POST', url, headers: { 'x-forwarded-for': from, 'content-type': 'application/json', ...headers }, payload: '{}' });
    const { date: _, ...kept } = answer.headers;
    const text = `${answer.statusCode} ${JSON.stringify(kept)} ${answer.body}`.replaceAll(/req_[a-z0-9]+/g, 'REQUEST');
    return { code: answer.json<{ code: string }>().code, text };
  };
  return { ...made, clock, ask, looks: () => looks, fetches: () => team.asked.length - before };
}
const LADDERS = [`/support/agents/${AGENT}/activate`, `/v1/support/tenants/${TENANT}/command`];
const good = () => ({ [ASSERTION_HEADER]: assertionBy(signer) });
const factors = (pat: string) => ({ authorization: `Bearer ${pat}`, 'x-argus-ops-token': OPS_TOKEN, 'x-argus-session': `rst_${'a'.repeat(43)}` });
const as = (claims: Record<string, unknown>, by = signer) => assertionBy(by, { claims: claimsOf(claims) });

const header = (alg: string) => segment({ alg, kid: signer.kid, typ: 'JWT' });
const attacks: readonly (readonly [string, string | string[]])[] = [
  ['alg none', `${header('none')}.${segment(claimsOf())}.`],
  ['HS256 with the public key as its secret', assertionBy(signer, {
    header: { alg: 'HS256', kid: signer.kid },
    signature: (text) => createHmac('sha256', signer.publicKey.export({ type: 'spki', format: 'pem' })).update(text).digest(),
  })],
  ['ES256', assertionBy(signer, { header: { alg: 'ES256', kid: signer.kid } })],
  ['RS512', assertionBy(signer, { header: { alg: 'RS512', kid: signer.kid } })],
  ['PS256', assertionBy(signer, { header: { alg: 'PS256', kid: signer.kid } })],
  ['another key', assertionBy(stranger)],
  ['an unknown key', assertionBy(newSigner('unknown'))],
  ['another audience', as({ aud: ['x'] })],
  ['another team', as({ iss: 'https://evil.cloudflareaccess.com' })],
  ['no end', as({ exp: undefined })],
  ['its end behind it', as({ exp: START / 1_000 - 1 })],
  ['no e-mail', as({ email: undefined })],
  ['an e-mail that is not allowed', as({ email: 'eve@evil.example' })],
  ['an e-mail of a sub-domain', as({ email: 'eve@sub.argus.example' })],
  ['garbage', 'garbage'],
  ['nothing in it', ''],
  ['8 KB', 'x'.repeat(8_192)],
  ['itself twice', [assertionBy(signer), assertionBy(signer)]],
  ['a good one in a cookie only', ''],
];

describe('a caller outside', () => {
  test('with a good assertion gets past the network, and no further without the next factor', async () => {
    const { ask } = doors();
    expect((await ask(LADDERS[0] ?? '', good())).code).toBe('bad_ops_token');
    expect((await ask(LADDERS[1] ?? '', good())).code).toBe('missing_role');
  });

  /** Guarantee: from outside a bad assertion, whatever is wrong with it, is the same as none, to the byte; nobody's credential is read for it. */
  test.each(attacks)('with %s gets the answer of a caller without one', async (_what, assertion) => {
    const { ask, newToken, looks } = doors();
    const pat = await newToken(['remote_support']);
    for (const ladder of LADDERS) {
      const without = await ask(ladder, {});
      const cookie = { cookie: `CF_Authorization=${assertionBy(signer)}` };
      const withIt = await ask(ladder, { ...factors(pat), ...cookie, [ASSERTION_HEADER]: assertion });
      expect(withIt.code).toBe('ip_not_allowlisted');
      expect(withIt.text).toBe(without.text);
    }
    expect(looks()).toBe(0);
  });

  test('without one costs no fetch', async () => {
    const { ask, fetches, newToken } = doors();
    const pat = await newToken(['remote_support']);
    for (const ladder of LADDERS) await ask(ladder, factors(pat));
    await ask(LADDERS[0] ?? '', { [ASSERTION_HEADER]: 'garbage' });
    expect(fetches()).toBe(0);
  });

  test('who makes key ids up makes one fetch a minute', async () => {
    const { ask, fetches, clock } = doors();
    const flood = () => Promise.all(Array.from({ length: 50 }, (_, i) => ask(LADDERS[0] ?? '', { [ASSERTION_HEADER]: assertionBy(signer, { header: { alg: 'RS256', kid: `made-up-${i}` } }) })));
    await flood();
    await flood();
    expect(fetches()).toBe(1);
    await clock.advance(REFETCH_MS);
    await flood();
    expect(fetches()).toBe(2);
    expect((await ask(LADDERS[0] ?? '', good())).code).toBe('bad_ops_token');
  });

  test('comes in with a new key of the team, and no longer with one that it took back', async () => {
    const { ask, clock } = doors();
    expect((await ask(LADDERS[0] ?? '', good())).code).toBe('bad_ops_token');
    published = [next];
    await clock.advance(REFETCH_MS);
    expect((await ask(LADDERS[0] ?? '', { [ASSERTION_HEADER]: assertionBy(next) })).code).toBe('bad_ops_token');
    expect((await ask(LADDERS[0] ?? '', good())).code).toBe('ip_not_allowlisted');
  });

  test('does not get in where the switch is off', async () => {
    const { ask } = doors(null);
    expect((await ask(LADDERS[0] ?? '', good())).code).toBe('ip_not_allowlisted');
  });
});

/** Guarantee: half set up is shut. Whoever is not in an operator network learns the same, and gets no further. */
describe('with nobody on the lists', () => {
  const nobody = { ...SETTINGS, allowed: { emails: [], domains: [] } };
  test('everybody outside gets one 503, with whatever they bring', async () => {
    const { ask, newToken, looks, fetches } = doors(nobody);
    const pat = await newToken(['remote_support']);
    for (const ladder of LADDERS) {
      const answers = [await ask(ladder, {}), await ask(ladder, { ...factors(pat), ...good() })];
      for (const [, assertion] of attacks) answers.push(await ask(ladder, { ...factors(pat), [ASSERTION_HEADER]: assertion }));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(answers[0]).toMatchObject({ code: 'access_allowlist_empty', text: expect.stringMatching(/^503 /) as string });
    }
    expect([looks(), fetches()]).toEqual([0, 0]);
  });
  test('an operator network is what it was', async () => {
    const { ask } = doors(nobody);
    expect((await ask(LADDERS[0] ?? '', {}, INSIDE)).code).toBe('bad_ops_token');
  });
});

describe('a caller in an operator network', () => {
  test('needs no assertion, and one that it brings is not read', async () => {
    const { ask, fetches } = doors();
    for (const headers of [{}, good(), { [ASSERTION_HEADER]: assertionBy(newSigner('unknown')) }]) expect((await ask(LADDERS[0] ?? '', headers, INSIDE)).code).toBe('bad_ops_token');
    expect(fetches()).toBe(0);
  });
});

/** Guarantee: our own proxy's address is nobody's network; who comes through it needs an assertion, or a listed address of their own. */
describe('a caller that is itself our proxy', () => {
  const everywhere = { operatorNetworks: networksOf(['0.0.0.0/0', '::/0']) };
  const PROXY = '127.0.0.9';
  test.each(['', PROXY, 'unknown', `unknown, ${PROXY}`])('with X-Forwarded-For %j is outside, also when the proxy stands in an operator network', async (forwarded) => {
    const { ask } = doors(SETTINGS, everywhere);
    expect((await ask(LADDERS[0] ?? '', {}, forwarded)).code).toBe('ip_not_allowlisted');
    expect((await ask(LADDERS[0] ?? '', good(), forwarded)).code).toBe('bad_ops_token');
  });
  test('and that nobody told us to trust does not lend its address to whom it speaks for', async () => {
    const { ask } = doors(SETTINGS, { operatorNetworks: networksOf(['127.0.0.0/8']), trustedProxies: networksOf([]) });
    expect((await ask(LADDERS[0] ?? '', {})).code).toBe('bad_ops_token'); // the socket is 127.0.0.1, and speaks for itself
    expect((await ask(LADDERS[0] ?? '', { [RELAYED_HEADER]: '1' })).code).toBe('ip_not_allowlisted');
    expect((await ask(LADDERS[0] ?? '', { [RELAYED_HEADER]: '1', ...good() })).code).toBe('bad_ops_token');
  });
  test('that we do trust speaks for the address it saw', async () => {
    const { ask } = doors();
    expect((await ask(LADDERS[0] ?? '', { [RELAYED_HEADER]: '1' }, INSIDE)).code).toBe('bad_ops_token');
  });
});

test('keys that are no longer fresh are looked at again before they are believed', async () => {
  const { ask, clock, fetches } = doors();
  await ask(LADDERS[0] ?? '', good());
  await clock.advance(FRESH_MS + 1);
  published = [next];
  expect((await ask(LADDERS[0] ?? '', good())).code).toBe('ip_not_allowlisted');
  expect(fetches()).toBe(2);
});
