import { systemClock } from '@argus/kit/clock.ts';
import { testDatabase } from '@argus/testkit/postgres.ts';
import { openPool } from '../../db/pools.ts';
import { recordsContract } from '../records.contract.ts';
import { postgresRecords } from './records.ts';
import { postgresStores } from './stores.ts';

recordsContract('postgres, as the runtime role', async () => {
  const db = await testDatabase();
  const pool = openPool({ connection: db.runtime, max: 4, say: () => undefined });
  const scannedMax = 50;
  return {
    stores: { ...postgresStores(pool), records: postgresRecords(pool, { scannedMax }) },
    now: systemClock.now(), // the partitions are made by the clock of the database
    scannedMax,
    close: async () => {
      await pool.end();
      await db.drop();
    },
  };
});
