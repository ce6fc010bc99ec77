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
import { isServed } from './adapters/data-dir/lock.ts';
import { existingCluster } from './adapters/embedded-postgres/place.ts';
import { keepCompiled } from './adapters/process/compiled-code.ts';
import { makeFsck } from './audit/fsck.ts';
import { besideServer, originOf, startServer, type Server } from './boot.ts';
import { readConfig, SettingsProblem, type Config } from './config.ts';
import { acceptRestored, refusalOf } from './ledger/accept-restored.ts';
import { createCheckpoints } from './ledger/checkpoints.ts';
import { loadRing } from './ledger/key-ring.ts';
import { createLedger } from './ledger/ledger.ts';
import { namedOrigin } from './passkeys/site.ts';
import { firstOwnerCode, joinLink, ownerLink } from './people/join.ts';
import { addLogKey, rotateLogs, unrotated } from './ledger/rotate.ts';
import { issuePat, type Preset } from './people/issue-pat.ts';
import { misfitOf, PRESETS } from './people/principal.ts';
import type { Log } from './ports.ts';

const HELP = `The Argus ops API.

  main.ts                                                 serve; settings are environment variables
  main.ts new-pat --operator EMAIL [--preset NAME] [--tenant TENANT] [--days N] [--name TEXT]
                                                          make a personal access token, shown once
  main.ts owner-link [--first]                            make a link for an owner, of one use: the first one, or one who lost
                                                          password or second factor; shown once. With --first only while nobody
                                                          owns this server; else nothing is made, and owner_login_url is null
  main.ts fsck [--checkpoints FILE]                       check the whole log: every tree, every row, every hash; changes nothing.
                                                          FILE has one JSON object per line with a signed checkpoint in it,
                                                          kept outside the database (checkpoints.ndjson of a bundle is one),
                                                          beside what this server keeps in its data dir, which is always looked at.
                                                          Ends with 0 when all agrees, 3 when something does not
  main.ts accept-log --by EMAIL --reason TEXT --yes       after a backup was put back: the log in the database is the one from now on,
                                                          though this server has signed a longer or another one. On record first
  main.ts rotate-log-key --by EMAIL --reason TEXT --yes   the log key is followed by a new one, in every log; with all servers stopped
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
    await sayFirstOwner(config, server);
    process.send?.({ listening: server.listening });
    keepCompiled(); // an end by force keeps nothing, and the start after it is the one that is waited for
    log('info', 'stopping', { why: await until });
  } finally {
    await server.stop();
  }
}

/** While nobody owns this server, a person at a terminal is told how to. A file is not: what stands in there is not a secret. */
async function sayFirstOwner(config: Config, { stores, foundation, listening }: Server): Promise<void> {
  if (config.AUTH_MODE !== 'local' || (await stores.users.hasOwner())) return;
  const link = joinLink(namedOrigin(originOf(config, listening.port)), firstOwnerCode(config.ARGUS_MASTER_KEY, foundation.instance));
  if (process.stderr.isTTY) process.stderr.write(`Nobody owns this server yet. Become its owner here, once:\n  ${link}\n`);
  else say('Nobody owns this server yet. Make the link for its owner with: main.ts owner-link');
}

/** Runs beside a live server, for whoever has the master key. */
async function newOwnerLink(config: Config, argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...argv], options: { first: { type: 'boolean', default: false } } });
  await besideServer(booting(config), async ({ stores, foundation }) => {
    if (values.first && (await stores.users.hasOwner())) return void process.stdout.write(`${JSON.stringify({ owner_login_url: null })}\n`);
    const checkpoints = createCheckpoints(foundation.instance, foundation.logKey);
    const ledger = createLedger({ store: stores.leaves, checkpoints, instance: foundation.instance, clock: systemClock, newId: () => uuidV7(systemClock.now(), systemRandom) });
    const masterKey = config.ARGUS_MASTER_KEY;
    const made = await ownerLink({ clock: systemClock, random: systemRandom, secretHash: makeSecretHash(masterKey), masterKey, instance: foundation.instance, users: stores.users, ledger });
    if (!made.ok) throw new Error(`The link could not be made: ${made.error.internal ?? made.error.code}`);
    process.stdout.write(`${JSON.stringify({ owner_login_url: joinLink(namedOrigin(originOf(config)), made.value) })}\n`);
  });
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
  await besideServer(booting(config), async ({ stores, foundation, ring }) => {
    if (tenant && !(await stores.tenants.byId(tenant))) throw new Error(`There is no tenant ${tenant}.`);
    const checkpoints = createCheckpoints(foundation.instance, ring);
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
  const named = values.checkpoints;
  await besideServer({ ...booting(config), asItIs: true }, async ({ stores, kept: own, ring, foundation: { instance } }) => {
    async function* kept() {
      yield* own.lines();
      if (named !== undefined) yield* keptCheckpoints(named);
    }
    const checkpoints = createCheckpoints(instance, ring);
    const tell = (line: string) => process.stdout.write(`${line}\n`);
    const { mismatches, ...found } = await makeFsck({ ...stores, clock: systemClock, instance, checkpoints })({ tell, kept: kept() });
    tell(`${found.trees} trees, ${found.leaves} entries, ${found.auditRows} audit rows, ${found.events} events, ${found.kept} checkpoints kept outside the database: ${mismatches === 0 ? 'all of it agrees' : `${mismatches} things do not agree`}`);
    if (mismatches > 0) process.exitCode = FSCK_FOUND;
  });
}
const FSCK_FOUND = 3;

/** Never beside a live server: what it has signed since would be contradicted. */
async function acceptLog(config: Config, argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...argv], options: { by: { type: 'string', default: '' }, reason: { type: 'string', default: '' }, yes: { type: 'boolean', default: false } } });
  const reason = values.reason.trim();
  if (!/^[^@\s]+@[^@\s]+$/.test(values.by)) throw new SettingsProblem('Say who answers for it: --by ana@example.org');
  if (reason.length < 3 || reason.length > 500) throw new SettingsProblem('--reason is 3 to 500 characters: which backup, and why. It stands in every log it concerns.');
  const { dataDir } = booting(config);
  if (await isServed(dataDir)) throw new SettingsProblem('The ops API of this data dir is running. Stop it first.');
  await besideServer({ ...booting(config), asItIs: true }, async ({ stores, kept, keptProblems, ring, foundation: { instance } }) => {
    const problems = await keptProblems();
    if (problems.length === 0) return void process.stdout.write('The log is the one this server has signed: there is nothing to accept.\n');
    if (!values.yes) throw new SettingsProblem(`${refusalOf(problems, resolve(dataDir, 'checkpoints'))}\nNothing was changed: say --yes.`);
    const ledger = createLedger({ store: stores.leaves, checkpoints: createCheckpoints(instance, ring), instance, clock: systemClock, newId: () => uuidV7(systemClock.now(), systemRandom) });
    const { trees, aside } = await acceptRestored({ clock: systemClock, ledger, leaves: stores.leaves, kept }, problems, { by: values.by, reason });
    process.stdout.write(`Accepted, and on record${trees.length > 0 ? ` for ${trees.join(', ')}` : ''}. What had been signed is in ${aside}; keep it.\n`);
  });
}

/** With every server stopped: one that runs signs with the old key, and is refused by the database from then on. */
async function rotateLogKey(config: Config, argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...argv], options: { by: { type: 'string', default: '' }, reason: { type: 'string', default: '' }, yes: { type: 'boolean', default: false } } });
  const reason = values.reason.trim();
  if (!/^[^@\s]+@[^@\s]+$/.test(values.by)) throw new SettingsProblem('Say who answers for it: --by ana@example.org');
  if (reason.length < 3 || reason.length > 500) throw new SettingsProblem('--reason is 3 to 500 characters. It stands in every log.');
  if (!values.yes) throw new SettingsProblem('From then on every log is signed with a new key, and machines learn it from their log. There is no way back to the old one. Stop every server, make a backup, then say --yes.');
  if (await isServed(booting(config).dataDir)) throw new SettingsProblem('The ops API of this data dir is running. Stop it first, and every other server on this database.');
  await besideServer(booting(config), async ({ stores, ring: before, foundation: { instance, logKeys } }) => {
    // A change that was begun is gone on with; it has its key already.
    const isBegun = (await unrotated({ ring: before, leaves: stores.leaves })).length > 0;
    const made = isBegun ? null : await addLogKey({ founding: stores.founding, masterKey: config.ARGUS_MASTER_KEY, random: systemRandom, clock: systemClock, keys: logKeys });
    if (made?.ok === false) throw new SettingsProblem(made.error);
    const ring = made ? await loadRing({ instance, keys: [...logKeys, made.value], rotations: await stores.founding.rotations(), leaves: stores.leaves }) : before;
    const ledger = createLedger({ store: stores.leaves, checkpoints: createCheckpoints(instance, ring), instance, clock: systemClock, newId: () => uuidV7(systemClock.now(), systemRandom) });
    const trees = await rotateLogs({ clock: systemClock, instance, ring, ledger, leaves: stores.leaves }, { operator: values.by, by: 'operator', reason });
    process.stdout.write(`${JSON.stringify({ log_key: ring.newest.publicKeyText, logs: trees })}\n`);
  });
}

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
  if (command === 'accept-log') return acceptLog(readConfig(process.env, localDisk), rest);
  if (command === 'rotate-log-key') return rotateLogKey(readConfig(process.env, localDisk), rest);
  if (command === 'fsck') return check(readConfig(process.env, localDisk), rest);
  if (command === 'owner-link') return newOwnerLink(readConfig(process.env, localDisk), rest);
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
