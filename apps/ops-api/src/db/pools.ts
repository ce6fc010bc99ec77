/** How we talk to PostgreSQL while running: bounded waits, numbers that are numbers, and errors that end nobody. */
import { Pool, type PoolClient, type PoolConfig, type QueryConfig, type QueryResult, type QueryResultRow, types } from 'pg';

/**
 * An operator waits for these, and behind a database that hangs a few of them add up. A connection is waited for, a lock
 * and a statement are given up by the server; our own patience ends first only when the server does not answer at all.
 */
const CONNECT_MS = 2_000;
const LOCK_MS = 2_000;
const STATEMENT_MS = 3_000;
const ANSWER_MS = 4_000;
/** For what is done once, at a start, over tables of any size. */
const PATIENT_MS = 60_000;
const IDLE_MS = 60_000;

/** Counts and indexes are bigint in the database and far below 2^53; one that is not must not be rounded. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`The database holds the number ${text}, which is larger than we can keep exactly.`);
  return value;
}

/** Epoch milliseconds, as everywhere in Argus. PostgreSQL keeps microseconds; those below a millisecond are cut. */
export function parseTimestamptz(text: string): number {
  const value: unknown = types.getTypeParser(types.builtins.TIMESTAMPTZ, 'text')(text);
  const epochMs = value instanceof Date ? value.getTime() : Number.NaN;
  if (!Number.isFinite(epochMs)) throw new RangeError(`The database holds the time ${text}, which is not a moment.`);
  return epochMs;
}

type TypeParsers = NonNullable<PoolConfig['types']>;
type TypeId = Parameters<TypeParsers['getTypeParser']>[0];

const PARSERS: ReadonlyMap<TypeId, (text: string) => number> = new Map([
  [types.builtins.INT8, parseInt8],
  [types.builtins.TIMESTAMPTZ, parseTimestamptz],
]);

/** Per pool, not global: other users of the driver in this process keep its defaults. */
const OUR_TYPES: TypeParsers = {
  getTypeParser: ((oid: TypeId, format?: 'text') =>
    PARSERS.get(oid) ?? types.getTypeParser(oid, format)) as TypeParsers['getTypeParser'],
};

type Opening = {
  readonly connection: PoolConfig;
  readonly max: number;
  readonly say: (line: string) => void;
};

export function openPool({ connection, max, say }: Opening): Pool {
  const pool = new Pool({
    application_name: 'argus-ops-api',
    ...connection,
    max,
    types: OUR_TYPES,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    lock_timeout: LOCK_MS,
    idle_in_transaction_session_timeout: 30_000,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced by the next query. Only message and code: the rest may hold settings.
  pool.on('error', (error: Error & { readonly code?: string }) =>
    say(`A database connection broke (${error.code ?? 'no code'}: ${error.message}); the next query opens a new one.`),
  );
  // One that is on its way out of the pool has no listener of the pool's any more, and what nobody hears ends the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** The driver takes a bound for one query; its types do not say so. */
type Timed = QueryConfig & { readonly query_timeout: number };

/** One query with a minute to answer, on a connection that nobody else gets afterwards. */
export async function patiently<R extends QueryResultRow>(pool: Pool, query: QueryConfig): Promise<QueryResult<R>> {
  let broken = new Error('its bounds are not those of the others');
  const noteBroken = (problem: Error) => void (broken = problem);
  const client = await takeClient(pool, noteBroken);
  try {
    await client.query(`SET statement_timeout = ${PATIENT_MS}`);
    const patient: Timed = { ...query, query_timeout: PATIENT_MS + ANSWER_MS };
    return await client.query<R>(patient);
  } finally {
    client.off('error', noteBroken);
    client.release(broken);
  }
}

/**
 * A client that was taken out of the pool tells of its end by an event, and one that nobody hears ends the process. A server
 * that goes down can say so in the same breath in which it lets us in: before a promise of the client has come through.
 */
export function takeClient(pool: Pool, noteBroken: (problem: Error) => void): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    pool.connect((problem, client) => {
      if (!client) return reject(problem ?? new Error('the pool gave no client'));
      client.on('error', noteBroken);
      resolve(client);
    });
  });
}
