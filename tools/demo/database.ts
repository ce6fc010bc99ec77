import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readDatabasePassword } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { ensurePrivateFolder, writePrivateFile } from '@argus/ops-api/adapters/data-dir/private-file.ts';
import { ROOT } from '../stages.ts';

/**
 * The demo on somebody's own PostgreSQL: DATABASE_URL may be any role that may make roles. It is used once, to prepare
 * the database; the API gets the login of argus_runtime, as it would in earnest. Nothing to do for the embedded server.
 */
export async function databaseSettings(env: NodeJS.ProcessEnv, dataDir: string): Promise<NodeJS.ProcessEnv> {
  const { DATABASE_URL: url, ARGUS_DATABASE_OWNER_URL: ownerUrl, ...rest } = env;
  if (url === undefined || url === '') return rest;
  const isRuntime = decodeURIComponent(new URL(url).username) === 'argus_runtime';
  const owner = ownerUrl ?? (isRuntime ? undefined : url);
  if (owner !== undefined) {
    const prepareEnv = { ...rest, ARGUS_DATA_DIR: dataDir, ARGUS_DATABASE_OWNER_URL: owner, ...(isRuntime && { DATABASE_URL: url }) };
    await promisify(execFile)(process.execPath, [join(ROOT, 'apps/ops-api/src/db/prepare.ts')], { env: prepareEnv }).catch((problem: Error & { stderr?: string }) => {
      throw new Error(`The database could not be prepared:\n${problem.stderr ?? problem.message}`);
    });
  }
  if (isRuntime) return { ...rest, DATABASE_URL: url };
  const runtime = new URL(url);
  runtime.username = 'argus_runtime';
  runtime.password = encodeURIComponent((await readDatabasePassword(dataDir, 'runtime')) ?? '');
  const file = join(dataDir, 'secrets', 'database.url');
  await ensurePrivateFolder(join(dataDir, 'secrets'));
  await writePrivateFile(file, `${runtime.href}\n`);
  return { ...rest, DATABASE_URL_FILE: file };
}
