/**
 * Of fifty thousand machines those that are shown are read, and of the others as little as can be: no more than it takes to sort and count
 * them (ADR 0065).
 */
import type { AgentsQuery } from '@argus/protocol/http/agents.ts';
import type { AgentId, NodeId, SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Pool } from 'pg';
import { NODE_ALIVE_MS, STATE_ORDER, type AgentsAsked, type Asking, type PresenceStore } from '../../agents/presence.ts';

/** Takes a value into a statement, and says how it is called there. */
type Given = (value: unknown) => string;
/** Says something of a row `a` of argus.agents. */
type Says = (given: Given) => string;
type Alive = readonly { readonly node: NodeId; readonly epoch: number }[];
type Asked = NonNullable<AgentsQuery['state']>;
type State = (typeof STATE_ORDER)[number];

/**
 * A line `o` is there when nobody saw it go, and its node is alive in the very life it came in. Such nodes are few and are named one by one:
 * PostgreSQL then knows that nearly every open line is theirs, and reads machines and lines side by side, each in its index, until it has enough.
 */
const THERE = (alive: Alive, given: Given): string =>
  `o.went_at IS NULL AND ${alive.length === 0 ? 'false' : `(o.node, o.epoch) IN (${alive.map(({ node, epoch }) => `(${given(node)}, ${given(epoch)})`).join(', ')})`}`;
const LINE = (alive: Alive, given: Given): string => `argus.agent_lines o WHERE o.agent_id COLLATE "C" = a.id COLLATE "C" AND ${THERE(alive, given)}`;
/** For many machines at once: PostgreSQL makes one table of all lines, and looks each machine up in it. */
const hasLine = (alive: Alive, given: Given): string => `a.id IN (SELECT o.agent_id FROM argus.agent_lines o WHERE ${THERE(alive, given)})`;
const SESSION = (now: number, given: Given): string => `s.agent_id = a.id AND s.state = 'active' AND s.expires_at > ${given(new Date(now))}`;

const isIn = (state: Asked, alive: Alive, { now }: Asking): Says => (given) => {
  if (state === 'revoked') return 'a.revoked_at IS NOT NULL';
  const line = `EXISTS (SELECT FROM ${LINE(alive, given)})`;
  const is = {
    online: () => line,
    in_session: () => `${line} AND EXISTS (SELECT FROM argus.sessions s WHERE ${SESSION(now, given)})`,
    offline: () => `a.public_key IS NOT NULL AND NOT ${line}`,
    code_issued: () => `a.public_key IS NULL AND NOT ${line}`,
  };
  return `a.revoked_at IS NULL AND ${is[state]()}`;
};
const STATE = (isOnline: string): string =>
  `CASE WHEN a.revoked_at IS NOT NULL THEN 'revoked' WHEN ${isOnline} THEN 'online' WHEN a.public_key IS NOT NULL THEN 'offline' ELSE 'code_issued' END`;
const PLACE = (isOnline: string): string => `array_position(ARRAY['${STATE_ORDER.join(`', '`)}'], ${STATE(isOnline)})`;

const SEEN = 'LEFT JOIN argus.agent_seen l ON l.agent_id = a.id';
/** In the order of this, then of the id. Bytes compare, and not a language. */
const ORDERS: Readonly<Record<Exclude<AgentsQuery['sort'], 'state'>, string>> = {
  agent: 'a.id COLLATE "C"',
  tenant: 'a.tenant_id COLLATE "C"',
  version: `coalesce(a.version, '') COLLATE "C"`,
  platform: `coalesce(a.platform, '') COLLATE "C"`,
  seen: `coalesce(l.at, '-infinity')`,
};
const WAYS = { up: 'ASC', down: 'DESC' } as const;
/** When no more machines than this have the words that are asked for, these are what the rest is asked of: nothing is looked for twice. */
const FEW = 1_000;

type Row = {
  id: AgentId; tenant_id: TenantId; version: string | null; platform: string | null; last_seen_at: number | null;
  state: State; here: boolean; session: SessionId | null;
};

export function postgresAgentList(pool: Pool): Pick<PresenceStore, 'page' | 'counts'> {
  async function ask<R extends object>(text: (given: Given) => string): Promise<readonly R[]> {
    const values: unknown[] = [];
    return (await pool.query<R>(text((value) => `$${values.push(value)}`), values)).rows;
  }
  const nodesAlive = ({ node }: Asking): Promise<Alive> =>
    ask((given) => `SELECT id AS node, epoch FROM argus.nodes WHERE id = ${given(node)} OR beaten_at > now() - interval '${NODE_ALIVE_MS} milliseconds'`);
  const countOf = async (condition: Says): Promise<number> =>
    (await ask<{ size: number }>((given) => `SELECT count(*) AS size FROM argus.agents a WHERE ${condition(given)}`))[0]?.size ?? 0;

  /** What fits, whatever its state; and how many, where they had to be found first and are few. */
  async function fitting({ tenants, agent, words }: AgentsAsked): Promise<{ readonly fits: Says; readonly few: number | null }> {
    const fits: Says = (given) =>
      [
        'true',
        ...(tenants === null ? [] : [`a.tenant_id = ANY (${given(tenants)})`]),
        ...(agent === undefined ? [] : [`a.id = ${given(agent)}`]),
        ...words.map((word) => `strpos(a.words, ${given(word)}) > 0`),
      ].join(' AND ');
    if (words.length === 0) return { fits, few: null };
    const found = await ask<{ id: AgentId }>((given) => `SELECT a.id FROM argus.agents a WHERE ${fits(given)} LIMIT ${FEW + 1}`);
    if (found.length > FEW) return { fits, few: null };
    return { fits: (given) => `a.id = ANY (${given(found.map(({ id }) => id))})`, few: found.length };
  }
  async function sizesOf(fits: Says, alive: Alive): Promise<ReadonlyMap<State, number>> {
    const sizes = await ask<{ state: State; size: number }>((given) => `SELECT ${STATE(hasLine(alive, given))} AS state, count(*) AS size FROM argus.agents a WHERE ${fits(given)} GROUP BY 1`);
    return new Map(sizes.map(({ state: one, size }) => [one, size]));
  }

  return {
    async page(asked, by) {
      const { state, sort, order, offset, limit } = asked;
      const [alive, { fits, few }] = await Promise.all([nodesAlive(by), fitting(asked)]);
      const fitsIn = (one: Asked): Says => (given) => `${fits(given)} AND ${isIn(one, alive, by)(given)}`;
      const isMixed = sort === 'state' && state === undefined;
      const key: Says | null = sort !== 'state' ? () => ORDERS[sort] : isMixed && few !== null ? (given) => PLACE(`EXISTS (SELECT FROM ${LINE(alive, given)})`) : null;
      const sorted = `ORDER BY ${key === null ? '' : `p.key ${WAYS[order]}, `}p.id COLLATE "C"`;
      const rowsOf = (condition: Says, skip: number, max: number | null) =>
        ask<Row>(
          (given) => `
          SELECT a.id, a.tenant_id, a.version, a.platform, l.at AS last_seen_at, ${STATE('line.here IS NOT NULL')} AS state, line.here, s.id AS session
            FROM (SELECT * FROM (SELECT a.id, ${key?.(given) ?? 'NULL'} AS key FROM argus.agents a ${sort === 'seen' ? SEEN : ''} WHERE ${condition(given)}) AS p
                   ${sorted} OFFSET ${given(skip)} LIMIT ${given(max)}) AS p
            JOIN argus.agents a ON a.id = p.id ${SEEN}
            LEFT JOIN argus.sessions s ON ${SESSION(by.now, given)}
           CROSS JOIN LATERAL (SELECT bool_or(o.node = ${given(by.node)} AND o.epoch = ${given(by.epoch)}) AS here FROM ${LINE(alive, given)}) AS line
           ${sorted}`,
        );
      /** Until there are enough: nobody has to know the state of every machine to show those at the top. */
      async function rowsByState(): Promise<readonly Row[]> {
        const found = new Map<AgentId, Row>();
        let skip = offset;
        let sizes: ReadonlyMap<State, number> | null = null; // counted only when the page lies behind the first state
        for (const one of order === 'up' ? STATE_ORDER : STATE_ORDER.toReversed()) {
          const isPassed = sizes !== null && skip >= (sizes.get(one) ?? 0);
          const more = isPassed ? [] : await rowsOf(fitsIn(one), skip, limit === null ? null : limit - found.size);
          for (const row of more) found.set(row.id, found.get(row.id) ?? row); // one whose state has changed meanwhile stays where it was
          if (found.size === limit) break;
          if (more.length === 0 && skip > 0) skip = Math.max(0, skip - ((sizes ??= await sizesOf(fits, alive)).get(one) ?? 0));
          else skip = 0;
        }
        return [...found.values()];
      }
      const condition = state === undefined ? fits : fitsIn(state);
      const [total, agents] = await Promise.all([state === undefined && few !== null ? few : countOf(condition), isMixed && few === null ? rowsByState() : rowsOf(condition, offset, limit)]);
      return {
        agents: agents.map((r) => ({
          id: r.id, tenant: r.tenant_id, version: r.version, platform: r.platform, lastSeenAt: r.last_seen_at, state: r.state,
          session: r.state === 'online' ? r.session : null, line: r.state !== 'online' ? null : r.here ? 'here' : 'another_node',
        })),
        total,
      };
    },
    async counts(tenants, by) {
      const alive = await nodesAlive(by);
      const among = (given: Given) => `argus.agents a WHERE a.revoked_at IS NULL${tenants === null ? '' : ` AND a.tenant_id = ANY (${given(tenants)})`}`;
      const rows = await ask<{ tenant_id: TenantId; agents: number; online: number; in_session: number }>(
        (given) => `
          SELECT tenant_id, a.agents, a.online, coalesce(s.in_session, 0) AS in_session
            FROM (SELECT a.tenant_id, count(*) AS agents, count(*) FILTER (WHERE ${hasLine(alive, given)}) AS online FROM ${among(given)} GROUP BY a.tenant_id) AS a
            LEFT JOIN (SELECT a.tenant_id, count(*) AS in_session FROM ${among(given)} AND ${isIn('in_session', alive, by)(given)} GROUP BY a.tenant_id) AS s USING (tenant_id)
           ORDER BY tenant_id COLLATE "C"`,
      );
      return rows;
    },
  };
}
