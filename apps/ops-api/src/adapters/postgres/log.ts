import type { Subtree } from '@argus/ledger/plan.ts';
import { deny } from '@argus/protocol/errors.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Pool, PoolClient } from 'pg';
import { patiently } from '../../db/pools.ts';
import type { Commit, Deed, LogBatch, LogRow, LogRowRead, LogStore } from '../../ports.ts';
import { postgresArray, type ArrayKind } from './arrays.ts';
import { connections, isAnswer } from './connections.ts';
import { refusedBy, statementsOf } from './deeds.ts';
import { standing } from './standing.ts';

/**
 * One statement writes a whole batch: both audit rows, the leaves, the nodes above them and the checkpoint.
 * A statement is a transaction of its own, so a batch without deeds costs one round trip and one flush.
 * It writes nothing when the entry before its first is not there: a log has no gaps. And nothing when a session it
 * needs does not stand: where the entry before ours is seen, so is whatever was shut by it, or by any before.
 */
const appendFrom = (rows: string, guard = ''): string => `
WITH locked AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended('argus log ' || $1, 0))
   WHERE ($2::bigint = 0 OR EXISTS (SELECT FROM argus.log_leaves WHERE tree = $1 AND seq = $2::bigint - 1))${guard}),
rows AS MATERIALIZED (SELECT ${rows} FROM locked),
audit AS (
  INSERT INTO argus.remote_support_audit
    SELECT id, at, operator, ip, tenant_id, agent_id, session_id, request_id, action, phase, outcome, code,
           gates_passed::text[], reason, command, args::jsonb FROM rows),
event AS (
  INSERT INTO argus.events SELECT id, at, 'remote_support', action, tenant_id, $1, seq, bytes::json FROM rows),
leaf AS (
  INSERT INTO argus.log_leaves SELECT $1, seq, bytes, leaf_hash, salt FROM rows),
node AS (
  INSERT INTO argus.log_nodes SELECT $1, n.* FROM locked, unnest($6::smallint[], $7::bigint[], $8::bytea[]) AS n)
INSERT INTO argus.log_checkpoints SELECT $1, $3, $4, $5 FROM locked`;

/** A row of a batch, in the words of PostgreSQL; the order is that of the parameters. */
const COLUMNS = {
  id: 'uuid', at: 'timestamptz', operator: 'text', ip: 'text', tenant_id: 'text', agent_id: 'text', session_id: 'text', request_id: 'text',
  action: 'text', phase: 'text', outcome: 'text', code: 'text', gates_passed: 'text', reason: 'text', command: 'text', args: 'text',
  seq: 'bigint', bytes: 'text', leaf_hash: 'bytea', salt: 'bytea',
} as const satisfies Readonly<Record<string, ArrayKind>>;
type Column = keyof typeof COLUMNS;
const columns = Object.entries(COLUMNS) as readonly (readonly [Column, ArrayKind])[]; // Object.entries loses the literal types

/** For the last parameter, a list of sessions. Apart, so that an entry nobody's session stands behind looks at none. */
const needing = (at: number): string => `
     AND NOT EXISTS (SELECT FROM unnest($${at}::text[]) AS needed (id) WHERE NOT (${standing('needed.id')}))`;

/** Most batches hold one entry, which is read fastest from plain parameters; of more, each parameter is a list. */
const ONE = columns.map(([name, type], i) => `$${i + 9}::${type} AS ${name}`).join(', ');
const MANY = columns.map(([name, type], i) => `unnest($${i + 9}::${type}[]) AS ${name}`).join(', ');
const APPEND = {
  one: { name: 'append_one', text: appendFrom(ONE) },
  oneNeeding: { name: 'append_one_needing', text: appendFrom(ONE, needing(9 + columns.length)) },
  many: { name: 'append_many', text: appendFrom(MANY) },
  manyNeeding: { name: 'append_many_needing', text: appendFrom(MANY, needing(9 + columns.length)) },
} as const;

/** What a proof asks for, planned once per connection: planning costs several times the looking. */
const HEAD = { name: 'log_head', text: 'SELECT size, note FROM argus.log_checkpoints WHERE tree = $1 ORDER BY size DESC LIMIT 1' } as const;
const LEAVES = { name: 'log_leaves', text: 'SELECT seq, bytes FROM argus.log_leaves WHERE tree = $1 AND seq >= $2 AND seq < $3 ORDER BY seq' } as const;
const CHECKPOINT = { name: 'log_checkpoint', text: 'SELECT note FROM argus.log_checkpoints WHERE tree = $1 AND size = $2' } as const;
/** Each place is looked for in the one table it would be in. */
const NODES = {
  name: 'log_nodes',
  text: `SELECT CASE WHEN p.level = 0 THEN (SELECT leaf_hash FROM argus.log_leaves WHERE tree = $1 AND seq = p.idx)
                     ELSE (SELECT hash FROM argus.log_nodes WHERE tree = $1 AND level = p.level AND idx = p.idx) END AS hash
           FROM unnest($2::smallint[], $3::bigint[]) WITH ORDINALITY AS p(level, idx, at) ORDER BY p.at`,
} as const;

export function postgresLog(pool: Pool): LogStore {
  const link = connections(pool);
  /** False: the place before ours is empty, or a session that is needed does not stand. */
  const append = async (client: PoolClient, batch: LogBatch, needed: readonly string[] = []): Promise<boolean> => {
    const { rows, nodes, checkpoint } = batch;
    const values = rows.map(rowValues);
    const alone = values.length === 1 ? values[0] : undefined;
    const statement = needed.length === 0 ? (alone ? APPEND.one : APPEND.many) : alone ? APPEND.oneNeeding : APPEND.manyNeeding;
    const { rowCount } = await client.query(statement, [
      batch.tree,
      rows[0]?.seq ?? 0,
      checkpoint.size,
      new Date(checkpoint.at),
      checkpoint.note,
      postgresArray('smallint', nodes.map((n) => n.level)),
      postgresArray('bigint', nodes.map((n) => n.index)),
      postgresArray('bytea', nodes.map((n) => n.hash)),
      ...columns.map(([name, type]) => (alone ? alone[name] : listOf(type, values.map((row) => row[name])))),
      ...(needed.length > 0 ? [needed] : []),
    ]);
    return rowCount === 1;
  };

  const isAnyOver = async (sessions: readonly string[]): Promise<boolean> =>
    sessions.length > 0 && ((await pool.query(`SELECT FROM unnest($1::text[]) AS needed (id) WHERE NOT (${standing('needed.id')})`, [sessions])).rowCount ?? 0) > 0;

  return {
    async commit(batch) {
      try {
        if (batch.deeds.some(({ deed }) => deed.do !== 'need_standing')) return await link.use((client) => commitWithDeeds(client, batch, append));
        const needed = [...new Set(batch.deeds.flatMap(({ deed }) => (deed.do === 'need_standing' ? [deed.session] : [])))];
        if (await link.use((client) => append(client, batch, needed))) return { done: true };
        // Somebody else took the place, or a session is over. That stays so, and may be asked apart.
        return (await isAnyOver(needed)) ? { done: false, why: 'denied', denial: deny('session_expired') } : { done: false, why: 'moved_on' };
      } catch (problem) {
        const refused = refusedBy(problem);
        if (refused) return { done: false, ...refused };
        throw problem;
      }
    },

    async head(tree) {
      return (await pool.query<{ size: number; note: string }>({ ...HEAD, values: [tree] })).rows[0] ?? null;
    },

    async nodes(tree, places) {
      const lists = [postgresArray('smallint', places.map((p: Subtree) => p.level)), postgresArray('bigint', places.map((p: Subtree) => p.index))];
      const { rows } = await pool.query<{ hash: Uint8Array | null }>({ ...NODES, values: [tree, ...lists] });
      return rows.map((r) => r.hash ?? new Uint8Array());
    },

    async leaves(tree, from, to) {
      return (await pool.query<{ seq: number; bytes: string }>({ ...LEAVES, values: [tree, from, to] })).rows;
    },

    async checkpoint(tree, size) {
      return (await pool.query<{ note: string }>({ ...CHECKPOINT, values: [tree, size] })).rows[0]?.note ?? null;
    },

    async trees() {
      const { rows } = await pool.query<{ tree: TreeName }>('SELECT DISTINCT tree FROM argus.log_checkpoints ORDER BY tree');
      return rows.map((r) => r.tree);
    },

    settle: link.settle,

    async openIntent(id) {
      const { rows } = await pool.query<LogRowRead>(
        `SELECT l.seq, l.bytes FROM argus.remote_support_audit i
           JOIN argus.events e ON e.id = i.id
           JOIN argus.log_leaves l ON l.tree = e.tree AND l.seq = e.leaf_index
          WHERE i.id = $1 AND i.phase = 'intent' AND NOT EXISTS (
            SELECT FROM argus.remote_support_audit o
             WHERE o.agent_id = i.agent_id AND o.request_id = i.request_id AND o.phase = 'outcome')`,
        [id],
      );
      return rows[0] ?? null;
    },

    async openIntents(node, epochBefore) {
      // Once per start, over all that one life has done: it may take its time.
      const { rows } = await patiently<LogRowRead>(pool, {
        text: `SELECT l.seq, l.bytes FROM argus.remote_support_audit i
           JOIN argus.sessions s ON s.id = i.session_id AND s.node = $1
            AND s.epoch = (SELECT max(epoch) FROM argus.sessions WHERE node = $1 AND epoch < $2)
           JOIN argus.events e ON e.id = i.id
           JOIN argus.log_leaves l ON l.tree = e.tree AND l.seq = e.leaf_index
          WHERE i.phase = 'intent' AND NOT EXISTS (
            SELECT FROM argus.remote_support_audit o
             WHERE o.agent_id = i.agent_id AND o.request_id = i.request_id AND o.phase = 'outcome')
          ORDER BY i.at, l.seq`,
        values: [node, epochBefore],
      });
      return rows;
    },
  };
}

async function commitWithDeeds(client: PoolClient, batch: LogBatch, append: (client: PoolClient, batch: LogBatch) => Promise<boolean>): Promise<Commit> {
  await client.query('BEGIN');
  try {
    // The place in the log first: whoever is ahead of us on this tree is ahead of us on everything it decides.
    if (!(await append(client, batch))) {
      await client.query('ROLLBACK');
      return { done: false, why: 'moved_on' };
    }
    await lockTokens(client, batch);
    for (const { deed, seq } of batch.deeds) {
      for (const { text, values, orElse } of statementsOf(deed, seq)) {
        const { rowCount } = await client.query(text, [...values]);
        if (orElse !== undefined && rowCount === 0) {
          await client.query('ROLLBACK');
          return { done: false, why: 'denied', denial: deny(orElse) };
        }
      }
    }
    await client.query('COMMIT');
    return { done: true };
  } catch (problem) {
    // Of one that did not answer nothing more is asked: that would only be waited for once more.
    if (isAnswer(problem)) await client.query('ROLLBACK');
    throw problem;
  }
}

/**
 * Tokens are locked from every tree, each of which has a turn of its own. All that a batch needs are locked in one order, which
 * is also that of their last use: whoever waits then waits in one direction only. A single one can be waited for by itself.
 */
async function lockTokens(client: PoolClient, { deeds }: LogBatch): Promise<void> {
  const tokens = new Set(deeds.flatMap(({ deed }) => tokenOf(deed) ?? []));
  const lock = deeds.some(({ deed }) => deed.do === 'revoke_pat') ? 'NO KEY UPDATE' : 'SHARE';
  if (tokens.size > 1) await client.query(`SELECT FROM argus.pats WHERE id = ANY ($1) ORDER BY id FOR ${lock}`, [[...tokens]]);
}
const tokenOf = (deed: Deed): string | undefined =>
  deed.do === 'open_session' ? deed.session.tokenId : deed.do === 'issue_pat' ? deed.pat.madeBy : deed.do === 'revoke_pat' ? deed.id : undefined;

const textArray = (items: readonly string[]) => `{${items.map((item) => `"${item.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
const rowValues = ({ audit, seq, bytes, leafHash, salt }: LogRow): Readonly<Record<Column, string | number | Uint8Array | null>> => ({
  ...audit,
  gates_passed: textArray(audit.gates_passed),
  args: audit.args && JSON.stringify(audit.args),
  seq,
  bytes,
  leaf_hash: leafHash,
  salt,
});
/** The kinds of the columns are those of the values above; a list of another kind is refused by the server. */
const listOf = (type: ArrayKind, values: readonly (string | number | Uint8Array | null)[]): Buffer =>
  (postgresArray as (type: ArrayKind, values: readonly unknown[]) => Buffer)(type, values);
