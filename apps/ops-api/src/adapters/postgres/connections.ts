/**
 * Connections for commits. One that breaks, or does not answer in time, may still have its commit carried out: by a server
 * that was frozen and thaws, or behind a network that came back. Until it is gone, nobody can say what is in the log.
 */
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { takeClient } from '../../db/pools.ts';

/** The server itself has said no, and is there to be asked something else. */
export const isAnswer = (problem: unknown): boolean => problem instanceof DatabaseError && problem.severity === 'ERROR';

export function connections(pool: Pool) {
  const unanswered = new Set<number>(); // server processes, by the number they gave us

  async function use<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let broken: Error | undefined;
    const noteBroken = (problem: Error) => void (broken = problem);
    const client = await takeClient(pool, noteBroken);
    try {
      return await work(client);
    } catch (problem) {
      if (!isAnswer(problem)) {
        broken ??= problem instanceof Error ? problem : new Error(String(problem));
        unanswered.add(numberOf(client));
      }
      throw problem;
    } finally {
      client.off('error', noteBroken);
      client.release(broken); // one that did not answer is not given to anybody else
    }
  }

  /** Asks them to end, which a role may ask of its own sessions, and looks whether they have. */
  async function settle(): Promise<boolean> {
    const asked = [...unanswered];
    if (asked.length === 0) return true;
    const { rows } = await pool.query<{ pid: number }>(
      `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid = ANY ($1) AND usename = current_user AND pid <> pg_backend_pid()`,
      [asked],
    );
    for (const pid of asked) if (!rows.some((row) => row.pid === pid)) unanswered.delete(pid);
    return unanswered.size === 0;
  }

  return { use, settle };
}

/** The driver knows it; its types do not say so. */
const numberOf = (client: PoolClient): number => (client as PoolClient & { readonly processID: number }).processID;
