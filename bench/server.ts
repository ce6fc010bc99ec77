/** The real ops API in a process of its own, which also answers how much memory and processor time it took. */

import { resolve } from 'node:path';
import { systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { uuidV7 } from '@argus/keys/uuid.ts';
import { makeSecretHash } from '@argus/keys/secrets.ts';
import { localDisk } from '@argus/ops-api/adapters/data-dir/local-disk.ts';
import { processVitals } from '@argus/ops-api/adapters/process/vitals.ts';
import { acceptAgents } from '@argus/ops-api/adapters/websocket/accept.ts';
import { createOpsApi } from '@argus/ops-api/app.ts';
import { boot } from '@argus/ops-api/boot.ts';
import { readConfig } from '@argus/ops-api/config.ts';
import { networksOf } from '@argus/ops-api/http/address.ts';
import { issuePat } from '@argus/ops-api/people/issue-pat.ts';
import { newHandle, newRequestId } from '@argus/protocol/ids.ts';
import { answerMeasurements } from './measured-process.ts';

const config = readConfig(process.env, localDisk);
const { pool, stores, foundation, stopDatabase } = await boot({ config, dataDir: resolve(config.ARGUS_DATA_DIR), runtimeDir: undefined, say: (line) => console.error(line) });
const id = newHandle('node', systemRandom);
const api = createOpsApi({
  clock: systemClock,
  random: systemRandom,
  newId: () => uuidV7(systemClock.now(), systemRandom),
  stores,
  instance: foundation.instance,
  logKey: foundation.logKey,
  node: { id, epoch: 1 },
  masterKey: config.ARGUS_MASTER_KEY,
  enabled: true,
  opsTokens: config.ARGUS_OPS_TOKEN,
  operatorNetworks: networksOf(config.REMOTE_SUPPORT_OPERATOR_CIDRS),
  trustedProxies: networksOf([]),
  heartbeatS: 15,
  isDatabaseUp: async () => true,
  metricsToken: undefined,
  vitals: processVitals(pool),
  build: { version: '0.0.0', node: process.version },
  log: () => undefined,
});
await api.begin();
const agents = acceptAgents(api.http.server, { accept: api.door.accept, addressOf: () => '127.0.0.1', newRequestId: () => newRequestId(systemRandom) });
await api.http.listen({ host: '127.0.0.1', port: 0 });
const [address] = api.http.addresses();
const made = await issuePat(
  { clock: systemClock, random: systemRandom, secretHash: makeSecretHash(config.ARGUS_MASTER_KEY), ledger: api.ledger },
  { operator: 'bench@argus.example', name: 'bench', preset: 'admin-full', days: 1 },
);
if (!made.ok || typeof address !== 'object') throw new Error('the bench server could not start');
answerMeasurements({ agents: () => api.lines.count() }, async () => {
  agents.close();
  await api.close();
  await pool.end();
  await stopDatabase();
});
process.send?.({ ready: { port: address.port, pat: made.value.pat } });
