import type { FastifyReply } from 'fastify';
import type { McpAnswer } from '../mcp/mcp.ts';
import type { Route } from './routes.ts';

/** What asks for no answer is taken without one. A new session is told in its header. */
export function sendMcp(reply: FastifyReply, { session, body }: McpAnswer, route: Route): FastifyReply {
  if (session !== null) void reply.header('mcp-session-id', session);
  return body === null ? reply.code(route.accepted ?? 200).send() : reply.code(route.status ?? 200).type('application/json; charset=utf-8').send(JSON.stringify(body));
}
