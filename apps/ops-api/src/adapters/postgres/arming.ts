import type { TenantId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import type { ArmingStore, Overdue } from '../../ports.ts';
import { TURNS_MAX, TURNS_WITHIN_MS, waitForTurn } from '../../tenants/turns.ts';

/** The rule is that of tenants/turns.ts; one contract suite holds the two together. */
const COUNTING = `FROM unnest(t.taken) AS x(at) WHERE x.at > $2::timestamptz - $3::interval AND x.at <= $2::timestamptz + $3::interval`;

/** One statement, on one locked row: of two nodes that ask at the same moment, the second sees what the first took. */
const TAKE = `
INSERT INTO argus.arm_turns AS t (operator, taken) VALUES ($1, ARRAY[$2::timestamptz])
ON CONFLICT (operator) DO UPDATE SET taken = ARRAY(SELECT x.at ${COUNTING} ORDER BY x.at) || $2::timestamptz
 WHERE (SELECT count(*) ${COUNTING}) < $4`;

export function postgresArming(pool: Pool): ArmingStore {
  return {
    async takeTurn(operator, now) {
      const name = operator.toLowerCase();
      const taken = await pool.query(TAKE, [name, new Date(now), `${TURNS_WITHIN_MS} milliseconds`, TURNS_MAX]);
      if (taken.rowCount === 1) return null;
      const { rows } = await pool.query<{ at: number }>('SELECT unnest(taken) AS at FROM argus.arm_turns WHERE operator = $1', [name]);
      return waitForTurn(rows.map((row) => row.at), now) ?? 1; // another node's clock may have counted differently
    },
    async overdue(now) {
      const { rows } = await pool.query<{ id: TenantId; armed_until: number }>(
        'SELECT id, armed_until FROM argus.tenants WHERE armed AND armed_until <= $1 ORDER BY armed_until',
        [new Date(now)],
      );
      return rows.map((row): Overdue => ({ tenant: row.id, until: row.armed_until }));
    },
  };
}
