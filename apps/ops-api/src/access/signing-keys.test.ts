import { manualClock, settle } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { certsOf, jwkOf, newSigner } from '../../test/access.ts';
import { createSigningKeys, FRESH_MS, KEPT_MS, readKeySet, REFETCH_MS } from './signing-keys.ts';

const [one, two, three] = [newSigner('key-1'), newSigner('key-2'), newSigner('key-3')];

/** A team whose key set, and whose being there at all, a test decides. */
function team(certs: string) {
  const clock = manualClock(0);
  const state: { answer: Result<string, string>; fetches: number; hold: Promise<void> | null } = { answer: ok(certs), fetches: 0, hold: null };
  const said: string[] = [];
  const jwks = { fetch: async () => { state.fetches++; await state.hold; return state.answer; } };
  const keys = createSigningKeys({ jwks, clock, log: (_level, what) => void said.push(what) });
  const find = async (kid: string) => {
    const key = await keys.find(kid);
    return key.ok ? 'found' : key.error;
  };
  return { clock, state, said, keys, find };
}

describe('the keys of a team', () => {
  test('are fetched when they are first needed, and not before', async () => {
    const { state, find } = team(certsOf(one, two));
    expect(state.fetches).toBe(0);
    expect([await find('key-1'), await find('key-2'), await find('key-1')]).toEqual(['found', 'found', 'found']);
    expect(state.fetches).toBe(1);
  });

  test('are the ones that were published: the right key under the right id', async () => {
    const { keys } = team(certsOf(one, two));
    const found = await keys.find('key-2');
    expect(found.ok && found.value.equals(two.publicKey)).toBe(true);
  });

  /** Guarantee: nobody who makes key ids up makes us a hammer on somebody else's door. */
  test('are fetched once a minute at most, however many unknown ids arrive', async () => {
    const { clock, state, find } = team(certsOf(one));
    for (let minute = 0; minute < 5; minute++) {
      const flood = await Promise.all(Array.from({ length: 500 }, (_, i) => find(`made-up-${minute}-${i}`)));
      expect(new Set(flood)).toEqual(new Set(['unknown_key']));
      for (let i = 0; i < 100; i++) await find(`one-after-another-${i}`);
      expect(await find('key-1')).toBe('found');
      expect(state.fetches).toBe(minute + 1);
      await clock.advance(REFETCH_MS - 1);
      await find('just-too-early');
      expect(state.fetches).toBe(minute + 1);
      await clock.advance(1);
    }
  });

  test('follow a rotation: the new one is found within a minute, the old one for as long as it is published', async () => {
    const { clock, state, find } = team(certsOf(one));
    expect(await find('key-1')).toBe('found');
    state.answer = ok(certsOf(two, one));
    expect(await find('key-2')).toBe('unknown_key'); // asked within the minute
    await clock.advance(REFETCH_MS);
    expect([await find('key-2'), await find('key-1')]).toEqual(['found', 'found']);
    state.answer = ok(certsOf(three, two));
    await clock.advance(REFETCH_MS);
    expect([await find('key-3'), await find('key-1')]).toEqual(['found', 'unknown_key']);
  });

  /** Guarantee: a key that was taken back opens nothing for longer than this, also when nobody sends another id. */
  test('are looked at again when they are no longer fresh, also those we know', async () => {
    const { clock, state, find } = team(certsOf(one));
    await find('key-1');
    state.answer = ok(certsOf(two));
    await clock.advance(FRESH_MS);
    expect(await find('key-1')).toBe('found');
    await clock.advance(1);
    expect(await find('key-1')).toBe('unknown_key');
  });

  test('a key that was replaced under its own id is the new one', async () => {
    const { clock, state, keys } = team(certsOf(one));
    await keys.find('key-1');
    state.answer = ok(certsOf({ ...two, kid: 'key-1' }));
    await clock.advance(FRESH_MS + 1);
    const found = await keys.find('key-1');
    expect(found.ok && found.value.equals(two.publicKey)).toBe(true);
  });

  /** Guarantee: the team not answering shuts nobody out at once, and lets nobody in for good. */
  test('are kept for an hour while the team does not answer, and then open nothing until it does', async () => {
    const { clock, state, find, said } = team(certsOf(one));
    await find('key-1');
    state.answer = err('timed out');
    await clock.advance(KEPT_MS);
    expect(await find('key-1')).toBe('found');
    expect(said).toEqual(['access_keys_not_fetched']);
    await clock.advance(1);
    expect(await find('key-1')).toBe('keys_unavailable');
    expect(await find('key-2')).toBe('keys_unavailable');
    state.answer = ok(certsOf(one));
    await clock.advance(REFETCH_MS);
    expect(await find('key-1')).toBe('found');
  });

  test('a team that does not answer is asked once a minute, too', async () => {
    const { clock, state, find } = team(certsOf(one));
    state.answer = err('refused');
    for (let i = 0; i < 50; i++) expect(await find('key-1')).toBe('keys_unavailable');
    expect(state.fetches).toBe(1);
    await clock.advance(REFETCH_MS);
    await find('key-1');
    expect(state.fetches).toBe(2);
  });

  test('nobody waits for a fetch of their own while one is under way', async () => {
    const { state, find } = team(certsOf(one));
    let letGo = () => {};
    state.hold = new Promise((resolve) => (letGo = resolve));
    const waiting = Promise.all([find('key-1'), find('key-1'), find('key-2')]);
    await settle();
    expect(state.fetches).toBe(1);
    letGo();
    expect(await waiting).toEqual(['found', 'found', 'unknown_key']);
  });

  test.each(['', '{', 'null', '[]', '{}', '{"keys":{}}', '{"keys":[]}', '{"keys":[null,7,"x",{}]}', '<html>', certsOf(one).slice(0, -1)])('an answer of %j counts as none: the keys we have stay', async (answer) => {
    const { clock, state, find, said } = team(certsOf(one));
    await find('key-1');
    state.answer = ok(answer);
    await clock.advance(FRESH_MS + 1);
    expect(await find('key-1')).toBe('found');
    expect(said).toEqual(['access_keys_not_fetched']);
    await clock.advance(KEPT_MS);
    expect(await find('key-1')).toBe('keys_unavailable');
  });
});

describe('a key set', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const other = jwkOf(two);
  const odd: readonly (readonly [string, unknown])[] = [
    ['without an id', { ...other, kid: undefined }],
    ['with an id that is no text', { ...other, kid: 7 }],
    ['with an empty id', { ...other, kid: '' }],
    ['for another algorithm', { ...other, alg: 'RS512' }],
    ['for encryption', { ...other, use: 'enc' }],
    ['on a curve', { ...ec, kid: 'key-2', alg: 'ES256', use: 'sig' }],
    ['on a curve that calls itself RS256', { ...ec, kid: 'key-2', alg: 'RS256', use: 'sig' }],
    ['that calls itself another kind', { ...other, kty: 'EC' }],
    ['that is a shared secret', { kty: 'oct', k: 'c2VjcmV0', kid: 'key-2', alg: 'RS256', use: 'sig' }],
    ['that is a private key with nothing public', { kty: 'RSA', d: other['n'], kid: 'key-2', alg: 'RS256' }],
    ['of 1024 bits', jwkOf(newSigner('key-2', 1_024))],
    ['whose exponent signs nothing', { ...other, e: 'AQ' }],
    ['whose exponent is small', { ...other, e: 'Aw' }],
    ['whose modulus is missing', { ...other, n: undefined }],
    ['whose modulus is no number', { ...other, n: '!!' }],
  ];
  test.each(odd)('gives no key %s, and the others all the same', (_what, entry) => {
    expect([...(readKeySet(JSON.stringify({ keys: [entry, jwkOf(one)] })) ?? new Map()).keys()]).toEqual(['key-1']);
  });
  test('that names two keys by one id gives neither', () => {
    expect([...(readKeySet(certsOf(one, { ...two, kid: 'key-1' }, three)) ?? new Map()).keys()]).toEqual(['key-3']);
    expect([...(readKeySet(certsOf(one, { ...two, kid: 'key-1' }, { ...three, kid: 'key-1' }, three)) ?? new Map()).keys()]).toEqual(['key-3']);
  });
  test('of a thousand keys is nobody\'s', () => {
    expect(readKeySet(JSON.stringify({ keys: Array.from({ length: 1_000 }, (_, i) => ({ ...jwkOf(one), kid: `key-${i}` })) }))).toBeNull();
  });
  test('gives public keys only, also from a private one', () => {
    const jwk = { ...one.privateKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'RS256', use: 'sig' };
    expect(readKeySet(JSON.stringify({ keys: [jwk] }))?.get('key-1')?.type).toBe('public');
  });
});
