/** Runs the jobs that are due, each on one node at a time; a long one holds up no other. What dies with us is begun again. */
import type { Clock } from '@argus/kit/clock.ts';
import type { Result } from '@argus/kit/result.ts';
import type { Log } from '../ports.ts';
import { pauseAfter, TRIES_BEFORE_ALERT, type Holder, type Job, type JobName, type JobStore } from './job.ts';

/** Answers when the job is due next, or in a sentence why it could not be done. */
export type Work = (job: Job) => Promise<Result<number, string>>;

export type RunnerDeps = {
  readonly clock: Clock;
  readonly jobs: JobStore;
  readonly by: Holder;
  readonly work: { readonly [N in JobName]?: Work };
  /** It has failed so often that somebody should know. */
  readonly onFailing: (name: JobName, since: number) => void;
  readonly log: Log;
};

export const LEASE_MS = 60_000;
const RENEW_MS = 20_000;
const LOOK_MS = 5_000;
const STOP_MS = 3_000;

export function createRunner({ clock, jobs, by, work, onFailing, log }: RunnerDeps) {
  const names = Object.keys(work) as JobName[]; // Object.keys loses the literal types
  let cancelLook = () => {};
  let isOver = false;
  const running = new Map<JobName, Promise<void>>();
  let looking: Promise<void> | null = null;

  /** Keeps the lease while the work goes on. */
  async function held(name: string, working: Promise<Result<number, string>>): Promise<Result<number, string>> {
    let cancel = () => {};
    const renew = () => {
      cancel = clock.after(RENEW_MS, () => {
        renew();
        jobs.keep(name, by, clock.now() + LEASE_MS).catch((problem: unknown) => log('warn', 'job_lease_not_kept', { job: name, problem: String(problem) }));
      });
    };
    renew();
    return working.finally(() => cancel());
  }

  async function run(name: JobName, job: Job): Promise<void> {
    const begin = work[name];
    const done = begin
      ? await held(name, begin(job)).catch((problem: unknown) => ({ ok: false, error: String(problem) }) as const)
      : ({ ok: false, error: 'nobody does this' } as const);
    const at = clock.now();
    if (done.ok) return void (await jobs.finish(name, by, done.value));
    log('warn', 'job_failed', { job: name, tries: job.tries, problem: done.error });
    await jobs.fail(name, by, { at, dueAt: at + pauseAfter(job.tries), problem: done.error.slice(0, 500) });
    if (job.tries >= TRIES_BEFORE_ALERT) onFailing(name, job.failingSince ?? at);
  }

  async function beginDue(): Promise<void> {
    for (;;) {
      if (isOver) return;
      const now = clock.now();
      const idle = names.filter((name) => !running.has(name));
      const job = idle.length > 0 ? await jobs.take(idle, { ...by, now, until: now + LEASE_MS }) : null;
      if (!job) return;
      const name = job.name as JobName; // one of those we asked for
      const done = run(name, job).catch((problem: unknown) => log('warn', 'job_not_settled', { job: name, problem: String(problem) }));
      running.set(name, done.finally(() => running.delete(name)));
    }
  }

  function look(): void {
    cancelLook();
    if (isOver) return;
    looking ??= beginDue()
      .catch((problem: unknown) => log('warn', 'jobs_not_looked_at', { problem: String(problem) }))
      .finally(() => (looking = null));
    cancelLook = clock.after(LOOK_MS, look);
  }

  return {
    async begin(): Promise<void> {
      await jobs.release(by);
      for (const name of names) await jobs.ensure(name, clock.now());
      look();
    },
    look,
    /** Waits a moment for what is being done. What is not done by then is held until our next life, which begins it again. */
    async close(): Promise<void> {
      isOver = true;
      cancelLook();
      await looking;
      let cancel = () => {};
      const isLate = new Promise<void>((resolve) => (cancel = clock.after(STOP_MS, resolve)));
      await Promise.race([Promise.all(running.values()), isLate]);
      cancel();
    },
  };
}
export type Runner = ReturnType<typeof createRunner>;
