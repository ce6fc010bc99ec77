/**
 * Walks the record of one stretch of time: every tree from where it was to where it came, and every hour of rows.
 * Reads pages of a few hundred rows and holds nothing longer than a page; believes nothing but the signature of the log key.
 */
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import { planRoot, type Subtree } from '@argus/ledger/plan.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Checkpoints } from '../ledger/checkpoints.ts';
import { BATCH_MAX } from '../ledger/lane.ts';
import type { LogStore } from '../ports.ts';
import { collectFindings, type Finding } from './findings.ts';
import { edgeAt, nodesCompletedBy, reconcilePage, type Edge } from './reconcile.ts';
import type { CheckpointRow, RecordReader, Stretch } from './record.ts';
import { hoursOf } from './windows.ts';

export type AuditorDeps = {
  readonly clock: Clock;
  readonly instance: InstanceId;
  readonly record: RecordReader;
  readonly leaves: Pick<LogStore, 'nodes'>;
  readonly checkpoints: Pick<Checkpoints, 'open'>;
  /** What is kept outside the database, compared. Absent: nothing is. */
  readonly keptFindings?: (() => Promise<readonly Finding[]>) | undefined;
};

/** How far an audit went in one tree, and the checkpoint it ended at. */
export type Reached = { readonly tree: TreeName; readonly size: number; readonly note: string };
export type Audited = {
  readonly auditRows: number;
  readonly events: number;
  readonly leaves: number;
  readonly trees: number;
  readonly mismatches: number;
  readonly findings: readonly Finding[];
  readonly reached: readonly Reached[];
};

/** As many as one commit writes at most, so that a page ends at a checkpoint unless one is missing. */
const PAGE = BATCH_MAX;
/** Compared in one go: a few milliseconds during which nobody else is served. */
const SLICE = 64;
const STRAYS_MAX = 200;

export type Auditor = ReturnType<typeof createAuditor>;
export function createAuditor({ clock, instance, record, leaves, checkpoints, keptFindings }: AuditorDeps) {
  async function nodesAt(tree: TreeName, places: readonly Subtree[]): Promise<(at: Subtree) => Uint8Array | null> {
    const hashes = places.length === 0 ? [] : await leaves.nodes(tree, places);
    const known = new Map(places.map((at, i) => [`${at.level}.${at.index}`, hashes[i]]));
    return ({ level, index }) => {
      const hash = known.get(`${level}.${index}`);
      return hash && hash.length > 0 ? hash : null;
    };
  }

  const edgeOf = async (tree: TreeName, at: CheckpointRow) =>
    edgeAt({ instance, tree }, at, { read: await nodesAt(tree, planRoot(at.size)), signed: checkpoints });

  type Way = { readonly tree: TreeName; readonly from: number; readonly to: number; readonly before: Reached | null };
  /** Answers with the checkpoint it ended at. */
  async function walk({ tree, from, to, before }: Way, found: (...findings: readonly Finding[]) => void): Promise<CheckpointRow | null> {
    let edge: Edge = { size: 0, hashes: [] };
    let last: CheckpointRow | null = null;
    if (from > 0) {
      const [start] = await record.checkpoints(tree, { from: from - 1, to: from });
      if (!start) found({ what: 'checkpoint_missing', tree, index: from });
      else if (before && start.note !== before.note) found({ what: 'checkpoint_changed', tree, index: from });
      const known = start ? await edgeOf(tree, start) : { edge: null, found: [] };
      found(...known.found);
      edge = known.edge;
      last = start ?? null;
    }
    for (let at = from; at < to; ) {
      const signed = await record.checkpoints(tree, { from: at, to: Math.min(to, at + PAGE) });
      const end = signed.at(-1)?.size ?? Math.min(to, at + PAGE);
      if (signed.length === 0) found({ what: 'checkpoint_missing', tree, index: end });
      for (let low = at; low < end; low += SLICE) {
        const range = { from: low, to: Math.min(end, low + SLICE) };
        const [rows, read] = [await record.leaves(tree, range), await nodesAt(tree, nodesCompletedBy(range))];
        const inside = signed.filter(({ size }) => size > range.from && size <= range.to);
        const page = reconcilePage({ instance, tree }, { ...range, rows, checkpoints: inside, read }, { edge, signed: checkpoints, now: clock.now() });
        found(...page.found);
        edge = page.edge;
      }
      last = signed.at(-1) ?? last;
      // What was wrong has been said; from a checkpoint whose hashes add up the rest can be checked again.
      if (!edge && signed.length > 0 && last) edge = (await edgeOf(tree, last)).edge;
      at = end;
    }
    return last;
  }

  /** Between two sizes when the tree was audited before or has grown; strays beyond its last checkpoint in any case. */
  async function auditTree(tree: TreeName, during: Stretch, { before, isNightly, found }: { before: Reached | null; isNightly: boolean; found: (...findings: readonly Finding[]) => void }) {
    const { leaves: count, head } = await record.tip(tree);
    const size = head?.size ?? 0;
    for (let index = size; index < Math.min(count, size + STRAYS_MAX); index++) found({ what: 'leaf_unsigned', tree, index });
    if (before && size < before.size) found({ what: 'tree_shorter', tree, index: size });
    const from = Math.min(size, isNightly ? (before?.size ?? 0) : await record.sizeBefore(tree, during.from));
    const to = Math.max(from, await record.sizeBefore(tree, during.to));
    if (to === from && !(isNightly && before)) return { walked: 0, end: null };
    const end = await walk({ tree, from, to, before: isNightly && before?.size === from ? before : null }, found);
    return { walked: to - from, end };
  }

  return {
    /** `audited`: how far the nights before came, for a nightly audit; null for one on demand. `tell` hears of each finding, also of those that are only counted. */
    async audit(during: Stretch, audited: ReadonlyMap<TreeName, Reached> | null, tell?: (finding: Finding) => void): Promise<Audited> {
      const findings = collectFindings(tell);
      const reached: Reached[] = [];
      let [leafCount, trees, auditRows, events] = [0, 0, 0, 0];
      findings.add(...((await keptFindings?.()) ?? []));
      for (const tree of new Set([...(await record.trees()), ...(audited?.keys() ?? [])])) {
        const before = audited?.get(tree) ?? null;
        const { walked, end } = await auditTree(tree, during, { before, isNightly: audited !== null, found: findings.add });
        leafCount += walked;
        if (walked > 0) trees++;
        if (end && end.size > (before?.size ?? 0)) reached.push({ tree, size: end.size, note: end.note });
      }
      for (const hour of hoursOf(during)) {
        const counts = await record.counts(hour);
        auditRows += counts.auditRows;
        events += counts.events;
        if (counts.auditRows !== counts.events) findings.add({ what: 'counts_differ', fields: [isoTime(hour.from)] });
        for (const id of await record.auditWithoutEvent(hour, STRAYS_MAX)) findings.add({ what: 'audit_row_without_event', id });
        for (const { id, tree, leaf_index } of await record.eventsWithoutLeaf(hour, STRAYS_MAX))
          findings.add({ what: 'event_without_leaf', id, tree: tree as TreeName, index: leaf_index }); // as it is stored, whatever it says
      }
      return { auditRows, events, leaves: leafCount, trees, mismatches: findings.count(), findings: findings.kept(), reached };
    },
  };
}
