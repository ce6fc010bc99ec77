/**
 * What somebody can do who has every right on the database, and, with the log key, what the control plane itself can do:
 * change entries anywhere and make everything that can be computed from them agree again.
 */
import { randomUUID } from 'node:crypto';
import { utf8 } from '@argus/kit/bytes.ts';
import type { SigningKey } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { createCheckpoints } from '@argus/ops-api/ledger/checkpoints.ts';
import { emptyFrontier, frontierRoot, grow } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Client } from 'pg';

/** An entry with the id its two audit rows share; without one it is new. */
export type Row = { readonly id?: string; readonly text: string };
export type Forger = ReturnType<typeof createForger>;

export function createForger(admin: Client, { instance }: { readonly instance: Leaf['instance'] }) {
  const sql = async (text: string, values: readonly unknown[] = []) => (await admin.query<Record<string, unknown>>(text, [...values])).rows;

  const rows = async (tree: TreeName): Promise<readonly Required<Row>[]> =>
    (await sql('SELECT e.id, l.bytes FROM argus.log_leaves l JOIN argus.events e ON e.tree = l.tree AND e.leaf_index = l.seq WHERE l.tree = $1 ORDER BY l.seq', [tree])).map((r) => ({ id: String(r['id']), text: String(r['bytes']) }));

  /** Leaves, the hashes above them, events and audit rows: all of them say what these texts say. */
  async function writeAll(tree: TreeName, entries: readonly Row[]): Promise<readonly Uint8Array[]> {
    const kept = entries.map(({ id = randomUUID(), text }, seq) => ({ id, seq, text, hash: leafHash(sha256, utf8(text)) }));
    const nodes: { readonly level: number; readonly index: number; readonly hash: Uint8Array }[] = [];
    const roots = [frontierRoot(sha256, emptyFrontier)];
    let frontier = emptyFrontier;
    for (const { hash } of kept) {
      const growth = grow(sha256, frontier, hash);
      frontier = growth.frontier;
      nodes.push(...growth.completed.slice(1));
      roots.push(frontierRoot(sha256, frontier));
    }
    const ids = kept.map(({ id }) => id);
    const texts = kept.map(({ text }) => text);
    const seqs = kept.map(({ seq }) => seq);
    await sql('DELETE FROM argus.remote_support_audit WHERE id IN (SELECT id FROM argus.events WHERE tree = $1) AND NOT id = ANY ($2::uuid[])', [tree, ids]);
    for (const table of ['events', 'log_leaves', 'log_nodes']) await sql(`DELETE FROM argus.${table} WHERE tree = $1`, [tree]);
    await sql('INSERT INTO argus.log_leaves SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bytea[])', [tree, seqs, texts, kept.map(({ hash }) => Buffer.from(hash))]);
    await sql('INSERT INTO argus.log_nodes SELECT $1, * FROM unnest($2::smallint[], $3::bigint[], $4::bytea[])', [tree, nodes.map((n) => n.level), nodes.map((n) => n.index), nodes.map((n) => Buffer.from(n.hash))]);
    await sql(
      `INSERT INTO argus.events SELECT r.id, (r.body->>'at')::timestamptz, 'remote_support', r.body->>'type', r.body->>'tenant', $1, r.seq, r.body
         FROM unnest($2::uuid[], $3::bigint[], $4::json[]) AS r(id, seq, body)`,
      [tree, ids, seqs, texts],
    );
    await writeAudit(ids, texts);
    return roots;
  }

  async function writeAudit(ids: readonly string[], texts: readonly string[]): Promise<void> {
    const columns = `(at, operator, tenant_id, agent_id, session_id, request_id, action, phase, outcome, code, reason, command, args)`;
    const values = `(b.body->>'at')::timestamptz, coalesce(b.body->>'operator', ''), b.body->>'tenant', b.body->>'agent', b.body->>'session', b.body->>'request_id',
      b.body->>'type', b.body->>'phase', CASE WHEN b.body->>'phase' = 'intent' THEN NULL ELSE coalesce(b.body->>'outcome', 'ok') END, b.body->>'code', b.body->>'reason', b.body->>'command', (b.body->'args_commit')::jsonb`;
    const from = 'unnest($1::uuid[], $2::json[]) AS b(id, body)';
    await sql(`DELETE FROM argus.remote_support_audit a USING ${from} WHERE a.id = b.id`, [ids, texts]);
    await sql(`INSERT INTO argus.remote_support_audit (id, gates_passed, ${columns.slice(1)} SELECT b.id, '{}', ${values} FROM ${from}`, [ids, texts]);
  }

  return {
    admin,
    sql,
    rows,
    /** Everything but the signatures. Checkpoints beyond the new end are taken away. */
    async rewrite(tree: TreeName, entries: readonly Row[]): Promise<void> {
      await writeAll(tree, entries);
      await sql('DELETE FROM argus.log_checkpoints WHERE tree = $1 AND size > $2', [tree, entries.length]);
    },
    /** The signatures too, and what the nights remember. Only who has the log key can. `as`: under the name of another tree. */
    async resign(tree: TreeName, entries: readonly Row[], key: SigningKey, { as = tree }: { readonly as?: TreeName } = {}): Promise<void> {
      const roots = await writeAll(tree, entries);
      const checkpoints = createCheckpoints(instance, key);
      const old = await sql('SELECT size::int AS size FROM argus.log_checkpoints WHERE tree = $1 ORDER BY size', [tree]);
      await sql(`INSERT INTO argus.log_checkpoints SELECT $1, $2, now(), '' ON CONFLICT DO NOTHING`, [tree, entries.length]);
      for (const size of new Set([...old.map((r) => Number(r['size'])), entries.length])) {
        const root = roots[size];
        if (!root) {
          for (const table of ['log_checkpoints', 'audited_trees']) await sql(`DELETE FROM argus.${table} WHERE tree = $1 AND size = $2`, [tree, size]);
          continue;
        }
        const note = checkpoints.sign(as, { size, root });
        for (const table of ['log_checkpoints', 'audited_trees']) await sql(`UPDATE argus.${table} SET note = $3 WHERE tree = $1 AND size = $2`, [tree, size, note]);
      }
    },
  };
}

export const leafOf = (text: string): Leaf => JSON.parse(text) as Leaf;
