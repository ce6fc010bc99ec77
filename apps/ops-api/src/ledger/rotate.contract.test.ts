/** Guarantee: after a change of the log key, a server that was not restarted adds nothing to any log, whatever it believes. */
import { manualClock } from '@argus/kit/clock.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { testDatabase, type TestDatabase } from '@argus/testkit/postgres.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pool } from 'pg';
import { factOf, MASTER_KEY, newId, seededRandom, START, TENANT } from '../../test/sample.ts';
import { postgresStores } from '../adapters/postgres/stores.ts';
import { openPool } from '../db/pools.ts';
import type { Stores } from '../ports.ts';
import { createCheckpoints } from './checkpoints.ts';
import { layFoundation } from './found.ts';
import { loadRing } from './key-ring.ts';
import { createLedger } from './ledger.ts';
import { addLogKey, rotateLogs } from './rotate.ts';

let db: TestDatabase;
let pool: Pool;
let stores: Stores;
const clock = manualClock(START);
const random = seededRandom('rotate contract');
const OTHER = mustId('tenant', 'A_NEW_TENANT_001');

beforeAll(async () => {
  db = await testDatabase();
  pool = openPool({ connection: db.runtime, max: 3, say: () => undefined });
  stores = postgresStores(pool);
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

/** As a process that starts now. */
async function started() {
  const founded = await layFoundation({ store: stores.founding, masterKey: MASTER_KEY, random, clock });
  if (!founded.ok) throw new Error(founded.error);
  const { instance, logKeys: keys } = founded.value;
  const ring = await loadRing({ instance, keys, rotations: await stores.founding.rotations(), leaves: stores.leaves });
  return { keys, ring, instance, ledger: createLedger({ store: stores.leaves, checkpoints: createCheckpoints(instance, ring), instance, clock, newId }) };
}
const append = async (at: Awaited<ReturnType<typeof started>>, tenant: typeof TENANT | null = TENANT) => {
  const written = await at.ledger.append(factOf({ tenant }));
  return written.ok ? written.value.size : String(written.error.internal);
};

test('a server of before is refused in every log, a new one goes on, and a killed change is gone on with', async () => {
  const before = await started();
  expect([await append(before), await append(before), await append(before, null)]).toEqual([1, 2, 1]);
  const added = await addLogKey({ founding: stores.founding, masterKey: MASTER_KEY, random, clock, keys: before.keys });
  if (!added.ok) throw new Error(added.error);
  expect(await append(before)).toBe(3); // the key is there, and nothing has changed yet
  expect(await append(before, OTHER)).toContain('was rotated, and this server signs with another one');

  const rotating = await started();
  expect(rotating.keys.map((key) => key.publicKeyText)).toEqual([before.keys[0]?.publicKeyText, added.value.publicKeyText]);
  const said = { operator: 'ana@argus.example', by: 'operator', reason: 'a test' } as const;
  let left = 1;
  const dying = { append: async (...args: Parameters<typeof rotating.ledger.append>) => { if (left-- === 0) throw new Error('killed'); return rotating.ledger.append(...args); } };
  await expect(rotateLogs({ clock, ...rotating, ledger: dying, leaves: stores.leaves }, said)).rejects.toThrow('killed');
  const again = await started();
  expect(await rotateLogs({ clock, ...again, leaves: stores.leaves }, said)).toHaveLength(1);

  for (const tenant of [TENANT, null]) expect(await append(before, tenant)).toContain('restart it');
  const after = await started();
  expect([await append(after), await append(after, null), await append(after, OTHER)]).toEqual([5, 3, 1]);
  expect(await stores.founding.rotations()).toMatchObject([{ tree: TENANT, size: 4 }, { tree: 'operator', size: 2 }]);
  const stranger = signingKeyOf(new Uint8Array(32).fill(5));
  await expect(stores.leaves.commit({ tree: TENANT, rows: [], nodes: [], deeds: [], checkpoint: { size: 6, at: START, note: createCheckpoints(before.instance, stranger).sign(TENANT, { size: 6, root: new Uint8Array(32) }) } })).rejects.toThrow('restart it');
});
