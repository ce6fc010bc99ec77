import { toHex } from '@argus/kit/bytes.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { newSigningKey } from '@argus/keys/ed25519.ts';
import { seal } from '@argus/keys/seal.ts';
import { isId } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { factOf, INSTANCE, LOG_KEY, MASTER_KEY, seededRandom, START } from '../../test/sample.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import type { InstanceStore } from '../ports.ts';
import { layFoundation } from './found.ts';

const random = seededRandom('found');
const lay = (store: InstanceStore, masterKey = MASTER_KEY) => layFoundation({ store, masterKey, random, clock: manualClock(START) });
const logKeySeal = { purpose: 'log_key', tenant: null, agent: null } as const;

test('on an empty database it is laid once; the next start finds the same', async () => {
  const { founding } = memoryStores();
  const first = await lay(founding);
  const second = await lay(founding);
  if (!first.ok || !second.ok) throw new Error('it was not laid');
  expect([first.value.isNew, second.value.isNew]).toEqual([true, false]);
  expect(isId('instance', first.value.instance)).toBe(true);
  expect(second.value.instance).toBe(first.value.instance);
  expect(second.value.logKey.publicKeyText).toBe(first.value.logKey.publicKeyText);
});

test('two who lay it at the same moment have one, and it is the one that was laid', async () => {
  const { founding } = memoryStores();
  const [one, other] = await Promise.all([lay(founding), lay(founding)]);
  if (!one.ok || !other.ok) throw new Error('it was not laid');
  expect(other.value.instance).toBe(one.value.instance);
  expect(other.value.logKey.publicKeyText).toBe(one.value.logKey.publicKeyText);
  expect((await founding.instance())?.id).toBe(one.value.instance);
});

test('a database that does not take it is not asked for ever', async () => {
  const { founding } = memoryStores();
  await expect(lay({ ...founding, found: async () => { throw new Error('the disk is full'); } })).rejects.toThrow('the disk is full');
});

test('the seed is nowhere in what is stored', async () => {
  const { founding } = memoryStores();
  const laid = await lay(founding);
  const stored = (await founding.instance())?.logKeys[0];
  if (!laid.ok || !stored) throw new Error('it was not laid');
  expect(toHex(stored.sealedSeed)).not.toContain(toHex(laid.value.logKey.seed));
});

/** Guarantee: a new key would make every earlier checkpoint worthless, so none is ever made where a log is. */
describe('a server does not start', () => {
  const storeWith = (over: Partial<InstanceStore>): InstanceStore => ({ ...memoryStores().founding, found: async () => { throw new Error('made a new key'); }, ...over });
  const sealed = (seed: Uint8Array, key = MASTER_KEY) => seal(key, seed, { purpose: logKeySeal, random });

  test('when there are trees but no instance', async () => {
    const stores = memoryStores();
    const ledger = ledgerOver(stores.leaves);
    expect((await ledger.append(factOf())).ok).toBe(true);
    expect(await lay(stores.founding)).toMatchObject({ ok: false, error: expect.stringContaining('log trees but no log key') });
    expect(await stores.founding.instance()).toBeNull();
  });

  const lost: readonly (readonly [string, InstanceStore, string])[] = [
    ['its key is gone', storeWith({ instance: async () => ({ id: INSTANCE, logKeys: [] }) }), 'The log key is missing'],
    ['another master key is set', storeWith({ instance: async () => ({ id: INSTANCE, logKeys: [{ publicKey: LOG_KEY.publicKey, sealedSeed: sealed(LOG_KEY.seed, new Uint8Array(32)) }] }) }), 'does not open the log key'],
    ['the sealed key was changed', storeWith({ instance: async () => ({ id: INSTANCE, logKeys: [{ publicKey: LOG_KEY.publicKey, sealedSeed: sealed(LOG_KEY.seed).map((b, i) => (i === 20 ? b ^ 1 : b)) }] }) }), 'does not open the log key'],
    ['something else was sealed for another purpose', storeWith({ instance: async () => ({ id: INSTANCE, logKeys: [{ publicKey: LOG_KEY.publicKey, sealedSeed: seal(MASTER_KEY, LOG_KEY.seed, { purpose: { purpose: 'passkey', tenant: null, agent: null }, random }) }] }) }), 'does not open the log key'],
    ['its two halves do not belong together', storeWith({ instance: async () => ({ id: INSTANCE, logKeys: [{ publicKey: newSigningKey().publicKey, sealedSeed: sealed(LOG_KEY.seed) }] }) }), 'do not belong together'],
  ];
  test.each(lost)('when %s', async (_what, store, sentence) => {
    expect(await lay(store)).toMatchObject({ ok: false, error: expect.stringContaining(sentence) });
  });
});
