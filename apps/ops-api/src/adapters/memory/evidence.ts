import { utf8 } from '@argus/kit/bytes.ts';
import type { AgentId, TenantId } from '@argus/protocol/ids.ts';
import { parseLeaf, type Leaf } from '@argus/protocol/leaf.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Agent } from '../../agents/agent.ts';
import type { Enrollment, EvidenceStore, RecordedReceipt, Slice } from '../../evidence/store.ts';
import type { LogRow } from '../../ports.ts';
import type { MemoryKept } from './stores.ts';

type Tree = { readonly rows: readonly LogRow[]; readonly nodes: ReadonlyMap<string, Uint8Array>; readonly checkpoints: ReadonlyMap<number, string> };
type State = { readonly trees: ReadonlyMap<TreeName, Tree>; readonly agents: ReadonlyMap<AgentId, Agent>; readonly kept: readonly MemoryKept[]; readonly receipts: readonly (RecordedReceipt & { readonly tenant: TenantId })[] };
const none: Tree = { rows: [], nodes: new Map(), checkpoints: new Map() };

export function memoryEvidence(state: () => State): EvidenceStore {
  const treeOf = (tree: TreeName) => state().trees.get(tree) ?? none;
  const within = <T extends { readonly index: number }>(all: readonly T[], { from, below, limit }: Slice) =>
    all.filter(({ index }) => index >= from && index < below).slice(0, limit);
  const read = ({ seq, bytes }: LogRow): { readonly index: number; readonly leaf: Leaf | null } => {
    const leaf = parseLeaf(bytes);
    return { index: seq, leaf: leaf.ok ? leaf.value : null };
  };
  const said = (tenant: TenantId, types: readonly string[]) =>
    treeOf(tenant).rows.map(read).filter(({ leaf }) => leaf !== null && types.includes(leaf.type) && leaf.outcome === 'ok');

  const enrolled = (tenant: TenantId): readonly Enrollment[] =>
    said(tenant, ['agent_enrolled']).flatMap(({ index, leaf }) => {
      const agent = leaf?.agent && state().agents.get(leaf.agent);
      return agent?.keys && agent.tenant === tenant ? [{ agent: agent.id, publicKey: agent.keys.publicKey, index }] : [];
    });
  const isLate = ({ audit }: LogRow) => audit.action === 'remote_support_late_outcome';
  const begins = (row: LogRow) => row.audit.phase === 'intent' || (row.audit.phase === 'fact' && !isLate(row));

  return {
    async weigh(tree, { from, to }) {
      const rows = treeOf(tree).rows.slice(from, to);
      return { count: rows.length, bytes: rows.reduce((sum, { bytes }) => sum + utf8(JSON.stringify(bytes)).length, 0) };
    },
    leavesAt: async (tree, indexes) => treeOf(tree).rows.filter(({ seq }) => indexes.includes(seq)).map(({ seq, bytes }) => ({ seq, bytes })),
    async checkpointsNear(tree, targets, below) {
      const sizes = [...treeOf(tree).checkpoints.keys()].filter((size) => size < below).toSorted((a, b) => a - b);
      const near = new Set(targets.flatMap((target) => sizes.find((size) => size >= target) ?? []));
      return [...near].toSorted((a, b) => a - b).map((size) => ({ size, note: treeOf(tree).checkpoints.get(size) ?? '' }));
    },
    entriesOf: async (tree, session, slice) =>
      within(treeOf(tree).rows.filter(({ audit }) => audit.session_id === session).map(({ seq }) => ({ index: seq })), slice).map(({ index }) => index),
    async stepsOf(tree, session, slice) {
      const rows = treeOf(tree).rows.filter(({ seq }) => seq < slice.below);
      const steps = rows.filter((row) => row.audit.session_id === session && begins(row)).map((row) => ({ index: row.seq, row }));
      return within(steps, slice).map(({ index, row: { audit } }) => {
        const isAnswer = (other: LogRow) =>
          other.audit.agent_id === audit.agent_id && other.audit.request_id === audit.request_id && (other.audit.phase === 'outcome' || isLate(other));
        const answers = audit.phase === 'intent' && audit.request_id !== null ? rows.filter(isAnswer) : [];
        return { index, answers: answers.map(({ seq }) => seq) };
      });
    },
    async groundsAt(tenant, index) {
      const last = (...types: readonly string[]) => said(tenant, types).findLast((entry) => entry.index < index)?.index;
      return [last('consent_recorded', 'consent_withdrawn'), last('tenant_armed')].flatMap((found) => found ?? []).toSorted((a, b) => a - b);
    },
    enrollments: async (tenant, slice) => within(enrolled(tenant), slice),
    enrollmentOf: async (tenant, agent) => enrolled(tenant).findLast((one) => one.agent === agent) ?? null,
    receipts: async (tenant, slice) => within(state().receipts.flatMap(({ tenant: of, ...one }) => (of === tenant ? [one] : [])), slice),
    kept: async (tenant, slice) => within(state().kept.flatMap((one) => (one.tenant === tenant ? [{ index: one.index, bytes: one.sealed.length, key: one.key, signature: one.signature }] : [])), slice),
    sealedAt: async (tenant, index) => state().kept.find((one) => one.tenant === tenant && one.index === index)?.sealed ?? null,
    hashes: async (tree, places) => places.map(({ level, index }) => treeOf(tree).nodes.get(`${level}.${index}`) ?? new Uint8Array()),
    nodeCount: async (tree) => [...treeOf(tree).nodes.keys()].filter((name) => !name.startsWith('0.')).length,
  };
}
