import { testDatabase } from '@argus/testkit/postgres.ts';
import { openPool } from '../../db/pools.ts';
import { storesContract } from '../stores.contract.ts';
import { postgresStores } from './stores.ts';

storesContract('postgres, as the runtime role', async () => {
  const db = await testDatabase();
  const pool = openPool({ connection: db.runtime, max: 8, say: () => undefined });
  const idsOf = async (text: string, tree: string) => (await pool.query<{ id: string }>(text, [tree])).rows.map((row) => row.id);
  return {
    stores: postgresStores(pool),
    audited: async (tree) => ({
      audit: await idsOf(`SELECT id FROM argus.remote_support_audit WHERE coalesce(tenant_id, 'operator') = $1`, tree),
      events: await idsOf('SELECT id FROM argus.events WHERE tree = $1', tree),
    }),
    close: async () => {
      await pool.end();
      await db.drop();
    },
  };
});
