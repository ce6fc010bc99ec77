/** The real ops API in a process of its own, which also answers how much memory and processor time it took. */
import { resolve } from 'node:path';
import { systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { makeSecretHash } from '@argus/keys/secrets.ts';
import { localDisk } from '@argus/ops-api/adapters/data-dir/local-disk.ts';
import { startServer } from '@argus/ops-api/boot.ts';
import { readConfig } from '@argus/ops-api/config.ts';
import { issuePat } from '@argus/ops-api/people/issue-pat.ts';
import { answerMeasurements } from './measured-process.ts';

const say = (line: string) => console.error(line);
const config = readConfig(process.env, localDisk);
const { api, stores, listening, stop } = await startServer({ config, dataDir: resolve(config.ARGUS_DATA_DIR), runtimeDir: undefined, say, log: () => undefined });
const made = await issuePat(
  { clock: systemClock, random: systemRandom, secretHash: makeSecretHash(config.ARGUS_MASTER_KEY), ledger: api.ledger, pats: stores.pats },
  { operator: 'bench@argus.example', name: 'bench', preset: 'admin-full', days: 1 },
);
if (!made.ok) throw new Error('the bench server could not start');
answerMeasurements({ agents: () => api.lines.count() }, stop);
process.send?.({ ready: { port: listening.port, pat: made.value.pat } });
