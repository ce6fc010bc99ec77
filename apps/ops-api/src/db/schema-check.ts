/** Is the database at the very schema this code was written for? The running API cannot bring it there: it may not. */
import { DatabaseError, type Pool } from 'pg';
import { MIGRATIONS } from './migrate.ts';
import { planMigrations, readMigrations, type Applied } from './migration-files.ts';

const HOW = 'Run apps/ops-api/src/db/prepare.ts with ARGUS_DATABASE_OWNER_URL set to a role that may change the schema, then start again.';

export async function refuseOtherSchema(pool: Pick<Pool, 'query'>): Promise<void> {
  const left = planMigrations(await readMigrations(MIGRATIONS), await applied(pool));
  if (left.length > 0) throw new Error(`The database lacks ${left.length} migrations, the first of them ${left[0]?.name}. ${HOW}`);
}

async function applied(pool: Pick<Pool, 'query'>): Promise<readonly Applied[]> {
  try {
    return (await pool.query<Applied>('SELECT name, sha256 FROM argus.schema_migrations ORDER BY name')).rows;
  } catch (problem) {
    const isUnprepared = problem instanceof DatabaseError && ['42P01', '3F000', '42501'].includes(problem.code ?? '');
    if (isUnprepared) throw new Error(`The database is not prepared for Argus. ${HOW}`, { cause: problem });
    throw problem;
  }
}
