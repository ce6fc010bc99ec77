import { afterAll, describe, expect, test } from 'vitest';
import { createTestApi, INSIDE, OUTSIDE } from '../../test/api.ts';
import { networksOf } from '../http/address.ts';
import { mayScrape } from './scrape.ts';

const TOKEN = 'metrics-token-of-the-tests-32-characters';

describe('with a token set', () => {
  const ask = (authorization: string | string[] | undefined, ip = '127.0.0.1') => mayScrape(TOKEN, { ip, headers: { authorization } });
  test('whoever has it may read the metrics, from anywhere', () => {
    expect(ask(`Bearer ${TOKEN}`)).toBe(true);
    expect(ask(`Bearer ${TOKEN}`, OUTSIDE)).toBe(true);
  });
  test.each([undefined, '', 'Bearer ', `Bearer ${TOKEN} `, `bearer ${TOKEN}`, `Bearer ${TOKEN.slice(0, -1)}`, `Bearer ${TOKEN}x`, TOKEN, `Basic ${TOKEN}`, 'Bearer undefined'])('%j is not it, on the machine itself neither', (given) => {
    expect(ask(given)).toBe(false);
  });
  test('a list of credentials is none', () => expect(ask([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`])).toBe(false));
});

/** Guarantee: nothing is served to the outside by somebody who forgot a setting, also not through a proxy nobody told us of. */
describe('without one', () => {
  const ask = (ip: string, headers: Record<string, string> = {}) => mayScrape(undefined, { ip, headers });
  test.each(['127.0.0.1', '127.8.9.1', '::1'])('%s is this machine', (ip) => expect(ask(ip)).toBe(true));
  test.each([INSIDE, OUTSIDE, '::2', 'fe80::1', '0.0.0.0', '', 'unknown'])('%j is not', (ip) => expect(ask(ip)).toBe(false));
  test.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])('a request that carries %s came through a proxy', (name) => {
    expect(ask('127.0.0.1', { [name]: '127.0.0.1' })).toBe(false);
  });
  test('no token opens it from elsewhere', () => expect(ask(OUTSIDE, { authorization: 'Bearer undefined' })).toBe(false));
});

describe('GET /metrics', () => {
  const bare = createTestApi({ trustedProxies: networksOf([]) });
  const guarded = createTestApi({ metricsToken: TOKEN });
  afterAll(async () => {
    await bare.api.close();
    await guarded.api.close();
  });

  test('answers the machine itself when no token is set, on both mounts', async () => {
    for (const url of ['/metrics', '/v1/metrics']) {
      const answer = await bare.http.inject({ method: 'GET', url });
      expect([answer.statusCode, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8', 'no-store']);
    }
  });
  test('refuses everybody else, and a PAT is no scrape token', async () => {
    const pat = await guarded.newToken(['logs:read']);
    const asked: readonly (readonly [typeof bare, Record<string, string>, string | undefined])[] = [
      [bare, {}, OUTSIDE],
      [bare, { 'x-forwarded-for': '127.0.0.1' }, undefined],
      [guarded, {}, undefined],
      [guarded, { authorization: `Bearer ${pat}` }, undefined],
      [guarded, { authorization: `Bearer ${TOKEN}x` }, undefined],
    ];
    for (const [{ http }, headers, remoteAddress] of asked) {
      const answer = await http.inject({ method: 'GET', url: '/metrics', headers, ...(remoteAddress && { remoteAddress }) });
      expect(answer.json()).toMatchObject({ status: 401, code: 'scrape_refused' });
    }
  });
  test('answers who has the token', async () => {
    const answer = await guarded.http.inject({ method: 'GET', url: '/metrics', headers: { authorization: `Bearer ${TOKEN}` }, remoteAddress: OUTSIDE });
    expect(answer.statusCode).toBe(200);
  });
});
