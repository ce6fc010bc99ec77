import { manualClock, settle } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { expect, test } from 'vitest';
import { NODE, START } from '../../test/sample.ts';
import { memoryJobs } from '../adapters/memory/jobs.ts';
import { pauseAfter, type JobName } from './job.ts';
import { createRunner, type Work } from './runner.ts';

function runnerOn(work: { readonly [N in JobName]?: Work }, { jobs = memoryJobs(), clock = manualClock(START), epoch = 1, node = NODE } = {}) {
  const failing: string[] = [];
  const runner = createRunner({ clock, jobs, by: { node, epoch }, work, onFailing: (name) => void failing.push(name), log: () => undefined });
  return { runner, jobs, clock, failing };
}
const HOUR_MS = 3_600_000;
const otherNode = 'node_other' as typeof NODE;

test('a job runs when it is due, and again when it said it would be', async () => {
  const at: number[] = [];
  const { runner, clock } = runnerOn({ alert_mail: async () => (at.push(clock.now()), ok(clock.now() + HOUR_MS)) });
  await runner.begin();
  await clock.advance(3 * HOUR_MS);
  expect(at).toHaveLength(4);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(HOUR_MS);
  await runner.close();
});

test('of two nodes one runs it', async () => {
  const [jobs, clock] = [memoryJobs(), manualClock(START)];
  let runs = 0;
  const work = { nightly_audit: async () => (runs++, ok(clock.now() + HOUR_MS)) };
  const [one, two] = [runnerOn(work, { jobs, clock }), runnerOn(work, { jobs, clock, node: otherNode })];
  await Promise.all([one.runner.begin(), two.runner.begin()]);
  await clock.advance(HOUR_MS / 2);
  expect(runs).toBe(1);
  await Promise.all([one.runner.close(), two.runner.close()]);
});

test('a long one keeps its lease, and holds up no other job', async () => {
  const [jobs, clock] = [memoryJobs(), manualClock(START)];
  let finish: (result: Result<number, string>) => void = () => undefined;
  let [audits, mails] = [0, 0];
  const work = {
    nightly_audit: () => (audits++, new Promise<Result<number, string>>((resolve) => (finish = resolve))),
    alert_mail: async () => (mails++, ok(clock.now() + 60_000)),
  };
  const [one, two] = [runnerOn(work, { jobs, clock }), runnerOn(work, { jobs, clock, node: otherNode })];
  await one.runner.begin();
  await two.runner.begin();
  await clock.advance(10 * 60_000);
  expect(audits).toBe(1);
  expect(mails).toBeGreaterThan(8);
  finish(ok(clock.now() + HOUR_MS));
  await settle();
  expect((await jobs.list()).find((j) => j.name === 'nightly_audit')).toMatchObject({ lease: null, tries: 0 });
  await Promise.all([one.runner.close(), two.runner.close()]);
});

/** Guarantee: what a killed process was doing is done by whoever comes next, and not sooner by anybody else. */
test('what died with a process is begun again: at once by its next life, by another node when the lease has run out', async () => {
  const [jobs, clock] = [memoryJobs(), manualClock(START)];
  const hangs = { nightly_audit: () => new Promise<never>(() => undefined) };
  const dead = runnerOn(hangs, { jobs, clock: manualClock(START) }); // its clock never moves: it renews nothing
  await dead.runner.begin();
  await settle();
  const done: string[] = [];
  const other = runnerOn({ nightly_audit: async () => (done.push('other'), ok(clock.now() + HOUR_MS)) }, { jobs, clock, node: otherNode });
  await other.runner.begin();
  await clock.advance(50_000);
  expect(done).toEqual([]);
  const next = runnerOn({ nightly_audit: async () => (done.push('next life'), ok(clock.now() + HOUR_MS)) }, { jobs, clock, epoch: 2 });
  await next.runner.begin();
  await settle();
  expect(done).toEqual(['next life']);
  await Promise.all([other.runner.close(), next.runner.close()]);
});

test('another node takes over when the lease has run out', async () => {
  const [jobs, clock] = [memoryJobs(), manualClock(START)];
  const dead = runnerOn({ nightly_audit: () => new Promise<never>(() => undefined) }, { jobs, clock: manualClock(START) });
  await dead.runner.begin();
  let runs = 0;
  const other = runnerOn({ nightly_audit: async () => (runs++, ok(clock.now() + HOUR_MS)) }, { jobs, clock, node: otherNode });
  await other.runner.begin();
  await clock.advance(70_000);
  expect(runs).toBe(1);
  await other.runner.close();
});

test('a failing job is tried again with growing pauses, says why, and tells somebody after the third time', async () => {
  const at: number[] = [];
  const { runner, clock, jobs, failing } = runnerOn({ alert_mail: async () => (at.push(clock.now()), at.length < 5 ? err('the mail server is away') : ok(clock.now() + HOUR_MS)) });
  await runner.begin();
  await clock.advance(61_000);
  expect(failing).toEqual([]);
  expect(await jobs.list()).toMatchObject([{ tries: 2, problem: 'the mail server is away', failingSince: START }]);
  await clock.advance(20 * 60_000);
  expect(at).toHaveLength(5);
  const pauses = at.slice(1).map((moment, i) => moment - (at[i] ?? 0));
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  expect(failing).toEqual(['alert_mail', 'alert_mail']);
  expect(await jobs.list()).toMatchObject([{ tries: 0, problem: null, failingSince: null }]);
  await runner.close();
});

test('stopping waits three seconds for what is being done, and no longer', async () => {
  const { runner, clock, jobs } = runnerOn({ nightly_audit: () => new Promise<never>(() => undefined) });
  await runner.begin();
  await settle();
  let isStopped = false;
  const stopping = runner.close().then(() => (isStopped = true));
  await clock.advance(2_999);
  expect(isStopped).toBe(false);
  await clock.advance(1);
  await stopping;
  expect(await jobs.list()).toMatchObject([{ name: 'nightly_audit', lease: { node: NODE, epoch: 1 } }]);
});

test('one that throws is a failure like any other', async () => {
  const { runner, jobs } = runnerOn({ alert_mail: () => Promise.reject(new Error('a bug')) });
  await runner.begin();
  await settle();
  expect(await jobs.list()).toMatchObject([{ problem: 'Error: a bug', lease: null }]);
  await runner.close();
});

test('pauses double from 30 seconds to an hour, and stay there', () => {
  expect([1, 2, 3, 7, 8, 9, 1_000].map(pauseAfter)).toEqual([30_000, 60_000, 120_000, 1_920_000, HOUR_MS, HOUR_MS, HOUR_MS]);
});
