import { testDatabase } from '@argus/testkit/postgres.ts';
import { openPool } from '../../db/pools.ts';
import { jobsContract } from '../jobs.contract.ts';
import { postgresJobs } from './jobs.ts';

jobsContract('postgres, as the runtime role', async () => {
  const db = await testDatabase();
  const pool = openPool({ connection: db.runtime, max: 8, say: () => undefined });
  return {
    jobs: postgresJobs(pool),
    close: async () => {
      await pool.end();
      await db.drop();
    },
  };
});
