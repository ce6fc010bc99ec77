import type { Holder, Job, JobStore } from '../../jobs/job.ts';

export function memoryJobs(): JobStore {
  const jobs = new Map<string, Job>();
  const isFree = ({ lease }: Job, now: number) => lease === null || lease.until <= now;
  const isOurs = (job: Job | undefined, { node, epoch }: Holder): job is Job => job?.lease?.node === node && job.lease.epoch === epoch;
  const newJob = (name: string, dueAt: number): Job => ({ name, dueAt, tries: 0, failingSince: null, problem: null, lease: null });
  const set = (job: Job): Job => (jobs.set(job.name, job), job);
  /** True when it is ours, and changed. */
  function change(name: string, by: Holder, to: (job: Job) => Job): boolean {
    const job = jobs.get(name);
    if (!isOurs(job, by)) return false;
    set(to(job));
    return true;
  }
  return {
    async ensure(name, dueAt) {
      const job = jobs.get(name) ?? set(newJob(name, dueAt));
      if (job.failingSince !== null && job.dueAt > dueAt) set({ ...job, dueAt });
    },
    async take(names, { now, ...lease }) {
      const [job] = [...jobs.values()]
        .filter((j) => names.includes(j.name) && j.dueAt <= now && isFree(j, now))
        .toSorted((a, b) => a.dueAt - b.dueAt || (a.name < b.name ? -1 : 1));
      return job ? set({ ...job, tries: job.tries + 1, lease }) : null;
    },
    async seize(name, { now, ...lease }) {
      const job = jobs.get(name) ?? newJob(name, now);
      return isFree(job, now) ? set({ ...job, tries: job.tries + 1, lease }) : null;
    },
    keep: async (name, by, until) => change(name, by, (job) => ({ ...job, lease: { ...by, until } })),
    finish: async (name, by, dueAt) => change(name, by, () => newJob(name, dueAt)),
    fail: async (name, by, { at, dueAt, problem }) =>
      change(name, by, (job) => ({ ...job, dueAt, problem, failingSince: job.failingSince ?? at, lease: null })),
    async hurry(name, dueAt) {
      const job = jobs.get(name);
      if (job && job.dueAt > dueAt && job.tries === 0) set({ ...job, dueAt });
    },
    async release({ node, epoch }) {
      for (const job of jobs.values()) if (job.lease?.node === node && job.lease.epoch < epoch) set({ ...job, lease: null });
    },
    list: async () => [...jobs.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
