/**
 * What stands beside the log in a bundle and was signed by others: cosignatures of machines, consents of the tenant. A consent
 * is where its entry is. Cosignatures come in while the bundle is read, so they are collected once; the newest come first.
 */
import { bundleLine } from '@argus/protocol/bundle.ts';
import type { AgentId, TenantId } from '@argus/protocol/ids.ts';
import { readReceipt } from '@argus/protocol/receipt.ts';
import type { CosignatureStore } from '../ledger/cosignature.ts';
import { PAGE, type Covered } from './covered.ts';
import { Damaged } from './proofs.ts';
import type { EvidenceStore } from './store.ts';

/** Ours: held in memory while a bundle is read, so far below what the format allows; some sixteen thousand lines. */
export const COSIGNATURES_BYTES_MAX = 4 * 1_048_576;
/** Of sizes that were cosigned: each gets its checkpoint into the bundle, so that also a part of a log can be checked. */
const SIZES_MAX = 64;
const MACHINES_AT_ONCE = 1_000;
const PAGES_MAX = 10;

type Cosigned = { readonly cosignatures: Pick<CosignatureStore, 'list'>; readonly tenant: TenantId; readonly size: number };

/** Where machines stood last, from the largest size down. */
export async function cosignedSizes({ cosignatures, tenant, size }: Cosigned): Promise<readonly number[]> {
  const sizes = new Set<number>();
  let after: AgentId | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const rows = await cosignatures.list(tenant, { size: null, after, limit: MACHINES_AT_ONCE });
    for (const row of rows) if (row.size <= size) sizes.add(row.size);
    after = rows.at(-1)?.agent ?? null;
    if (rows.length < MACHINES_AT_ONCE) break;
  }
  return [...sizes].toSorted((a, b) => b - a).slice(0, SIZES_MAX);
}

export async function cosignatureLines({ cosignatures, tenant }: Cosigned, sizes: readonly number[]): Promise<readonly string[]> {
  const lines: string[] = [];
  let bytes = 0;
  for (const size of sizes) {
    for (let after: AgentId | null = null; ; ) {
      const rows = await cosignatures.list(tenant, { size, after, limit: MACHINES_AT_ONCE });
      for (const { agent, line: cosignature } of rows) {
        const line = bundleLine({ agent, size, cosignature: cosignature.trimEnd() });
        bytes += line.length; // nothing in it is longer in bytes
        if (bytes > COSIGNATURES_BYTES_MAX) return lines;
        lines.push(line);
      }
      if (rows.length < MACHINES_AT_ONCE) break;
      after = rows.at(-1)?.agent ?? null;
    }
  }
  return lines;
}

/** Of the entries that are covered, and the one that stood when they begin. Each once, however often it was recorded. */
export async function* receiptLines(store: Pick<EvidenceStore, 'receipts' | 'groundsAt'>, tenant: TenantId, { from: first, to, size, listed }: Covered): AsyncGenerator<string> {
  const before = listed || first === 0 ? [] : await store.groundsAt(tenant, first);
  const isCovered = (index: number) => (listed ? listed.includes(index) : (index >= first && index < to) || before.includes(index));
  const given = new Set<string>();
  for (let from = 0; ; ) {
    const page = await store.receipts(tenant, { from, below: size, limit: PAGE });
    for (const { index, text } of page) {
      if (!isCovered(index) || given.has(text)) continue;
      given.add(text);
      yield receiptLine(text);
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    from = last.index + 1;
  }
}

function receiptLine(text: string): string {
  const read = readReceipt(text);
  if (!read.ok) throw new Damaged('a consent signed by the tenant cannot be read any more');
  const { receipt, key, signed, signature } = read.value;
  return bundleLine({ serial: receipt.serial, key, receipt: signed, signature });
}
