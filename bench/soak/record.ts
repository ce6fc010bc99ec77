/** The record after a soak, looked at as the auditor: both stores row by row, every tree from its first entry, and the tenant's own check. */
import { join } from 'node:path';
import { fromBase64, sameBytes, utf8 } from '@argus/kit/bytes.ts';
import { verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { openCheckpoint } from '@argus/ledger/checkpoint.ts';
import { emptyFrontier, frontierRoot, grow } from '@argus/ledger/frontier.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { readDatabasePassword } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import { originOf, type TreeName } from '@argus/protocol/origin.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { Client } from 'pg';

export type Rows = { readonly audit: number; readonly events: number; readonly leaves: number };

export async function asAuditor<T>(dataDir: string, work: (auditor: Client) => Promise<T>): Promise<T> {
  const server = await readPostmaster(join(dataDir, 'postgres'));
  if (!server) throw new Error('the database does not run');
  const client = new Client(embeddedConnection(server, 'auditor', (await readDatabasePassword(dataDir, 'auditor')) ?? ''));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function countRows(auditor: Client): Promise<Rows> {
  const { rows } = await auditor.query<Record<keyof Rows, string>>(
    `SELECT (SELECT count(*) FROM argus.remote_support_audit) AS audit, (SELECT count(*) FROM argus.events) AS events,
            (SELECT count(*) FROM argus.log_leaves) AS leaves`,
  );
  const [counted] = rows;
  return { audit: Number(counted?.audit), events: Number(counted?.events), leaves: Number(counted?.leaves) };
}

/** Rows that one store has and the other has not, or has otherwise; an event's body is the very text of its leaf. */
export async function differences(auditor: Client): Promise<readonly string[]> {
  const { rows } = await auditor.query<{ id: string; what: string }>(
    `SELECT coalesce(a.id, e.id)::text AS id,
            CASE WHEN e.id IS NULL THEN 'no event' WHEN a.id IS NULL THEN 'no audit row' WHEN l.seq IS NULL THEN 'no leaf'
                 WHEN l.bytes <> e.body::text THEN 'the event is not the text of its leaf' ELSE 'they say different things' END AS what
       FROM argus.remote_support_audit a FULL JOIN argus.events e ON e.id = a.id
       LEFT JOIN argus.log_leaves l ON l.tree = e.tree AND l.seq = e.leaf_index
      WHERE a.id IS NULL OR e.id IS NULL OR l.seq IS NULL OR l.bytes <> e.body::text OR a.at <> e.at OR a.action <> e.type
         OR e.tree <> coalesce(a.tenant_id, 'operator') OR (e.body->>'at')::timestamptz <> a.at
         OR (a.tenant_id, a.agent_id, a.session_id, a.request_id, a.operator, a.phase, a.code, a.reason, a.command)
            IS DISTINCT FROM (e.tenant_id, e.body->>'agent', e.body->>'session', e.body->>'request_id', e.body->>'operator', e.body->>'phase',
                              e.body->>'code', e.body->>'reason', e.body->>'command')
         OR a.outcome IS DISTINCT FROM coalesce(e.body->>'outcome', CASE WHEN a.phase = 'intent' THEN NULL ELSE 'ok' END)
      LIMIT 20`,
  );
  return rows.map(({ id, what }) => `${id}: ${what}`);
}

/** Every tree, the operator's too, recomputed from its texts and held against each checkpoint it ever had. */
export async function treesThatDoNotVerify(auditor: Client, trust: TrustFile): Promise<readonly string[]> {
  const { rows: trees } = await auditor.query<{ tree: TreeName }>('SELECT DISTINCT tree FROM argus.log_leaves');
  const publicKey = fromBase64(trust.log_keys[0] ?? '') ?? new Uint8Array();
  const wrong: string[] = [];
  for (const { tree } of trees) {
    const { rows: notes } = await auditor.query<{ size: string; note: string }>('SELECT size, note FROM argus.log_checkpoints WHERE tree = $1', [tree]);
    const noteAt = new Map(notes.map(({ size, note }) => [Number(size), note]));
    const { rows } = await auditor.query<{ seq: string; bytes: string }>('SELECT seq, bytes FROM argus.log_leaves WHERE tree = $1 ORDER BY seq', [tree]);
    let frontier = emptyFrontier;
    for (const [index, { seq, bytes }] of rows.entries()) {
      if (Number(seq) !== index) wrong.push(`${tree}: entry ${index} is missing`);
      ({ frontier } = grow(sha256, frontier, leafHash(sha256, utf8(bytes))));
      const note = noteAt.get(frontier.size);
      const signed = note === undefined ? null : openCheckpoint({ sha256, verify: verifyEd25519, note, origin: originOf(trust.instance, tree), publicKey });
      if (note !== undefined && (!signed || !sameBytes(signed.root, frontierRoot(sha256, frontier)))) wrong.push(`${tree}: the checkpoint at ${frontier.size} does not hold`);
    }
    if (!noteAt.has(rows.length)) wrong.push(`${tree}: its ${rows.length} entries end without a checkpoint`);
  }
  return wrong;
}
