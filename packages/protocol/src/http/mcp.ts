/** One JSON-RPC message each way. What stands in them is the Model Context Protocol, and read by packages/mcp. */
import { z } from 'zod';
import { plainJson } from '../json.ts';

export const McpMessage = plainJson().meta({ description: 'One JSON-RPC 2.0 message of the Model Context Protocol.' });
export const McpReply = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number()]).nullable(),
  result: plainJson().optional(),
  error: z.object({ code: z.int(), message: z.string() }).optional(),
});
export const McpEnded = z.object({ ended: z.literal(true) });
