/** The Model Context Protocol at this server: whose message it is, and in which session. What a tool may is decided by the routes. */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Random } from '@argus/keys/random.ts';
import { readMessage, type Reply } from '@argus/mcp/message.ts';
import { createMcpServer, MCP_VERSIONS } from '@argus/mcp/server.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { Actor } from '../tenants/create.ts';
import { askAs, type Arrived, type Relay } from './relay.ts';
import { createMcpSessions } from './sessions.ts';

export type { Arrived } from './relay.ts';
export type McpHttpDeps = { readonly clock: Clock; readonly random: Random; readonly version: string; readonly publicUrl?: string | undefined; readonly relay: Relay };

/** `session`: a new one, told once. `body` null: the message asked for no answer. */
export class McpAnswer {
  readonly session: string | null;
  readonly body: Reply | null;
  constructor({ session, body }: { session: string | null; body: Reply | null }) {
    this.session = session;
    this.body = body;
  }
}

export function makeMcp(deps: McpHttpDeps) {
  const sessions = createMcpSessions(deps);
  const ownOrigin = deps.publicUrl === undefined ? null : new URL(deps.publicUrl).origin;
  /** Only browsers send one. A page that made its name point here has another. */
  const isForeign = ({ header }: Arrived) => header('origin') !== undefined && header('origin') !== ownOrigin;

  return {
    async take({ principal }: Actor, arrived: Arrived, raw: unknown): Promise<Result<McpAnswer, Denial>> {
      if (isForeign(arrived)) return err(deny('foreign_origin'));
      const version = arrived.header('mcp-protocol-version');
      if (version !== undefined && !MCP_VERSIONS.includes(version)) return err(deny('mcp_version_unsupported'));
      const message = readMessage(raw);
      if (!message.ok) return err(denyWith('mcp_message_refused', { problems: [message.error] }));
      const ask = askAs(arrived, deps.relay);

      const named = arrived.header('mcp-session-id');
      if (named === undefined && message.value?.method === 'initialize' && message.value.id !== null) {
        const server = createMcpServer({ version: deps.version, now: () => deps.clock.now(), random: deps.random });
        const body = await server.take(raw, ask);
        return ok(new McpAnswer({ session: body && 'result' in body ? sessions.open(principal.tokenId, server) : null, body }));
      }
      const server = sessions.use(named, principal.tokenId);
      return server ? ok(new McpAnswer({ session: null, body: await server.take(raw, ask) })) : err(deny('mcp_session_not_found'));
    },

    end({ principal }: Actor, arrived: Arrived): Result<{ ended: true }, Denial> {
      if (isForeign(arrived)) return err(deny('foreign_origin'));
      return sessions.end(arrived.header('mcp-session-id'), principal.tokenId) ? ok({ ended: true }) : err(deny('mcp_session_not_found'));
    },
  };
}
