/**
 * Clients that have said hello. The id of a session is random and opens nothing: every request brings its own credential,
 * and a session answers to the one token it was begun with. In memory, and no more than fit: who was dropped says hello again.
 */
import { toBase64Url } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import type { Random } from '@argus/keys/random.ts';
import type { McpServer } from '@argus/mcp/server.ts';
import type { CredentialId } from '@argus/protocol/ids.ts';

export const IDLE_MS = 30 * 60_000;
export const SESSIONS_MAX = 1_000;
export const SESSIONS_OF_A_TOKEN_MAX = 16;
const ID_BYTES = 24;

type Held = { readonly token: CredentialId; readonly server: McpServer; usedAt: number };

export function createMcpSessions({ clock, random }: { readonly clock: Pick<Clock, 'elapsed'>; readonly random: Random }) {
  const sessions = new Map<string, Held>(); // in the order of their last use
  const find = (id: string | undefined, token: CredentialId): Held | null => {
    const held = id === undefined ? undefined : sessions.get(id);
    return held && held.token === token && clock.elapsed() - held.usedAt < IDLE_MS ? held : null;
  };
  const drop = (which: Iterable<string>, count: number): void => {
    for (const id of [...which].slice(0, Math.max(0, count))) sessions.delete(id);
  };
  return {
    open(token: CredentialId, server: McpServer): string {
      for (const [id, held] of sessions) if (clock.elapsed() - held.usedAt >= IDLE_MS) sessions.delete(id);
      const theirs = [...sessions].filter(([, held]) => held.token === token).map(([id]) => id);
      drop(theirs, theirs.length - SESSIONS_OF_A_TOKEN_MAX + 1);
      drop(sessions.keys(), sessions.size - SESSIONS_MAX + 1);
      const id = `mcp_${toBase64Url(random(ID_BYTES))}`;
      sessions.set(id, { token, server, usedAt: clock.elapsed() });
      return id;
    },
    /** Null: there is none, it is over, or it is somebody else's. */
    use(id: string | undefined, token: CredentialId): McpServer | null {
      const held = find(id, token);
      if (!held || id === undefined) return null;
      sessions.delete(id);
      sessions.set(id, { ...held, usedAt: clock.elapsed() });
      return held.server;
    },
    end: (id: string | undefined, token: CredentialId): boolean => find(id, token) !== null && sessions.delete(id ?? ''),
    count: (): number => sessions.size,
  };
}
