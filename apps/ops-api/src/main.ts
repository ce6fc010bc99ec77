/** The ops API as a process: settings in, database opened, port listened on, and everything put away at the end. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock, isoTime } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { uuidV7 } from '@argus/keys/uuid.ts';
import { makeSecretHash } from '@argus/keys/secrets.ts';
import { parseId, redactSecrets } from '@argus/protocol/ids.ts';
import { keptCheckpoints } from './adapters/data-dir/kept-checkpoints.ts';
import { localDisk } from './adapters/data-dir/local-disk.ts';
import { existingCluster } from './adapters/embedded-postgres/place.ts';
import { makeFsck } from './audit/fsck.ts';
import { besideServer, startServer } from './boot.ts';
import { readConfig, SettingsProblem, type Config } from './config.ts';
import { createCheckpoints } from './ledger/checkpoints.ts';
import { createLedger } from './ledger/ledger.ts';
import { issuePat, type Preset } from './people/issue-pat.ts';
import { misfitOf, PRESETS } from './people/principal.ts';
import type { Log } from './ports.ts';

const HELP = `The Argus ops API.

  main.ts                                                 serve; settings are environment variables
  main.ts new-pat --operator EMAIL [--preset NAME] [--tenant TENANT] [--days N] [--name TEXT]
                                                          make a personal access token, shown once
  main.ts fsck [--checkpoints FILE]                       check the whole log: every tree, every row, every hash; changes nothing.
                                                          FILE has one JSON object per line with a signed checkpoint in it,
                                                          kept outside the database (checkpoints.ndjson of a bundle is one).
                                                          Ends with 0 when all agrees, 3 when something does not
`;

const NEW_PAT_HELP = `main.ts new-pat --operator EMAIL [--preset NAME] [--tenant TENANT] [--days N] [--name TEXT]

Makes a personal access token and shows it once.

  --operator EMAIL   whose it is
  --preset NAME      what it may do; support-operator when left out:
${Object.entries(PRESETS).map(([name, scopes]) => `                       ${name.padEnd(18)} ${scopes.join(', ')}`).join('\n')}
  --tenant TENANT    for this tenant alone; all of them when left out
  --days N           how long it lasts, 1 to 366; 90 when left out
  --name TEXT        what it is called in lists
`;

const say = (line: string) => process.stderr.write(`${redactSecrets(line)}\n`);
const log: Log = (level, what, facts = {}) =>
  process.stdout.write(`${redactSecrets(JSON.stringify({ at: isoTime(systemClock.now()), level, what, ...facts }))}\n`);

const booting = (config: Config) => ({ config, dataDir: resolve(config.ARGUS_DATA_DIR), runtimeDir: process.env['XDG_RUNTIME_DIR'], say });

async function serve(config: Config, until: Promise<string>): Promise<void> {
  const server = await startServer({ ...booting(config), log });
  try {
    log('info', 'listening', server.listening);
    process.send?.({ listening: server.listening });
    log('info', 'stopping', { why: await until });
  } finally {
    await server.stop();
  }
}

/** Runs beside a live server: the log takes entries from several processes. */
async function newToken(config: Config, argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      operator: { type: 'string' },
      preset: { type: 'string', default: 'support-operator' },
      days: { type: 'string', default: '90' },
      name: { type: 'string', default: 'made at the server' },
      tenant: { type: 'string' },
    },
  });
  const { operator = '', preset, name } = values;
  const days = Number(values.days);
  if (!/^[^@\s]+@[^@\s]+$/.test(operator)) throw new SettingsProblem('Say whose token it is: --operator ana@example.org');
  if (!isPreset(preset)) throw new SettingsProblem(`--preset is one of ${Object.keys(PRESETS).join(', ')}.`);
  if (!Number.isInteger(days) || days < 1 || days > 366) throw new SettingsProblem('--days is a whole number from 1 to 366.');
  const tenant = parseId('tenant', values.tenant);
  if (values.tenant !== undefined && !tenant) throw new SettingsProblem('--tenant is the id of a tenant, such as UTD_7ELEVEN_001.');
  const misfit = misfitOf(PRESETS[preset], tenant && [tenant]);
  if (misfit !== null) throw new SettingsProblem(`--preset ${preset} goes with --tenant: it is for exactly one.`);
  await besideServer(booting(config), async ({ stores, foundation }) => {
    if (tenant && !(await stores.tenants.byId(tenant))) throw new Error(`There is no tenant ${tenant}.`);
    const checkpoints = createCheckpoints(foundation.instance, foundation.logKey);
    const ledger = createLedger({ store: stores.leaves, checkpoints, instance: foundation.instance, clock: systemClock, newId: () => uuidV7(systemClock.now(), systemRandom) });
    const secretHash = makeSecretHash(config.ARGUS_MASTER_KEY);
    const made = await issuePat({ clock: systemClock, random: systemRandom, secretHash, ledger }, { operator, name, preset, days, ...(tenant && { tenant }) });
    if (!made.ok) throw new Error(`The token could not be made: ${made.error.internal ?? made.error.code}`);
    process.stdout.write(`${JSON.stringify({ pat: made.value.pat, token_id: made.value.tokenId })}\n`);
  });
}
/** Runs beside a live server or without one, and only reads. */
async function check(config: Config, argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...argv], options: { checkpoints: { type: 'string' } } });
  const { dataDir } = booting(config);
  if (config.DATABASE_URL === undefined && (await existingCluster(dataDir)) === null) throw new SettingsProblem(`There is no database in ${dataDir}, and DATABASE_URL is not set: there is nothing to check.`);
  const kept = values.checkpoints === undefined ? undefined : keptCheckpoints(values.checkpoints);
  await besideServer(booting(config), async ({ stores, foundation: { instance, logKey } }) => {
    const checkpoints = createCheckpoints(instance, logKey);
    const tell = (line: string) => process.stdout.write(`${line}\n`);
    const { mismatches, ...found } = await makeFsck({ ...stores, clock: systemClock, instance, checkpoints })({ tell, kept });
    tell(`${found.trees} trees, ${found.leaves} entries, ${found.auditRows} audit rows, ${found.events} events, ${found.kept} checkpoints kept elsewhere: ${mismatches === 0 ? 'all of it agrees' : `${mismatches} things do not agree`}`);
    if (mismatches > 0) process.exitCode = FSCK_FOUND;
  });
}
const FSCK_FOUND = 3;

const isPreset = (text: string): text is Preset => Object.hasOwn(PRESETS, text);

/** Resolves when somebody wants us to stop: a signal, or the end of whoever started us with a channel. */
function wishToStop(): Promise<string> {
  return new Promise((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
    if (process.connected) process.once('disconnect', () => stop('parent gone'));
  });
}

async function main([command, ...rest]: readonly string[]): Promise<void> {
  process.title = 'argus-ops-api';
  if (command === undefined) return serve(readConfig(process.env, localDisk), wishToStop());
  if (command === 'fsck') return check(readConfig(process.env, localDisk), rest);
  if (command === 'new-pat' && rest.includes('--help')) return void process.stdout.write(NEW_PAT_HELP);
  if (command === 'new-pat') return newToken(readConfig(process.env, localDisk), rest);
  process.stdout.write(HELP);
  if (command !== '--help') throw new SettingsProblem(`There is no command ${JSON.stringify(command)}.`);
}

main(process.argv.slice(2)).then(
  () => process.exit(process.exitCode ?? 0),
  (problem: unknown) => {
    // A sentence for what a person can mend; the stack for a bug.
    const isSentence = problem instanceof SettingsProblem || (problem instanceof Error && problem.constructor === Error);
    say(isSentence ? problem.message : `The ops API failed: ${problem instanceof Error ? (problem.stack ?? problem.message) : String(problem)}`);
    process.exit(isSentence ? 2 : 1);
  },
);
