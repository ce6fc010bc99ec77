/** What every store of jobs promises. Each adapter runs this suite. */
import { mustId } from '@argus/protocol/ids.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NODE, START } from '../../test/sample.ts';
import type { Holder, JobStore } from '../jobs/job.ts';

const us: Holder = { node: NODE, epoch: 3 };
const them: Holder = { node: mustId('node', `node_${'b'.repeat(20)}`), epoch: 1 };
let counter = 0;
const newName = () => `job_${++counter}`;
const lease = (by: Holder, now = START, ms = 60_000) => ({ ...by, now, until: now + ms });

export function jobsContract(name: string, make: () => Promise<{ readonly jobs: JobStore; readonly close: () => Promise<void> }>): void {
  // oxlint-disable-next-line vitest/valid-title -- each adapter says its own name
  describe(name, () => {
    let jobs: JobStore;
    let close: () => Promise<void>;
    beforeAll(async () => ({ jobs, close } = await make()));
    afterAll(() => close());
    const find = async (job: string) => (await jobs.list()).find((j) => j.name === job);

    test('a job is made once, and its time stands', async () => {
      const job = newName();
      await jobs.ensure(job, START);
      await jobs.ensure(job, START - 1);
      expect(await find(job)).toEqual({ name: job, dueAt: START, tries: 0, failingSince: null, problem: null, lease: null });
    });

    test('of many who take it at once, one has it, until it is finished', async () => {
      const job = newName();
      await jobs.ensure(job, START);
      const taken = await Promise.all(Array.from({ length: 8 }, () => jobs.take([job], lease(us))));
      expect(taken.filter((t) => t !== null)).toEqual([{ name: job, dueAt: START, tries: 1, failingSince: null, problem: null, lease: { ...us, until: START + 60_000 } }]);
      expect(await jobs.take([job], lease(them, START + 59_999))).toBeNull();
      expect(await jobs.finish(job, us, START + 90_000)).toBe(true);
      expect(await find(job)).toMatchObject({ dueAt: START + 90_000, tries: 0, lease: null });
    });

    test('the one that is due for longest comes first; one that is not due, or not asked for, does not come', async () => {
      const [late, early, later, unasked] = [newName(), newName(), newName(), newName()];
      await jobs.ensure(late, START - 1);
      await jobs.ensure(early, START - 2);
      await jobs.ensure(later, START + 1);
      await jobs.ensure(unasked, START - 3);
      const names = [late, early, later];
      expect([(await jobs.take(names, lease(us)))?.name, (await jobs.take(names, lease(us)))?.name, await jobs.take(names, lease(us))]).toEqual([early, late, null]);
    });

    test('a lease that ran out is nobody\'s; whoever lost it can neither keep, finish nor fail it', async () => {
      const job = newName();
      await jobs.ensure(job, START);
      await jobs.take([job], lease(us));
      expect(await jobs.keep(job, us, START + 100_000)).toBe(true);
      expect(await jobs.take([job], lease(them, START + 60_000))).toBeNull();
      expect(await jobs.take([job], lease(them, START + 100_000))).toMatchObject({ tries: 2, lease: them });
      expect(await jobs.keep(job, us, START + 999_999)).toBe(false);
      expect(await jobs.finish(job, us, START)).toBe(false);
      expect(await jobs.fail(job, us, { at: START, dueAt: START, problem: 'x' })).toBe(false);
      expect(await jobs.finish(job, { ...them, epoch: 2 }, START)).toBe(false);
      expect(await find(job)).toMatchObject({ lease: them, problem: null });
    });

    test('a failure is kept with its first time, counted, and forgotten when the job is done', async () => {
      const job = newName();
      await jobs.ensure(job, START);
      for (const n of [1, 2]) {
        await jobs.take([job], lease(us, START + n));
        expect(await jobs.fail(job, us, { at: START + n, dueAt: START + n + 1, problem: `problem ${n}` })).toBe(true);
      }
      expect(await find(job)).toEqual({ name: job, dueAt: START + 3, tries: 2, failingSince: START + 1, problem: 'problem 2', lease: null });
      await jobs.ensure(job, START + 2); // a start, perhaps with mended settings, waits for no pause
      expect(await jobs.take([job], lease(us, START + 2))).toMatchObject({ tries: 3, failingSince: START + 1 });
      await jobs.finish(job, us, START);
      expect(await find(job)).toMatchObject({ tries: 0, failingSince: null, problem: null });
    });

    test('hurrying makes it due earlier, never later, and shortens no pause of a failing one', async () => {
      const [job, failing] = [newName(), newName()];
      await jobs.ensure(job, START + 10);
      await jobs.hurry(job, START + 20);
      expect((await find(job))?.dueAt).toBe(START + 10);
      await jobs.hurry(job, START + 5);
      expect((await find(job))?.dueAt).toBe(START + 5);
      await jobs.ensure(failing, START);
      await jobs.take([failing], lease(us));
      await jobs.fail(failing, us, { at: START, dueAt: START + 99, problem: 'x' });
      await jobs.hurry(failing, START + 1);
      expect((await find(failing))?.dueAt).toBe(START + 99);
    });

    test('a restart gives back what earlier lives of this node held, and nothing else', async () => {
      const [mine, others, current] = [newName(), newName(), newName()];
      for (const job of [mine, others, current]) await jobs.ensure(job, START);
      await jobs.take([mine], lease({ ...us, epoch: 2 }));
      await jobs.take([others], lease(them));
      await jobs.take([current], lease(us));
      await jobs.release(us);
      expect([(await find(mine))?.lease, (await find(others))?.lease?.node, (await find(current))?.lease?.node]).toEqual([null, them.node, us.node]);
    });

    test('a turn is seized by one at a time, whether it exists or not, and anew when it was given back or ran out', async () => {
      const turn = newName();
      const seized = await Promise.all(Array.from({ length: 8 }, () => jobs.seize(turn, lease(us))));
      expect(seized.filter((s) => s !== null)).toHaveLength(1);
      expect(await jobs.seize(turn, lease(them, START + 59_999))).toBeNull();
      expect(await jobs.seize(turn, lease(them, START + 60_000))).toMatchObject({ lease: them });
      await jobs.finish(turn, them, START);
      expect(await jobs.seize(turn, lease(us))).toMatchObject({ lease: us });
    });
  });
}
