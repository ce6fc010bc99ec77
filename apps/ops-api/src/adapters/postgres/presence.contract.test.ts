import { testDatabase } from '@argus/testkit/postgres.ts';
import { openPool } from '../../db/pools.ts';
import { presenceContract } from '../presence.contract.ts';
import { postgresStores } from './stores.ts';

presenceContract('postgres, as the runtime role', async () => {
  const db = await testDatabase();
  const pool = openPool({ connection: db.runtime, max: 4, say: () => undefined });
  return { stores: postgresStores(pool), close: async () => { await pool.end(); await db.drop(); } };
});
