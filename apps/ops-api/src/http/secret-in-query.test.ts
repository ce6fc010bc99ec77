import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { createTestApi, INSIDE, OPS_TOKEN } from '../../test/api.ts';
import { AGENT, TENANT } from '../../test/sample.ts';
import { PRESETS } from '../people/principal.ts';
import { isAgentUpgrade } from './agent-upgrade.ts';
import { ROUTES, type Route } from './routes.ts';
import { hasSecretInQuery } from './secret-in-query.ts';

const LETTERS = 'Ab3_-'.repeat(10).slice(0, 43);
const secrets = { 'a PAT': `pat_${LETTERS}`, 'a session token': `rst_${LETTERS}`, 'an enrollment code': `enr_${LETTERS}`, 'the ops token': OPS_TOKEN, 'another long text': 'z'.repeat(32) };
const encoded = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const places = (secret: string) => [`?x=${secret}`, `?${secret}`, `?${secret}=1`, `?a=1&x=${secret}&b=2`, `?x=${encoded(secret)}`, `?${encoded(secret)}`, `?x[]=${secret}`, `?x=${secret}#`, `??x=${secret}`];

describe('a query', () => {
  test.each(Object.entries(secrets))('with %s in any place of it is one with a secret', (_what, secret) => {
    for (const query of places(secret))
      for (const isLadder of [true, false]) expect(hasSecretInQuery(`/tenants${query}`, { isLadder }), query).toBe(true);
  });

  test.each(['', '?', '?tenant=UTD_7ELEVEN_001', '?from=0&to=20', '?index=3&size=9', '?force=1&override=true&skip_consent=yes', '?%zz=%', `?${'a=1&'.repeat(500)}`])('%j is one without', (query) => {
    for (const isLadder of [true, false]) expect(hasSecretInQuery(`/x${query}`, { isLadder })).toBe(false);
  });

  test('may hold a long name or place under the words for them; a ladder takes not even those, and a bearer secret stands nowhere', () => {
    for (const name of ['tenant', 'agent', 'operator', 'cursor']) {
      expect(hasSecretInQuery(`/x?${name}=${'A'.repeat(64)}`, { isLadder: false })).toBe(false);
      expect(hasSecretInQuery(`/x?${name}=${'A'.repeat(64)}`, { isLadder: true })).toBe(true);
      expect(hasSecretInQuery(`/x?${name}=pat_${LETTERS}`, { isLadder: false })).toBe(true);
    }
  });

  /** Guarantee: what a route says it takes can be asked: a sentence that is searched for, an address of somebody. */
  test('may hold whatever a parameter of its route may be', () => {
    const long = ['ana.with.a.long.name@a-long-domain.example', `/${'a'.repeat(40)}`, 'A'.repeat(40)];
    const parameters = Object.values<Route>(ROUTES).flatMap(({ path, query }) => Object.entries(query?.shape ?? {}).map(([name, schema]) => ({ path, name, schema: schema as z.ZodType })));
    const refused = parameters.filter(({ path, name, schema }) => long.some((text) => schema.safeParse(text).success && hasSecretInQuery(`${path}?${name}=${encodeURIComponent(text)}`, { isLadder: false })));
    expect(refused.map(({ path, name }) => `${path} ${name}`)).toEqual([]);
  });

  test('is not looked for in what stands before it', () => {
    expect(hasSecretInQuery(`/tenants/${'A'.repeat(64)}`, { isLadder: true })).toBe(false);
  });
});

/** Guarantee: a secret in an address is refused on every route, right or wrong, with every factor given, and is written nowhere. */
describe('on every route', () => {
  const ways = Object.entries(ROUTES) as [string, Route][];
  test.each(ways)('%s', async (_name, route) => {
    const { api, newToken, memory, said } = createTestApi();
    const pat = await newToken(PRESETS['admin-full']);
    const path = route.path.replace(':tenant', TENANT).replace(':agent', AGENT).replace(':session', `rss_${'a'.repeat(20)}`);
    for (const prefix of ['', '/v1'])
      for (const secret of [...Object.values(secrets), pat])
        for (const url of [`${prefix}${path}?ops_token=${secret}`, `${prefix}${path}?x=${encoded(secret)}`]) {
          const headers = { 'x-forwarded-for': INSIDE, authorization: `Bearer ${pat}`, 'x-argus-ops-token': OPS_TOKEN, 'x-argus-session': `rst_${LETTERS}` };
          const answer = await api.http.inject({ method: route.method, url, headers });
          expect(answer.json<{ code: string }>().code, url).toBe(route.door.kind === 'ladder' ? 'bad_ops_token' : 'secret_in_address');
          expect(answer.body).not.toContain(secret);
        }
    await api.close(); // what was counted is written too
    const kept = JSON.stringify([said, memory.rows('operator').map((row) => [row.audit, row.bytes]), memory.rows(TENANT)]);
    for (const secret of [...Object.values(secrets), pat]) expect(kept).not.toContain(secret);
    expect(memory.rows('operator').length > 0).toBe(route.door.kind === 'ladder');
  });
});

/** Guarantee: whether a text is the ops token cannot be found out by putting it into an address. */
test('the right token in an address is answered as any other text of its length is', async () => {
  const { api, newToken } = createTestApi();
  const pat = await newToken(PRESETS['admin-full']);
  for (const url of ['/healthz', '/tenants', `/support/agents/${AGENT}/activate`, `/support/tenants/${TENANT}/command`]) {
    const answers = new Set<string>();
    for (const text of [OPS_TOKEN, 'q'.repeat(OPS_TOKEN.length)]) {
      const answer = await api.http.inject({ method: 'GET', url: `${url}?x=${text}`, headers: { 'x-forwarded-for': INSIDE, authorization: `Bearer ${pat}` } });
      answers.add(answer.body.replaceAll(/req_\w+/g, 'REQUEST'));
    }
    expect(answers.size, url).toBe(1);
  }
  await api.close();
});

test('nor does an agent connect with one', () => {
  const headers = { upgrade: 'websocket' };
  expect([isAgentUpgrade({ url: '/v1/agents/connect', headers }), isAgentUpgrade({ url: '/v1/agents/connect?v=1', headers })]).toEqual([true, true]);
  for (const secret of Object.values(secrets)) expect(isAgentUpgrade({ url: `/v1/agents/connect?x=${secret}`, headers })).toBe(false);
});
