import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { LogStore } from '../ports.ts';
import type { Ledger } from './ledger.ts';

export const ENTRIES_MAX = 1_000;
/** A tenant begins with the entry that made it: without one there is no such tenant. */
const noSuchLog = deny('tenant_not_found');
export type ProofQuery = { readonly index?: number | undefined; readonly size?: number | undefined; readonly from?: number | undefined };

/** The tenant's log, for anybody who may read it: checkpoint, entries, proofs. */
export const makeShowLog = ({ ledger, log }: { ledger: Pick<Ledger, 'head' | 'inclusion' | 'consistency'>; log: Pick<LogStore, 'leaves' | 'checkpoint'> }) => ({
  async checkpoint(tenant: TenantId): Promise<Result<{ size: number; checkpoint: string }, Denial>> {
    const { size, note } = await ledger.head(tenant);
    return size === 0 ? err(noSuchLog) : ok({ size, checkpoint: note });
  },

  async entries(tenant: TenantId, { from, to }: { from: number; to: number | undefined }) {
    const { size } = await ledger.head(tenant);
    if (size === 0) return err(noSuchLog);
    const end = Math.min(to ?? size, size, from + ENTRIES_MAX);
    const rows = await log.leaves(tenant, from, end);
    return ok({ size, from, entries: rows.map((r) => ({ index: r.seq, leaf: r.bytes })) });
  },

  /** Inclusion of `index` in `size`, or consistency of `from` with `size`. */
  async proof(tenant: TenantId, query: ProofQuery): Promise<Result<{ size: number; checkpoint: string | null; proof: readonly string[] }, Denial>> {
    const head = await ledger.head(tenant);
    if (head.size === 0) return err(noSuchLog);
    const size = query.size ?? head.size;
    const { index, from } = query;
    const isInclusion = index !== undefined && from === undefined && index < size;
    const isConsistency = from !== undefined && index === undefined && from <= size;
    if (size > head.size || !(isInclusion || isConsistency))
      return err(denyWith('bad_request', { problems: ['ask for index below size, or for from up to size, within the log'] }));
    const proof = isInclusion ? await ledger.inclusion(tenant, index, size) : await ledger.consistency(tenant, from ?? 0, size);
    const checkpoint = size === head.size ? head.note : await log.checkpoint(tenant, size);
    return ok({ size, checkpoint, proof });
  },
});
