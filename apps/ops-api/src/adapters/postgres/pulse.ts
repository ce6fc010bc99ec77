import type { NodeId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';

/** Shorter than anything else we ask of PostgreSQL: who looks whether it is well must not queue up behind it. */
const PULSE_MS = 1_500;

/**
 * Does the database take a write? The row of this node is written as it was and committed, so a server that only
 * reads, a full disk and a lost grant are found, and nothing is left behind.
 */
export const databasePulse = (pool: Pool, node: NodeId) => async (): Promise<boolean> => {
  const asked = { text: 'UPDATE argus.nodes SET epoch = epoch WHERE id = $1', values: [node], query_timeout: PULSE_MS };
  return pool.query(asked).then(
    ({ rowCount }) => rowCount === 1,
    () => false,
  );
};
