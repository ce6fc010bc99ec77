/** The ops API as a process: settings in, database opened, port listened on, and everything put away at the end. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock, isoTime } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { uuidV7 } from '@argus/keys/uuid.ts';
import { makeSecretHash } from '@argus/keys/secrets.ts';
import { isId, newHandle, newRequestId, redactSecrets, type NodeId } from '@argus/protocol/ids.ts';
import { z } from 'zod';
import { createAccess } from './access/access.ts';
import { localDisk } from './adapters/data-dir/local-disk.ts';
import { lockDataDir } from './adapters/data-dir/lock.ts';
import { ensurePrivateFolder, readPrivateFile, writePrivateFile } from './adapters/data-dir/private-file.ts';
import { teamCerts } from './adapters/jwks/team-certs.ts';
import { databasePulse } from './adapters/postgres/pulse.ts';
import { processVitals } from './adapters/process/vitals.ts';
import { smtpMailer } from './adapters/smtp/mailer.ts';
import { acceptAgents } from './adapters/websocket/accept.ts';
import { createOpsApi } from './app.ts';
import { boot } from './boot.ts';
import { readConfig, SettingsProblem, type Config } from './config.ts';
import { clientAddress, networksOf } from './http/address.ts';
import { createCheckpoints } from './ledger/checkpoints.ts';
import { createLedger } from './ledger/ledger.ts';
import { issuePat, type Preset } from './people/issue-pat.ts';
import { PRESETS } from './people/principal.ts';
import type { Log } from './ports.ts';

const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));
const HEARTBEAT_S = 15;
const HELP = `The Argus ops API.

  main.ts                                                 serve; settings are environment variables
  main.ts new-pat --operator EMAIL [--preset NAME] [--days N] [--name TEXT]
                                                          make a personal access token, shown once
`;

const say = (line: string) => process.stderr.write(`${redactSecrets(line)}\n`);
const log: Log = (level, what, facts = {}) =>
  process.stdout.write(`${redactSecrets(JSON.stringify({ at: isoTime(systemClock.now()), level, what, ...facts }))}\n`);

/** The name of this node: made once, kept beside the data. */
async function nodeId(dataDir: string): Promise<NodeId> {
  await ensurePrivateFolder(join(dataDir, 'secrets'));
  const file = join(dataDir, 'secrets', 'node.id');
  const known = (await readPrivateFile(file))?.trim();
  if (known !== undefined && isId('node', known)) return known;
  const made = newHandle('node', systemRandom);
  await writePrivateFile(file, `${made}\n`);
  return made;
}

function mailOf({ ARGUS_SMTP_URL: plan, ARGUS_ALERT_EMAILS: to, ARGUS_ALERT_FROM: from, ARGUS_PUBLIC_URL: publicUrl }: Config) {
  const [first] = to;
  if (!plan || first === undefined) return null;
  return { mailer: smtpMailer({ plan, to, from: from ?? `argus@${first.slice(first.lastIndexOf('@') + 1)}` }), publicUrl };
}

const booting = (config: Config) => ({ config, dataDir: resolve(config.ARGUS_DATA_DIR), runtimeDir: process.env['XDG_RUNTIME_DIR'], say });

async function serve(config: Config, until: Promise<string>): Promise<void> {
  const { dataDir } = booting(config);
  const lock = await lockDataDir(dataDir);
  const undo: (() => Promise<unknown>)[] = [() => lock.release()];
  try {
    const { pool, stores, foundation, stopDatabase } = await boot(booting(config));
    undo.push(stopDatabase, () => pool.end());
    const id = await nodeId(dataDir);
    const trustedProxies = networksOf(config.ARGUS_TRUSTED_PROXIES);
    const api = createOpsApi({
      clock: systemClock,
      random: systemRandom,
      newId: () => uuidV7(systemClock.now(), systemRandom),
      stores,
      instance: foundation.instance,
      logKey: foundation.logKey,
      node: { id, epoch: await stores.founding.nextEpoch(id, systemClock.now()) },
      masterKey: config.ARGUS_MASTER_KEY,
      enabled: config.REMOTE_SUPPORT_ENABLED,
      opsTokens: config.ARGUS_OPS_TOKEN,
      operatorNetworks: networksOf(config.REMOTE_SUPPORT_OPERATOR_CIDRS),
      trustedProxies,
      ...(config.access && { access: createAccess(config.access, { jwks: teamCerts(config.access.teamDomain, { fetch, clock: systemClock }), clock: systemClock, log }) }),
      heartbeatS: HEARTBEAT_S,
      armedDays: config.ARGUS_ARM_DAYS,
      isDatabaseUp: databasePulse(pool, id),
      metricsToken: config.ARGUS_METRICS_TOKEN,
      vitals: processVitals(pool),
      build: { version, node: process.version },
      log,
      mail: mailOf(config),
      ...(config.tls && { tls: config.tls }),
    });
    undo.push(() => api.close());
    await api.begin();
    const agents = acceptAgents(api.http.server, {
      accept: api.door.accept,
      addressOf: (req) => clientAddress(req.socket.remoteAddress ?? '', req.headers['x-forwarded-for']?.toString(), trustedProxies),
      newRequestId: () => newRequestId(systemRandom),
    });
    undo.push(async () => agents.close());
    await api.http.listen(config.ARGUS_LISTEN);
    const [listening] = api.http.addresses();
    if (!listening || typeof listening === 'string') throw new TypeError('listening on something that is no port');
    const { address, port } = listening;
    log('info', 'listening', { address, port });
    process.send?.({ listening: { address, port } });
    log('info', 'stopping', { why: await until });
  } finally {
    for (const step of undo.toReversed()) await step().catch((problem: unknown) => say(`While stopping: ${String(problem)}`));
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
    },
  });
  const { operator = '', preset, name } = values;
  const days = Number(values.days);
  if (!/^[^@\s]+@[^@\s]+$/.test(operator)) throw new SettingsProblem('Say whose token it is: --operator ana@example.org');
  if (!isPreset(preset)) throw new SettingsProblem(`--preset is one of ${Object.keys(PRESETS).join(', ')}.`);
  if (!Number.isInteger(days) || days < 1 || days > 366) throw new SettingsProblem('--days is a whole number from 1 to 366.');
  const { pool, stores, foundation } = await boot(booting(config));
  try {
    const checkpoints = createCheckpoints(foundation.instance, foundation.logKey);
    const ledger = createLedger({ store: stores.leaves, checkpoints, instance: foundation.instance, clock: systemClock, newId: () => uuidV7(systemClock.now(), systemRandom) });
    const secretHash = makeSecretHash(config.ARGUS_MASTER_KEY);
    const made = await issuePat({ clock: systemClock, random: systemRandom, secretHash, ledger }, { operator, name, preset, days });
    if (!made.ok) throw new Error(`The token could not be made: ${made.error.internal ?? made.error.code}`);
    process.stdout.write(`${JSON.stringify({ pat: made.value.pat, token_id: made.value.tokenId })}\n`);
  } finally {
    await pool.end();
  }
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
  if (command === 'new-pat') return newToken(readConfig(process.env, localDisk), rest);
  process.stdout.write(HELP);
  if (command !== '--help') throw new SettingsProblem(`There is no command ${JSON.stringify(command)}.`);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (problem: unknown) => {
    // A sentence for what a person can mend; the stack for a bug.
    const isSentence = problem instanceof SettingsProblem || (problem instanceof Error && problem.constructor === Error);
    say(isSentence ? problem.message : `The ops API failed: ${problem instanceof Error ? (problem.stack ?? problem.message) : String(problem)}`);
    process.exit(isSentence ? 2 : 1);
  },
);
