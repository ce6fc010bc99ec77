import { manualClock } from '@argus/kit/clock.ts';
import { newPat } from '@argus/keys/secrets.ts';
import { newHandle } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { principalOf as aPrincipal, secretHash, seededRandom, START } from '../../test/sample.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import { opsTokenMatches, principalOf } from './credentials.ts';
import { once } from './once.ts';
import { maySee, PRESETS, SCOPES } from './principal.ts';
import { OTHER_TENANT, TENANT } from '../../test/sample.ts';

const random = seededRandom('credentials');

async function oneToken() {
  const { pats } = memoryStores();
  const pat = newPat(random);
  const tokenId = newHandle('token', random);
  const asked: string[] = [];
  await pats.add({ ...aPrincipal({ tokenId }), secretHash: secretHash('pat', pat), name: 'laptop', createdAt: START, expiresAt: START + 1_000 });
  const clock = manualClock(START);
  const store = { bySecretHash: async (...args: Parameters<typeof pats.bySecretHash>) => { asked.push('store'); return pats.bySecretHash(...args); } };
  return { pat, tokenId, pats, clock, asked, look: (header: string | undefined) => principalOf({ pats: store, secretHash, clock }, header) };
}

describe('the Authorization header', () => {
  test('with a token of ours opens for whom it was made', async () => {
    const { pat, tokenId, look } = await oneToken();
    expect(await look(`Bearer ${pat}`)).toMatchObject({ tokenId, operator: 'ana@argus.example' });
  });

  test('with an expired or revoked one opens for nobody', async () => {
    const { pat, tokenId, look, clock, pats } = await oneToken();
    clock.setWall(START + 1_000);
    expect(await look(`Bearer ${pat}`)).toBeNull();
    clock.setWall(START);
    await pats.revoke(tokenId, START);
    expect(await look(`Bearer ${pat}`)).toBeNull();
  });

  /** Guarantee: guessing costs a look-up only when the guess carries its checksum. */
  test('that holds no intact token is refused without a look into the store', async () => {
    const { pat, look, asked } = await oneToken();
    const flipped = `${pat.slice(0, 10)}${pat[10] === 'A' ? 'B' : 'A'}${pat.slice(11)}`;
    const others = [undefined, '', 'Bearer', 'Bearer ', `Bearer  ${pat}`, `bearer ${pat}`, pat, `Basic ${pat}`, `Bearer ${pat} `, `Bearer ${pat}x`, `Bearer ${pat.slice(0, -1)}`, `Bearer ${flipped}`, `Bearer ${pat.toUpperCase()}`, `Bearer ${pat}, Bearer ${pat}`, 'Bearer pat_'];
    for (const header of others) expect(await look(header), String(header)).toBeNull();
    expect(asked).toEqual([]);
  });

  test('an intact token of somebody else\'s making is looked up and not found', async () => {
    const { look, asked } = await oneToken();
    expect(await look(`Bearer ${newPat(random)}`)).toBeNull();
    expect(asked).toEqual(['store']);
  });
});

describe('the ops token', () => {
  const [one, two] = ['one-ops-token-of-32-characters-or-more', 'two-ops-token-of-32-characters-or-more'];
  test.each([one, two])('%s matches while both are set, as in a rotation', (given) => {
    expect(opsTokenMatches([one, two], given)).toBe(true);
  });
  test.each([undefined, '', ' ', one.slice(0, -1), `${one} `, one.toUpperCase(), `${one},${two}`, `${one}\0`])('%j does not match', (given) => {
    expect(opsTokenMatches([one, two], given)).toBe(false);
  });
  test('none set is nobody, and an empty one is nobody\'s', () => {
    for (const given of [undefined, '', one]) {
      expect(opsTokenMatches([], given)).toBe(false);
      expect(opsTokenMatches([''], given)).toBe(false);
    }
  });
});

test('a principal sees all tenants, its own, or none', () => {
  expect([null, [TENANT], [OTHER_TENANT], []].map((tenants) => maySee(aPrincipal({ tenants }), TENANT))).toEqual([true, true, false, false]);
});

test('presets hold scopes that exist; reading alone opens no session and arms nothing', () => {
  for (const scopes of Object.values(PRESETS)) for (const scope of scopes) expect(Object.keys(SCOPES)).toContain(scope);
  expect(PRESETS['support-readonly'].every((scope) => scope.endsWith(':read'))).toBe(true);
  expect(PRESETS['support-operator']).not.toContain('remote_support:arm');
  expect(PRESETS['tenant-admin']).not.toContain('remote_support');
});

test('once looks at most once, only when asked, and remembers a failure too', async () => {
  let looks = 0;
  const look = once(async () => ++looks);
  expect(looks).toBe(0);
  expect(await Promise.all([look(), look(), look()])).toEqual([1, 1, 1]);
  const failing = once(async () => { looks++; throw new Error('down'); });
  await expect(failing()).rejects.toThrow('down');
  await expect(failing()).rejects.toThrow('down');
  expect(looks).toBe(2);
});
