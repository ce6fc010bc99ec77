import { parseJson } from '@argus/protocol/handshake.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Named } from '../../audit/api-call.ts';
import { SEARCHED, type ApiCallStore, type EventRow, type LogRow, type RecordedCall, type RecordPage, type RecordQuery, type RecordStore } from '../../ports.ts';

export type MemoryRecordsDeps = {
  readonly logRows: () => readonly { readonly tree: TreeName; readonly row: LogRow }[];
  readonly ownerOf: (named: Named) => TenantId | null;
  readonly scannedMax?: number;
};

/** The records of one process, for tests. Both audit stores are what the log rows say. */
export function memoryRecords({ logRows, ownerOf, scannedMax = 20_000 }: MemoryRecordsDeps): { readonly calls: ApiCallStore; readonly records: RecordStore } {
  const calls = new Map<string, RecordedCall>();
  const attempts = () => logRows().map(({ row: { audit, seq } }) => ({ ...audit, at: Date.parse(audit.at), leaf_index: seq }));
  const events = (): EventRow[] =>
    logRows().map(({ tree, row: { audit, seq, bytes } }) => ({
      id: audit.id,
      at: Date.parse(audit.at),
      source: 'remote_support',
      type: audit.action,
      tenant_id: audit.tenant_id as TenantId | null, // it came from an attempt
      tree,
      leaf_index: seq,
      body: parseJson(bytes),
    }));
  return {
    calls: {
      async add(batch) {
        for (const { named, ...call } of batch) if (!calls.has(call.id)) calls.set(call.id, { ...call, tenant: ownerOf(named) });
        return 'written';
      },
      keep: async () => undefined, // the memory of a test is short enough
    },
    records: {
      apiCalls: async (q) => page([...calls.values()].map((call) => ({ row: call, ...call, pat_id: call.tokenId, tenant_id: call.tenant })), q, scannedMax),
      supportAudit: async (q) => page(attempts().map((row) => ({ ...row, row })), q, scannedMax),
      events: async (q) => page(events().map((row) => ({ ...row, row })), q, scannedMax),
    },
  };
}

type Candidate<R> = { readonly id: string; readonly at: number; readonly tenant_id: string | null; readonly row: R };

function page<R>(all: readonly Candidate<R>[], q: RecordQuery<string>, scannedMax: number): RecordPage<R> {
  const before = ({ at, id }: Candidate<R>) => q.before === undefined || at * 1_000 < q.before.atUs || (at * 1_000 === q.before.atUs && id < q.before.id);
  const stretch = all
    .filter((c) => before(c) && (q.from === undefined || c.at >= q.from) && (q.to === undefined || c.at < q.to))
    .toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  const near = stretch.slice(0, scannedMax);
  const isWanted = (c: Candidate<R>) =>
    (q.tenants === null || q.tenants.some((t) => t === c.tenant_id)) &&
    (q.text === undefined || SEARCHED.some((name) => (c as unknown as Record<string, string | null>)[name]?.toLowerCase().includes(q.text?.toLowerCase() ?? ''))) &&
    Object.entries(q.match).every(([name, value]) => value === undefined || (c as unknown as Record<string, unknown>)[name] === value);
  const found = near.filter(isWanted).slice(0, q.limit);
  const last = found.length === q.limit ? found.at(-1) : stretch[scannedMax - 1];
  return { rows: found.map((c) => c.row), next: last ? { atUs: last.at * 1_000, id: last.id } : null };
}
