import type { NodeId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import type { Job, JobStore } from '../../jobs/job.ts';

/** One statement each: who takes a job and who loses it is decided by the row lock alone. */
export function postgresJobs(pool: Pool): JobStore {
  const time = (epochMs: number) => new Date(epochMs);
  const isOurs = 'name = $1 AND lease_node = $2 AND lease_epoch = $3';
  return {
    async ensure(name, dueAt) {
      await pool.query(
        `INSERT INTO argus.jobs AS j (name, due_at) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET due_at = least(j.due_at, $2) WHERE j.failing_since IS NOT NULL`,
        [name, time(dueAt)],
      );
    },
    async take(names, { node, epoch, now, until }) {
      const { rows } = await pool.query<JobRow>(
        `UPDATE argus.jobs SET tries = tries + 1, lease_node = $3, lease_epoch = $4, lease_until = $5
          WHERE name = (SELECT name FROM argus.jobs
                         WHERE name = ANY ($1) AND due_at <= $2 AND (lease_until IS NULL OR lease_until <= $2)
                         ORDER BY due_at, name LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING *`,
        [names, time(now), node, epoch, time(until)],
      );
      return rows[0] ? jobOf(rows[0]) : null;
    },
    async seize(name, { node, epoch, now, until }) {
      const { rows } = await pool.query<JobRow>(
        `INSERT INTO argus.jobs AS j (name, due_at, tries, lease_node, lease_epoch, lease_until) VALUES ($1, $2, 1, $3, $4, $5)
         ON CONFLICT (name) DO UPDATE SET tries = j.tries + 1, lease_node = $3, lease_epoch = $4, lease_until = $5
          WHERE j.lease_until IS NULL OR j.lease_until <= $2
         RETURNING j.*`,
        [name, time(now), node, epoch, time(until)],
      );
      return rows[0] ? jobOf(rows[0]) : null;
    },
    async keep(name, { node, epoch }, until) {
      const { rowCount } = await pool.query(`UPDATE argus.jobs SET lease_until = $4 WHERE ${isOurs}`, [name, node, epoch, time(until)]);
      return rowCount === 1;
    },
    async finish(name, { node, epoch }, dueAt) {
      const { rowCount } = await pool.query(
        `UPDATE argus.jobs SET due_at = $4, tries = 0, failing_since = NULL, problem = NULL, lease_node = NULL, lease_epoch = NULL, lease_until = NULL
          WHERE ${isOurs}`,
        [name, node, epoch, time(dueAt)],
      );
      return rowCount === 1;
    },
    async fail(name, { node, epoch }, { at, dueAt, problem }) {
      const { rowCount } = await pool.query(
        `UPDATE argus.jobs SET due_at = $4, failing_since = coalesce(failing_since, $5), problem = $6, lease_node = NULL, lease_epoch = NULL, lease_until = NULL
          WHERE ${isOurs}`,
        [name, node, epoch, time(dueAt), time(at), problem],
      );
      return rowCount === 1;
    },
    async hurry(name, dueAt) {
      await pool.query('UPDATE argus.jobs SET due_at = $2 WHERE name = $1 AND due_at > $2 AND tries = 0', [name, time(dueAt)]);
    },
    async release({ node, epoch }) {
      await pool.query('UPDATE argus.jobs SET lease_node = NULL, lease_epoch = NULL, lease_until = NULL WHERE lease_node = $1 AND lease_epoch < $2', [node, epoch]);
    },
    async list() {
      return (await pool.query<JobRow>('SELECT * FROM argus.jobs ORDER BY name COLLATE "C"')).rows.map(jobOf);
    },
  };
}

type JobRow = {
  name: string; due_at: number; tries: number; failing_since: number | null; problem: string | null;
  lease_node: NodeId | null; lease_epoch: number | null; lease_until: number | null;
};
const jobOf = (r: JobRow): Job => ({
  name: r.name,
  dueAt: r.due_at,
  tries: r.tries,
  failingSince: r.failing_since,
  problem: r.problem,
  lease: r.lease_node !== null && r.lease_epoch !== null && r.lease_until !== null ? { node: r.lease_node, epoch: r.lease_epoch, until: r.lease_until } : null,
});
