import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import { isoTime } from '@argus/kit/clock.ts';
import type { LogCosignature, LogCosignaturesQuery, LogReceipts } from '@argus/protocol/http/log.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { BundleRotation } from '@argus/protocol/bundle.ts';
import { readReceipt } from '@argus/protocol/receipt.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { LogStore } from '../ports.ts';
import type { Cosignature, CosignatureStore } from './cosignature.ts';
import type { Ledger } from './ledger.ts';

export const ENTRIES_MAX = 1_000;
/** A signed note of all the lines together stays one that readers take: 64 signatures, 64 KiB. */
export const COSIGNATURES_MAX = 60;
const viewOf = ({ agent, size, at, line }: Cosignature): LogCosignature => ({ agent_id: agent, size, at: isoTime(at), line });
/** Each up to 32 KiB. */
export const RECEIPTS_MAX = 64;
/** A tenant begins with the entry that made it: without one there is no such tenant. */
const noSuchLog = deny('tenant_not_found');
export type ProofQuery = { readonly index?: number | undefined; readonly size?: number | undefined; readonly from?: number | undefined };

/** The tenant's log, for anybody who may read it: checkpoint, entries, proofs. */
type ShowLogDeps = { ledger: Pick<Ledger, 'head' | 'inclusion' | 'consistency'>; log: Pick<LogStore, 'leaves' | 'checkpoint'>; cosignatures: Pick<CosignatureStore, 'list'>; readonly evidence: Pick<EvidenceStore, 'receipts'>; readonly rotations: (tenant: TenantId, size: number) => Promise<readonly BundleRotation[]>; readonly keys: (tenant: TenantId) => readonly string[] };
export const makeShowLog = ({ ledger, log, cosignatures, evidence, rotations, keys }: ShowLogDeps) => ({
  async checkpoint(tenant: TenantId, isCosigned: boolean): Promise<Result<{ size: number; checkpoint: string; cosignatures?: readonly LogCosignature[]; rotations?: readonly BundleRotation[]; log_keys: readonly string[] }, Denial>> {
    const { size, note } = await ledger.head(tenant);
    if (size === 0) return err(noSuchLog);
    const changes = await rotations(tenant, size);
    return ok({ size, checkpoint: note, log_keys: keys(tenant), ...(changes.length > 0 && { rotations: changes }), ...(isCosigned && { cosignatures: (await cosignatures.list(tenant, { size, after: null, limit: COSIGNATURES_MAX })).map(viewOf) }) });
  },

  /** Of one size with its checkpoint, so that they can be checked; or the newest of each machine, to see how far each is. */
  async cosignatures(tenant: TenantId, query: LogCosignaturesQuery) {
    const [size, after] = [query.size ?? null, query.after ?? null];
    const head = await ledger.head(tenant);
    if (head.size === 0) return err(noSuchLog);
    const rows = await cosignatures.list(tenant, { size, after, limit: ENTRIES_MAX });
    const checkpoint = size === null ? null : await log.checkpoint(tenant, size);
    return ok({ checkpoint, cosignatures: rows.map(viewOf), next: rows.length === ENTRIES_MAX ? (rows.at(-1)?.agent ?? null) : null });
  },

  async receipts(tenant: TenantId, from: number): Promise<Result<LogReceipts, Denial>> {
    const { size } = await ledger.head(tenant);
    if (size === 0) return err(noSuchLog);
    const page = await evidence.receipts(tenant, { from, below: size, limit: RECEIPTS_MAX });
    const last = page.at(-1);
    const receipts: LogReceipts['receipts'] = [];
    for (const { index, text } of page) {
      const read = readReceipt(text);
      if (!read.ok) return err(deny('log_damaged', read.error));
      const { receipt, key, signed, signature } = read.value;
      receipts.push({ index, serial: receipt.serial, key, receipt: signed, signature });
    }
    return ok({ receipts, next: last && page.length === RECEIPTS_MAX ? last.index + 1 : null });
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
    const head = await ledger.head(tenant, query.size);
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
