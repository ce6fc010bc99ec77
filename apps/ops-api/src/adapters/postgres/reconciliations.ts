import type { TreeName } from '@argus/protocol/origin.ts';
import type { Pool } from 'pg';
import type { Finding } from '../../audit/findings.ts';
import type { Reconciliation, ReconciliationStore } from '../../audit/reconciliation.ts';

/** Results are written by a deed (deeds.ts), with their entries; here they are read. */
export function postgresReconciliations(pool: Pool): ReconciliationStore {
  return {
    async list(limit) {
      const { rows } = await pool.query<ResultRow>('SELECT * FROM argus.audit_reconciliations ORDER BY finished_at DESC, id DESC LIMIT $1', [limit]);
      return rows.map(resultOf);
    },
    async lastNightly() {
      const { rows } = await pool.query<{ at: number }>(
        `SELECT window_to AS at FROM argus.audit_reconciliations WHERE kind = 'nightly' ORDER BY window_from DESC LIMIT 1`,
      );
      return rows[0]?.at ?? null;
    },
    async audited() {
      const { rows } = await pool.query<{ tree: TreeName; size: number; note: string }>(
        'SELECT DISTINCT ON (tree) tree, size, note FROM argus.audited_trees ORDER BY tree, size DESC',
      );
      return new Map(rows.map((r) => [r.tree, r]));
    },
  };
}

type ResultRow = {
  id: string; kind: Reconciliation['kind']; window_from: number; window_to: number; finished_at: number; by: string;
  audit_rows: number; events: number; leaves: number; trees: number; mismatches: number; findings: readonly Finding[];
};
const resultOf = (r: ResultRow): Reconciliation => ({
  id: r.id, kind: r.kind, from: r.window_from, to: r.window_to, finishedAt: r.finished_at, by: r.by,
  auditRows: r.audit_rows, events: r.events, leaves: r.leaves, trees: r.trees, mismatches: r.mismatches, findings: r.findings,
});
