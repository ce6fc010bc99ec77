/** From settings to open stores: what the server and the commands that run beside it have in common. */
import { systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import type { Pool } from 'pg';
import { openDatabaseProcess } from './adapters/embedded-postgres/database-process.ts';
import { postgresStores } from './adapters/postgres/stores.ts';
import { SettingsProblem, type Config } from './config.ts';
import { openPool } from './db/pools.ts';
import { refuseOtherSchema } from './db/schema-check.ts';
import { refuseTooMuchPower, refuseUnsafeServer } from './db/server-checks.ts';
import { layFoundation, type Foundation } from './ledger/found.ts';
import type { Stores } from './ports.ts';

const CONNECTIONS_MAX = 12;

export type Booted = {
  readonly pool: Pool;
  readonly stores: Stores;
  readonly foundation: Foundation;
  /** Ends the embedded database, where there is one; the pool has to be ended first. */
  readonly stopDatabase: () => Promise<void>;
};
export type Booting = {
  readonly config: Config;
  readonly dataDir: string;
  readonly runtimeDir: string | undefined;
  readonly say: (line: string) => void;
};

export async function boot({ config, dataDir, runtimeDir, say }: Booting): Promise<Booted> {
  const database =
    config.DATABASE_URL === undefined
      ? await openDatabaseProcess({ dataDir, runtimeDir, say })
      : { connection: { connectionString: config.DATABASE_URL }, adopted: true, stop: async () => undefined };
  const pool = openPool({ connection: database.connection, max: CONNECTIONS_MAX, say });
  try {
    await refuseUnsafeServer(pool);
    await refuseTooMuchPower(pool);
    await refuseOtherSchema(pool);
    const stores = postgresStores(pool);
    const founded = await layFoundation({ store: stores.founding, masterKey: config.ARGUS_MASTER_KEY, random: systemRandom, clock: systemClock });
    if (!founded.ok) throw new SettingsProblem(founded.error);
    return { pool, stores, foundation: founded.value, stopDatabase: database.stop };
  } catch (problem) {
    await pool.end();
    if (!database.adopted) await database.stop();
    throw problem;
  }
}
