import type { TreeName } from '@argus/protocol/origin.ts';
import type { CheckpointRow, EventRow, RecordReader, StoredAudit, Stretch } from '../../audit/record.ts';
import type { LogRow } from '../../ports.ts';

/** The tables of the record, each on its own: a test may change one of them behind the others' back. */
export type RecordTables = {
  readonly audit: StoredAudit[];
  readonly events: EventRow[];
  readonly leaves: { readonly tree: TreeName; readonly seq: number; readonly bytes: string; readonly leafHash: Uint8Array }[];
  readonly checkpoints: (CheckpointRow & { readonly tree: TreeName })[];
};

type Tree = { readonly rows: readonly LogRow[]; readonly checkpoints: ReadonlyMap<number, string> };

/** As PostgreSQL writes them: three rows out of one value. */
export function tablesOf(trees: ReadonlyMap<TreeName, Tree>, writtenAt: (tree: TreeName, size: number) => number): RecordTables {
  const all = [...trees].flatMap(([tree, { rows }]) => rows.map((row) => ({ tree, row })));
  return {
    audit: all.map(({ row }) => row.audit),
    events: all.map(({ tree, row: { audit, seq, bytes } }) => ({
      id: audit.id, at: audit.at, source: 'remote_support', type: audit.action, tenant_id: audit.tenant_id, tree, leaf_index: seq, body: bytes,
    })),
    leaves: all.map(({ tree, row: { seq, bytes, leafHash } }) => ({ tree, seq, bytes, leafHash })),
    checkpoints: [...trees].flatMap(([tree, t]) => [...t.checkpoints].map(([size, note]) => ({ tree, size, note, at: writtenAt(tree, size) }))),
  };
}

export function memoryRecord(tables: () => RecordTables): RecordReader {
  const isIn = ({ from, to }: Stretch) => ({ at }: { readonly at: string }) => Date.parse(at) >= from && Date.parse(at) < to;
  const checkpointsOf = (tree: TreeName) => tables().checkpoints.filter((c) => c.tree === tree).toSorted((a, b) => a.size - b.size);
  const leavesOf = (tree: TreeName) => tables().leaves.filter((l) => l.tree === tree).toSorted((a, b) => a.seq - b.seq);
  const bare = ({ size, at, note }: CheckpointRow): CheckpointRow => ({ size, at, note });
  return {
    trees: async () => [...new Set([...tables().checkpoints, ...tables().leaves].map((row) => row.tree))].toSorted(),
    async begunAt() {
      const times = tables().checkpoints.map((c) => c.at);
      return times.length === 0 ? null : Math.min(...times);
    },
    async tip(tree) {
      const head = checkpointsOf(tree).at(-1);
      return { leaves: (leavesOf(tree).at(-1)?.seq ?? -1) + 1, head: head ? bare(head) : null };
    },
    sizeBefore: async (tree, at) => checkpointsOf(tree).findLast((c) => c.at < at)?.size ?? 0,
    checkpoints: async (tree, { from, to }) => checkpointsOf(tree).filter((c) => c.size > from && c.size <= to).map(bare),
    async leaves(tree, { from, to }) {
      const { events, audit } = tables();
      return leavesOf(tree)
        .filter((l) => l.seq >= from && l.seq < to)
        .map(({ seq, bytes, leafHash }) => {
          const event = events.find((e) => e.tree === tree && e.leaf_index === seq) ?? null;
          return { seq, bytes, leafHash, event, audit: (event && audit.find((a) => a.id === event.id)) ?? null };
        });
    },
    counts: async (during) => ({ auditRows: tables().audit.filter(isIn(during)).length, events: tables().events.filter(isIn(during)).length }),
    async auditWithoutEvent(during, limit) {
      const known = new Set(tables().events.map((e) => e.id));
      const strays = tables().audit.filter((a) => isIn(during)(a) && !known.has(a.id));
      return strays.map((a) => a.id).toSorted().slice(0, limit);
    },
    async eventsWithoutLeaf(during, limit) {
      const known = new Set(tables().leaves.map((l) => `${l.tree} ${l.seq}`));
      const strays = tables().events.filter((e) => isIn(during)(e) && !known.has(`${e.tree} ${e.leaf_index}`));
      return strays.map(({ id, tree, leaf_index }) => ({ id, tree, leaf_index })).toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
    },
  };
}
