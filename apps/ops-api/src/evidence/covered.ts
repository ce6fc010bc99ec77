import type { BundleKind } from '@argus/protocol/bundle.ts';
import type { SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Session } from '../sessions/session.ts';
import { between, leafLinesBytes, proofLinesBytes } from './lines.ts';
import type { EvidenceStore } from './store.ts';
import { Damaged } from './proofs.ts';

/** Which entries a bundle covers: a stretch without a gap, or a list. */
export type Covered = {
  readonly kind: BundleKind;
  readonly session?: SessionId;
  readonly from: number;
  readonly to: number;
  readonly size: number;
  /** Null: every one from `from` to `to`. */
  readonly listed: readonly number[] | null;
};

/** Entries of one page; small enough that a few of them in memory are nothing. */
export const PAGE = 128;
/** Weighed at once, without reading: a few milliseconds of the database. */
const WEIGHED = 4_096;

export function* pagesOf({ from, to, listed }: Covered, page: number): Generator<readonly number[]> {
  if (listed) for (let at = 0; at < listed.length; at += page) yield listed.slice(at, at + page);
  else for (let at = from; at < to; at += page) yield [...between(at, Math.min(to, at + page))];
}

/** A session and what it stands on: the enrollment of the machine, the consent and the arming before it. */
export async function ofSession(store: EvidenceStore, { id, agent, tenant }: Session, size: number): Promise<Covered | null> {
  const listed = new Set<number>();
  for (let from = 0; ; ) {
    const page = await store.entriesOf(tenant, id, { from, below: size, limit: WEIGHED });
    for (const index of page) listed.add(index);
    const last = page.at(-1);
    if (last === undefined || page.length < WEIGHED) break;
    from = last + 1;
  }
  const [first] = listed;
  if (first === undefined) return null;
  const enrolled = await store.enrollmentOf(tenant, agent);
  for (const index of [...(await store.groundsAt(tenant, first)), ...(enrolled && enrolled.index < first ? [enrolled.index] : [])]) listed.add(index);
  const sorted = Float64Array.from(listed).toSorted();
  return { kind: 'session', session: id, from: sorted[0] ?? 0, to: (sorted.at(-1) ?? 0) + 1, size, listed: [...sorted] };
}

/** What leaves.ndjson and proofs.ndjson will come to. */
export async function weigh(store: EvidenceStore, tenant: TenantId, covered: Covered, goOn: () => Promise<void>): Promise<{ readonly leaves: number; readonly proofs: number }> {
  const total = { leaves: 0, proofs: 0 };
  for (const page of pagesOf(covered, WEIGHED)) {
    await goOn();
    const weight = covered.listed ? await weighListed(store, tenant, page) : await store.weigh(tenant, { from: page[0] ?? 0, to: (page.at(-1) ?? -1) + 1 });
    if (weight.count !== page.length) throw new Damaged(`the log of ${tenant} lacks entries between ${page[0]} and ${page.at(-1)}`);
    total.leaves += leafLinesBytes(page, weight.bytes);
    if (covered.kind !== 'log') total.proofs += proofLinesBytes(page, covered.size);
  }
  return total;
}

async function weighListed(store: EvidenceStore, tenant: TenantId, indexes: readonly number[]): Promise<{ readonly count: number; readonly bytes: number }> {
  let [count, bytes] = [0, 0];
  for (let at = 0; at < indexes.length; at += PAGE) {
    const rows = await store.leavesAt(tenant, indexes.slice(at, at + PAGE));
    count += rows.length;
    for (const row of rows) bytes += Buffer.byteLength(JSON.stringify(row.bytes));
  }
  return { count, bytes };
}
