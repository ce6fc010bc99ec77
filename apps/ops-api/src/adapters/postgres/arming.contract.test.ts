import { testDatabase } from '@argus/testkit/postgres.ts';
import { openPool } from '../../db/pools.ts';
import { armingContract } from '../arming.contract.ts';
import { postgresStores } from './stores.ts';

armingContract('postgres, as the runtime role', async () => {
  const db = await testDatabase();
  const pools = [1, 2].map(() => openPool({ connection: db.runtime, max: 4, say: () => undefined }));
  const [stores, elsewhere] = pools.map((pool) => postgresStores(pool));
  if (!stores || !elsewhere) throw new Error('two pools make two stores');
  return {
    stores,
    elsewhere,
    close: async () => {
      for (const pool of pools) await pool.end();
      await db.drop();
    },
  };
});
