/**
 * The log for another system: one line per entry, with its index, as far as the log reached when it was asked. A place that
 * is empty is left out and shows as a gap in the numbers; the reader is to see it, not to be spared it.
 */
import { utf8 } from '@argus/kit/bytes.ts';
import { canonicalJson } from '@argus/kit/canonical-json.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { ExportQuery } from '@argus/protocol/http/evidence.ts';
import type { InstanceId, TenantId } from '@argus/protocol/ids.ts';
import { ocsfOf } from '@argus/protocol/ocsf.ts';
import { originOf } from '@argus/protocol/origin.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LogStore } from '../ports.ts';
import { PAGE } from './covered.ts';
import { Download } from './download.ts';
import type { Reader, Streams } from './streams.ts';

export type ExportDeps = {
  readonly instance: InstanceId;
  readonly ledger: Pick<Ledger, 'head'>;
  readonly leaves: Pick<LogStore, 'leaves'>;
  readonly streams: Streams;
};

export const makeExport = ({ instance, ledger, leaves, streams }: ExportDeps) => ({
  async lines(reader: Reader, tenant: TenantId, { format, from: asked, to: until }: ExportQuery): Promise<Result<Download, Denial>> {
    const { size } = await ledger.head(tenant);
    if (size === 0) return err(deny('tenant_not_found'));
    const from = asked ?? 0;
    const to = Math.min(until ?? size, size);
    // At the very end there is nothing yet: a collector asks there again and again.
    if (from > to) return err(denyWith('bad_request', { problems: [`from: has to be at most to, and within the ${size} entries of the log`] }));
    const slot = streams.begin(reader);
    if (!slot.ok) return slot;
    const origin = originOf(instance, tenant);
    const write = format === 'ocsf' ? (index: number, leaf: string) => ocsfOf({ index, leaf }, origin) : (index: number, leaf: string) => ({ index, leaf });
    async function* chunks() {
      for (let at = from; at < to; at += PAGE) {
        await (slot.ok && slot.value.goOn());
        const rows = await leaves.leaves(tenant, at, Math.min(to, at + PAGE));
        if (rows.length > 0) yield utf8(rows.map(({ seq, bytes }) => `${canonicalJson(write(seq, bytes))}\n`).join(''));
      }
    }
    const headers = { 'x-argus-log-from': String(from), 'x-argus-log-to': String(to), 'x-argus-log-size': String(size) };
    return ok(new Download({ type: 'application/x-ndjson', name: `${tenant}-${from}-${to}.${format}.ndjson`, chunks: chunks(), slot: slot.value, headers }));
  },
});
