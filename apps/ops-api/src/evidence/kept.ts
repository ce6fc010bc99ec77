/** Results that are kept, in the bundle of the entries they belong to: weighed without being read, then read one at a time. */
import { toBase64, utf8 } from '@argus/kit/bytes.ts';
import { bundleLine, KEPT_PART_BYTES } from '@argus/protocol/bundle.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import { PAGE, type Covered } from './covered.ts';
import { Damaged } from './proofs.ts';
import type { EvidenceStore, KeptRow } from './store.ts';

type Store = Pick<EvidenceStore, 'kept' | 'sealedAt'>;

async function* rowsIn(store: Store, tenant: TenantId, { from: first, to, listed }: Covered): AsyncGenerator<KeptRow> {
  for (let from = first; ; ) {
    const page = await store.kept(tenant, { from, below: to, limit: PAGE });
    for (const row of page) if (!listed || listed.includes(row.index)) yield row;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    from = last.index + 1;
  }
}

const partsOf = (bytes: number): number => Math.ceil(bytes / KEPT_PART_BYTES);
function lineOf({ index, bytes, key, signature }: KeptRow, part: number, sealed: string): string {
  return bundleLine({ index, part, sealed, ...(part === partsOf(bytes) - 1 && { end: { key, signature } }) });
}

export async function keptBytes(store: Store, tenant: TenantId, covered: Covered): Promise<number> {
  let bytes = 0;
  for await (const row of rowsIn(store, tenant, covered))
    for (let part = 0; part < partsOf(row.bytes); part++) bytes += lineOf(row, part, '').length + Math.ceil(Math.min(KEPT_PART_BYTES, row.bytes - part * KEPT_PART_BYTES) / 3) * 4;
  return bytes;
}

export async function* keptChunks(store: Store, tenant: TenantId, covered: Covered): AsyncGenerator<Uint8Array> {
  for await (const row of rowsIn(store, tenant, covered)) {
    const sealed = await store.sealedAt(tenant, row.index);
    if (sealed?.length !== row.bytes) throw new Damaged(`what was kept at entry ${row.index} of ${tenant} is gone`); // its time came meanwhile
    for (let part = 0; part < partsOf(row.bytes); part++) yield utf8(lineOf(row, part, toBase64(sealed.subarray(part * KEPT_PART_BYTES, (part + 1) * KEPT_PART_BYTES))));
  }
}
