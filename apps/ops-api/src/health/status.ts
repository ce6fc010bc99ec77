import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { denyWith, type Denial } from '@argus/protocol/errors.ts';
import { PROTOCOL_VERSION } from '@argus/protocol/frames.ts';
import type { ServerStatus } from '@argus/protocol/http/server.ts';
import type { Followers } from '../agents/followers.ts';
import { JOBS, type Job, type JobStore } from '../jobs/job.ts';
import type { Actor } from '../tenants/create.ts';
import type { Levels, Metrics } from './metrics.ts';

type Deps = {
  readonly clock: Pick<Clock, 'now'>;
  readonly levels: Pick<Levels, 'agentsOnline' | 'sessionsLive' | 'vitals' | 'build'>;
  readonly waiting: Metrics['waiting'];
  readonly followers: Pick<Followers, 'reached'>;
  readonly jobs: Pick<JobStore, 'list'>;
  readonly listening: () => number;
};

/** What a person may see of what a scraper does: of this process, and only for whoever sees all tenants, since it counts over all. */
export const makeStatus =
  ({ clock, levels, waiting, followers, jobs, listening }: Deps) =>
  async ({ principal }: Actor): Promise<Result<ServerStatus, Denial>> => {
    if (principal.tenants !== null) return err(denyWith('missing_role', { problems: ['the token is for some tenants only'] }));
    const { rssBytes, heapUsedBytes, startedAt, database } = levels.vitals();
    const { current, behind, unknown } = followers.reached();
    const now = clock.now();
    return ok({
      version: levels.build.version,
      node: levels.build.node,
      protocol: PROTOCOL_VERSION,
      started_at: isoTime(Math.round(startedAt)),
      memory_bytes: rssBytes,
      heap_bytes: heapUsedBytes,
      database,
      queue: { ...waiting },
      agents_online: levels.agentsOnline(),
      sessions_live: levels.sessionsLive(),
      pages_listening: listening(),
      witnesses: { current, behind, unknown },
      jobs: (await jobs.list()).flatMap((job) => jobView(job, now)),
    });
  };

/** One that nobody runs any more, and the turn of an audit on demand, are no jobs of ours. Why one fails is in the log of the server. */
function jobView({ name, dueAt, failingSince, lease }: Job, now: number): ServerStatus['jobs'] {
  if (!isJob(name)) return [];
  return [{ job: name, does: JOBS[name], due_at: isoTime(dueAt), is_running: lease !== null && lease.until > now, failing_since: failingSince === null ? null : isoTime(failingSince) }];
}
const isJob = (name: string): name is keyof typeof JOBS => Object.hasOwn(JOBS, name);
