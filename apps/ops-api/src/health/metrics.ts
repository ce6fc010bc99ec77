/** Every number this server tells about itself. No tenant, agent, operator or address is in any of them. */
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import { PROTOCOL_VERSION } from '@argus/protocol/frames.ts';
import { RESULTS, type Followers } from '../agents/followers.ts';
import type { Buckets, Labels, Registry } from './registry.ts';

/** How the process is doing, as the outside of it tells: memory, event loop, the pool of database connections. */
export type Vitals = {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly cpuSeconds: number;
  readonly startedAt: number; // epoch milliseconds
  /** Since it was last asked for: one reader only. */
  readonly eventLoopDelayS: () => { readonly mean: number; readonly p99: number; readonly max: number };
  readonly database: { readonly open: number; readonly idle: number; readonly waiting: number } | null;
};

/** What the parts that live here hold right now. */
export type Levels = {
  readonly agentsOnline: () => number;
  readonly sessionsLive: () => number;
  readonly followers?: () => Pick<Followers, 'counts' | 'reached'>;
  readonly vitals: () => Vitals;
  readonly build: { readonly version: string; readonly node: string };
};

const CODES = Object.keys(ERRORS);
const STATUSES = [...new Set([200, 201, 304, ...Object.values(ERRORS).map(({ status }) => status)])].map(String);
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
/** Whoever waits for an answer notices a tenth of a second; a command waits up to a minute for its machine. */
const SECONDS: Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const BATCH: Buckets = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export type Templates = { readonly routes: readonly string[]; readonly gates: Readonly<Record<string, readonly string[]>> };

export function createMetrics(registry: Registry, { routes, gates }: Templates, levels: Levels) {
  const outcomes: Labels = { outcome: ['ok', ...CODES] };
  const metrics = {
    activations: registry.counter('argus_activations_total', 'Requests to open a session, by what came of them: ok, or the code of the refusal.', outcomes),
    commands: registry.counter('argus_commands_total', 'Requests to run a command, by command and by what came of them.', { command: COMMANDS.map(({ name }) => name), ...outcomes }),
    refusals: registry.counter('argus_refusals_recorded_total', 'Refusals on record, by ladder and by the gate that refused.', {
      ladder: Object.keys(gates),
      gate: [...new Set(Object.values(gates).flat())],
    }),
    requests: registry.counter('argus_http_requests_total', 'HTTP requests answered, by the template of the route.', { route: routes, method: METHODS, status: STATUSES }),
    requestSeconds: registry.histogram('argus_http_request_duration_seconds', { help: 'Time to answer an HTTP request.', labels: { route: routes, method: METHODS }, buckets: SECONDS }),
    appendSeconds: registry.histogram('argus_ledger_append_duration_seconds', { help: 'Time from asking for an entry to its being durable, waiting included.', labels: { result: ['ok', 'refused'] }, buckets: SECONDS }),
    batchEntries: registry.histogram('argus_ledger_batch_entries', { help: 'Entries that went into the log in one commit.', buckets: BATCH }),
    commitSeconds: registry.histogram('argus_ledger_commit_duration_seconds', { help: 'Time of one commit of the log.', buckets: SECONDS }),
  };
  /** What is on its way, counted up and down by whoever sends it. */
  const waiting = { appends: 0, activations: 0, commands: 0 };

  let vitals = levels.vitals();
  const plain = (name: string, help: string, read: () => number) => registry.reading(name, { help }, () => [[[], read()]]);
  plain('argus_agents_online', 'Agents connected to this process.', levels.agentsOnline);
  plain('argus_sessions_live', 'Sessions this process holds.', levels.sessionsLive);
  const { followers } = levels;
  if (followers) {
    registry.reading('argus_log_cosignatures_total', { type: 'counter', help: 'Cosignatures machines sent, by what came of them.', labels: { result: RESULTS } }, () =>
      Object.entries(followers().counts().results).map(([result, count]) => [[result], count] as const),
    );
    registry.reading('argus_log_witnesses', { help: 'Machines connected to this process, by whether they cosigned what their log had grown to when it was last looked at.', labels: { state: ['current', 'behind', 'unknown'] } }, () => {
      const { current, behind, unknown } = followers().reached();
      return [[['current'], current], [['behind'], behind], [['unknown'], unknown]];
    });
    plain('argus_log_cosigned_furthest_behind_entries', 'Entries between the size of a log and the cosignature of the machine that is furthest behind.', () => followers().reached().furthest);
  }
  registry.reading('argus_queue_depth', { help: 'What is under way: entries for the log, activations and commands waiting for their machine.', labels: { queue: Object.keys(waiting) } }, () =>
    Object.entries(waiting).map(([queue, depth]) => [[queue], depth] as const),
  );
  registry.reading('argus_database_connections', { help: 'Connections of the pool, and requests waiting for one.', labels: { state: ['open', 'idle', 'waiting'] } }, () =>
    Object.entries(vitals.database ?? {}).map(([state, count]) => [[state], count] as const),
  );
  plain('process_resident_memory_bytes', 'Memory of the process.', () => vitals.rssBytes);
  plain('process_start_time_seconds', 'When the process started, in seconds since 1970.', () => vitals.startedAt / 1_000);
  registry.reading('argus_heap_bytes', { help: 'The JavaScript heap.', labels: { state: ['used', 'total'] } }, () => {
    return [[['used'], vitals.heapUsedBytes], [['total'], vitals.heapTotalBytes]];
  });
  registry.reading('process_cpu_seconds_total', { type: 'counter', help: 'Processor time the process has used.' }, () => [[[], vitals.cpuSeconds]]);
  registry.reading('argus_event_loop_delay_seconds', { help: 'How late the event loop was, since the last look.', labels: { stat: ['mean', 'p99', 'max'] } }, () =>
    Object.entries(vitals.eventLoopDelayS()).map(([stat, seconds]) => [[stat], seconds] as const),
  );
  const build = { version: levels.build.version, node: levels.build.node, protocol: String(PROTOCOL_VERSION) };
  registry.reading('argus_build_info', { help: 'What runs here. Always 1.', labels: Object.fromEntries(Object.entries(build).map(([name, value]) => [name, [value]])) }, () => [
    [Object.values(build), 1],
  ]);
  return {
    ...metrics,
    waiting,
    /** One look at the process, then everything as text. */
    text(): string {
      vitals = levels.vitals();
      return registry.text();
    },
  };
}
export type Metrics = ReturnType<typeof createMetrics>;
