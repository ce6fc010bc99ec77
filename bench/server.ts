/** The real ops API in a process of its own, which also answers how much memory and processor time it took. */
import { readdirSync, readlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { makeSecretHash } from '@argus/keys/secrets.ts';
import { localDisk } from '@argus/ops-api/adapters/data-dir/local-disk.ts';
import { startServer } from '@argus/ops-api/boot.ts';
import { readConfig } from '@argus/ops-api/config.ts';
import { issuePat, type Preset } from '@argus/ops-api/people/issue-pat.ts';
import { answerMeasurements } from './measured-process.ts';

const say = (line: string) => console.error(line);
const config = readConfig(process.env, localDisk);
const { api, listening, stop } = await startServer({ config, dataDir: resolve(config.ARGUS_DATA_DIR), runtimeDir: undefined, say, log: () => undefined });
const issuing = { clock: systemClock, random: systemRandom, secretHash: makeSecretHash(config.ARGUS_MASTER_KEY), ledger: api.ledger };
async function patOf(preset: Preset, operator: string): Promise<string> {
  const made = await issuePat(issuing, { operator, name: 'bench', preset, days: 1 });
  if (!made.ok) throw new Error('the bench server could not start');
  return made.value.pat;
}
const isSocket = (fd: string): boolean => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
  } catch {
    return false; // closed since it was listed
  }
};
const counts = {
  agents: () => api.lines.count(),
  sockets: () => readdirSync('/proc/self/fd').filter(isSocket).length,
  heapBytes: () => process.memoryUsage().heapUsed,
};
answerMeasurements(counts, stop);
const [pat, readerPat] = [await patOf('admin-full', 'bench@argus.example'), await patOf('support-readonly', 'reader@argus.example')];
process.send?.({ ready: { port: listening.port, pat, readerPat } });
