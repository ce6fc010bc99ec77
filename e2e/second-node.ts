/** Another real server on the database of the first, with no line to any machine. */
import { join } from 'node:path';
import { readDatabasePassword } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import { scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { ask, type Answer } from './http.ts';
import { OPS_TOKEN, startOpsApi, type OpsApi } from './ops-api.ts';
import type { Ready, Session } from './ready.ts';
import { atTheEnd } from './teardown.ts';

export type SecondNode = {
  readonly api: OpsApi;
  post(path: string, body: object): Promise<Answer>;
  /** What it shows of a session that the first one opened. */
  shown(session: Pick<Session, 'id'>): Promise<Answer['body']>;
};

export async function startSecondNode({ installation: { dataDir, env }, pat }: Ready): Promise<SecondNode> {
  const [server, password] = [await readPostmaster(join(dataDir, 'postgres')), await readDatabasePassword(dataDir, 'runtime')];
  if (!server || password === null) throw new Error('the database does not run');
  const { host, port, user, database } = embeddedConnection(server, 'runtime', password);
  const scratch = await scratchDataDir();
  atTheEnd(() => scratch.remove());
  const address = `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?host=${encodeURIComponent(String(host))}`;
  const api = await startOpsApi({ env: { ...env, ARGUS_DATA_DIR: scratch.dataDir, DATABASE_URL: address } });
  return {
    api,
    post: (path, body) => ask(api.url, path, { pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body }),
    shown: async ({ id }) => (await ask(api.url, `/support/sessions/${id}`, { pat })).body,
  };
}
