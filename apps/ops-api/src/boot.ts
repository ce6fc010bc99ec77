/** From settings to open stores, and from there to a server that listens: what every process at the server has in common. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@argus/kit/clock.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { uuidV7 } from '@argus/keys/uuid.ts';
import { isId, newHandle, newRequestId, type NodeId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import { z } from 'zod';
import { createAccess } from './access/access.ts';
import { openCheckpointFile } from './adapters/data-dir/checkpoint-file.ts';
import { isServed, lockDataDir, takeTurn } from './adapters/data-dir/lock.ts';
import { ensurePrivateFolder, readPrivateFile, writePrivateFile } from './adapters/data-dir/private-file.ts';
import { readConsoleFiles } from './adapters/console-files/read.ts';
import { readDocFiles } from './adapters/doc-files/read.ts';
import { openDatabaseProcess, type DatabaseProcess } from './adapters/embedded-postgres/database-process.ts';
import { keepRunning } from './adapters/embedded-postgres/keep.ts';
import { oidcOverHttp } from './adapters/oidc/over-http.ts';
import { teamCerts } from './adapters/jwks/team-certs.ts';
import { databasePulse } from './adapters/postgres/pulse.ts';
import { postgresStores } from './adapters/postgres/stores.ts';
import { processVitals } from './adapters/process/vitals.ts';
import { smtpMailer } from './adapters/smtp/mailer.ts';
import { acceptAgents } from './adapters/websocket/accept.ts';
import { createOpsApi, type OpsApi, type PeopleSettings } from './app.ts';
import { compareKept, type KeptProblem } from './audit/kept.ts';
import { SettingsProblem, type Config } from './config.ts';
import { openPool } from './db/pools.ts';
import { refuseOtherSchema } from './db/schema-check.ts';
import { refuseTooMuchPower, refuseUnsafeServer } from './db/server-checks.ts';
import { clientAddress, networksOf } from './http/address.ts';
import { problemsWith, refusalOf } from './ledger/accept-restored.ts';
import { createCheckpoints } from './ledger/checkpoints.ts';
import { layFoundation, type Foundation } from './ledger/found.ts';
import { keeping, type KeptCheckpoints } from './ledger/kept.ts';
import { loadRing, type LogKeyRing } from './ledger/key-ring.ts';
import { createLedger } from './ledger/ledger.ts';
import { rotateLogs, unrotated } from './ledger/rotate.ts';
import type { Log, Stores } from './ports.ts';

const VERSION = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;
const CONNECTIONS_MAX = 12;
const HEARTBEAT_S = 15;

export type Booted = {
  readonly pool: Pool;
  readonly stores: Stores;
  readonly foundation: Foundation;
  /** Which log key signs what. */
  readonly ring: LogKeyRing;
  /** What was signed, outside the database. Closed before the pool. */
  readonly kept: KeptCheckpoints;
  /** What of it does not agree with the database. */
  readonly keptProblems: () => Promise<readonly KeptProblem[]>;
  /** The embedded one; null: somebody else's, which is theirs to start and stop. Ended after the pool. */
  readonly database: DatabaseProcess | null;
};
export type Booting = {
  readonly config: Config;
  readonly dataDir: string;
  readonly runtimeDir: string | undefined;
  readonly say: (line: string) => void;
  /** For those who look at a log that may not be the one that was signed: they are not refused. */
  readonly asItIs?: boolean;
  /** The data dir is locked by who boots. */
  readonly isServer?: boolean;
};

export async function boot({ config, dataDir, runtimeDir, say, asItIs = false, isServer = false }: Booting): Promise<Booted> {
  const { DATABASE_URL: url } = config;
  const database = url === undefined ? await openDatabaseProcess({ dataDir, runtimeDir, say }) : null;
  const pool = openPool({ connection: database?.connection ?? { connectionString: url }, max: CONNECTIONS_MAX, say });
  let kept: KeptCheckpoints | null = null;
  try {
    await refuseUnsafeServer(pool);
    await refuseTooMuchPower(pool);
    await refuseOtherSchema(pool);
    const plain = postgresStores(pool);
    const founded = await layFoundation({ store: plain.founding, masterKey: config.ARGUS_MASTER_KEY, random: systemRandom, clock: systemClock });
    if (!founded.ok) throw new SettingsProblem(founded.error);
    const { instance, logKeys } = founded.value;
    const ring = await loadRing({ instance, keys: logKeys, rotations: await plain.founding.rotations(), leaves: plain.leaves });
    kept = await openCheckpointFile({ dataDir, isOurs: isServer || !(await isServed(dataDir)), clock: systemClock, say });
    const stores = { ...plain, leaves: keeping(plain.leaves, kept) };
    const compare = compareKept({ ...stores, instance, checkpoints: createCheckpoints(instance, ring) });
    const booted = { pool, stores, foundation: founded.value, ring, kept, keptProblems: problemsWith.bind(null, kept, compare), database };
    const problems = asItIs ? [] : await booted.keptProblems();
    if (problems.length > 0) throw new SettingsProblem(refusalOf(problems, join(dataDir, 'checkpoints')));
    return booted;
  } catch (problem) {
    await kept?.close();
    await pool.end();
    if (database?.adopted === false) await database.stop();
    throw problem;
  }
}

/** For a command at the server, beside it or without it: the database it has started it stops, one it found it leaves. */
export async function besideServer<T>(booting: Booting, work: (booted: Booted) => Promise<T>): Promise<T> {
  const turn = await takeTurn(booting.dataDir);
  try {
    const booted = await boot(booting);
    try {
      return await work(booted);
    } finally {
      await booted.kept.close();
      await booted.pool.end();
      // A server that came up meanwhile has adopted it.
      if (booted.database?.adopted === false && !(await isServed(booting.dataDir))) await booted.database.stop();
    }
  } finally {
    await turn.release();
  }
}

export type Server = {
  readonly api: OpsApi;
  readonly stores: Stores;
  readonly foundation: Foundation;
  readonly listening: { readonly address: string; readonly port: number };
  /** Everything is put away, last first; what fails is said. */
  stop(): Promise<void>;
};

export async function startServer({ log, ...booting }: Booting & { readonly log: Log }): Promise<Server> {
  const { config, dataDir, say } = booting;
  const lock = await lockDataDir(dataDir);
  const undo: (() => unknown)[] = [() => lock.release()];
  const stop = async () => {
    for (const step of undo.splice(0).toReversed())
      await Promise.resolve().then(step).catch((problem: unknown) => say(`While stopping: ${String(problem)}`));
  };
  try {
    const { pool, stores, foundation, ring, kept, keptProblems, database } = await boot({ ...booting, isServer: true });
    if (database) undo.push(() => database.stop());
    undo.push(() => pool.end());
    undo.push(() => kept.close());
    if (database) {
      const kept = keepRunning({ ...database, clock: systemClock, log });
      undo.push(() => kept.stop());
    }
    const id = await nodeId(dataDir);
    const newId = () => uuidV7(systemClock.now(), systemRandom);
    const changed = await goOnRotating({ stores, ring, instance: foundation.instance, newId });
    if (changed.length > 0) log('warn', 'log_key_change_finished', { logs: changed.length });
    const trustedProxies = networksOf(config.ARGUS_TRUSTED_PROXIES);
    const api = createOpsApi({
      clock: systemClock,
      random: systemRandom,
      newId,
      stores,
      instance: foundation.instance,
      logKey: foundation.logKey,
      logKeys: ring,
      node: { id, epoch: await stores.founding.nextEpoch(id, systemClock.now()) },
      masterKey: config.ARGUS_MASTER_KEY,
      enabled: config.REMOTE_SUPPORT_ENABLED,
      opsTokens: config.ARGUS_OPS_TOKEN,
      operatorNetworks: networksOf(config.REMOTE_SUPPORT_OPERATOR_CIDRS),
      trustedProxies,
      ...(config.access && { access: createAccess(config.access, { jwks: teamCerts(config.access.teamDomain, { fetch, clock: systemClock }), clock: systemClock, log }) }),
      oneClick: config.REMOTE_SUPPORT_ONE_CLICK || isSomebodyAllowed(config.access),
      heartbeatS: HEARTBEAT_S,
      armedDays: config.ARGUS_ARM_DAYS,
      keptBytesMax: config.ARGUS_KEPT_RESULTS_MIB * 1_048_576,
      keptFindings: async () => (await keptProblems()).map(({ finding }) => finding),
      isDatabaseUp: databasePulse(pool, id),
      metricsToken: config.ARGUS_METRICS_TOKEN,
      vitals: processVitals(pool),
      people: peopleOf(config),
      build: { version: VERSION, node: process.version },
      mail: mailOf(config),
      publicUrl: config.ARGUS_PUBLIC_URL,
      docs: readDocFiles,
      console: readConsoleFiles,
      log,
      ...(config.tls && { tls: config.tls }),
    });
    undo.push(() => api.close());
    await api.begin();
    const agents = acceptAgents(api.http.server, {
      accept: api.door.accept,
      addressOf: (req) => clientAddress(req.socket.remoteAddress ?? '', req.headers['x-forwarded-for']?.toString(), trustedProxies),
      newRequestId: () => newRequestId(systemRandom),
      isForeignPage: api.isForeignPage,
    });
    undo.push(() => agents.close());
    await api.http.listen(config.ARGUS_LISTEN).catch((problem: unknown) => {
      throw listenProblem(problem, config.ARGUS_LISTEN);
    });
    const [listening] = api.http.addresses();
    if (!listening || typeof listening === 'string') throw new TypeError('listening on something that is no port');
    return { api, stores, foundation, listening: { address: listening.address, port: listening.port }, stop };
  } catch (problem) {
    await stop();
    throw problem;
  }
}

/** What a person can mend, as a sentence; the rest as it came. */
function listenProblem(problem: unknown, { host, port }: Config['ARGUS_LISTEN']): unknown {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const code = (problem as NodeJS.ErrnoException | null)?.code;
  if (code === 'EADDRINUSE') return new SettingsProblem(`Another program listens on ${place} already. Stop that one, or name another port: ARGUS_LISTEN=127.0.0.1:PORT.`);
  if (code === 'EACCES') return new SettingsProblem(`This user may not listen on ${place}. Name a port above 1023: ARGUS_LISTEN=127.0.0.1:PORT.`);
  return problem;
}

/** Set up whole: a switch without anybody behind it opens no way. */
const isSomebodyAllowed = (access: Config['access']): boolean => access !== null && access.allowed.emails.length + access.allowed.domains.length > 0;

function peopleOf(config: Config): PeopleSettings {
  return {
    mode: config.AUTH_MODE,
    secondFactorIsOn: config.AUTH_MFA_ENABLED,
    firstOwnerTotp: config.AUTH_OWNER_2FA_PASSKEY,
    times: { ttlMs: config.AUTH_LOGIN_HOURS * 3_600_000, idleMs: config.AUTH_LOGIN_IDLE * 60_000 },
    cookie: speaksHttps(config) ? 'secure' : 'plain',
    publicUrl: config.ARGUS_PUBLIC_URL,
    ...(config.oidc && { oidc: { ...config.oidc, http: oidcOverHttp({ fetch, clock: systemClock }) } }),
  };
}

/** As a browser sees it: ourselves, or a proxy in front of us. Without either nobody but loopback gets here. */
const speaksHttps = ({ tls, ARGUS_TRUSTED_PROXIES: proxies, ARGUS_PUBLIC_URL: publicUrl }: Config): boolean => tls !== null || proxies.length > 0 || publicUrl !== undefined;

/** Where people reach this server. */
export function originOf(config: Config, port = config.ARGUS_LISTEN.port): string {
  const { host } = config.ARGUS_LISTEN;
  return config.ARGUS_PUBLIC_URL ?? `${config.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Half a change of the log key, from a command that was killed: nothing is signed before it is whole. */
async function goOnRotating({ stores, ring, instance, newId }: Pick<Booted, 'stores' | 'ring'> & { readonly instance: Foundation['instance']; readonly newId: () => string }): Promise<readonly string[]> {
  if ((await unrotated({ ring, leaves: stores.leaves })).length === 0) return [];
  const ledger = createLedger({ store: stores.leaves, checkpoints: createCheckpoints(instance, ring), instance, clock: systemClock, newId });
  return rotateLogs({ clock: systemClock, instance, ring, ledger, leaves: stores.leaves }, { operator: 'server', by: 'server', reason: 'a change of the log key that was begun is finished' });
}

function mailOf({ ARGUS_SMTP_URL: plan, ARGUS_ALERT_EMAILS: to, ARGUS_ALERT_FROM: from, ARGUS_PUBLIC_URL: publicUrl }: Config) {
  const [first] = to;
  if (!plan || first === undefined) return null;
  return { mailer: smtpMailer({ plan, to, from: from ?? `argus@${first.slice(first.lastIndexOf('@') + 1)}` }), publicUrl };
}

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
