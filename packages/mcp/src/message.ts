/** One message of JSON-RPC 2.0, as far as this server takes it: a request, or a notice that needs no answer. */
import { err, ok, type Result } from '@argus/kit/result.ts';

export type Id = string | number;
export type Message = { readonly id: Id | null; readonly method: string; readonly params: Readonly<Record<string, unknown>> };
export type Reply = { readonly jsonrpc: '2.0'; readonly id: Id | null } & ({ readonly result: object } | { readonly error: { readonly code: number; readonly message: string } });

export const FAULTS = { unreadable: -32700, no_message: -32600, no_method: -32601, bad_params: -32602, not_initialized: -32002 } as const;

export const replyWith = (id: Id | null, result: object): Reply => ({ jsonrpc: '2.0', id, result });
export const fault = (id: Id | null, what: keyof typeof FAULTS, message: string): Reply => ({ jsonrpc: '2.0', id, error: { code: FAULTS[what], message } });

const ID_MAX = 128;
const isRecord = (raw: unknown): raw is Readonly<Record<string, unknown>> => typeof raw === 'object' && raw !== null && !Array.isArray(raw);
const isId = (raw: unknown): raw is Id => (typeof raw === 'string' && raw.length <= ID_MAX) || (typeof raw === 'number' && Number.isSafeInteger(raw));

/** Says what is wrong with it. `null`: an answer to something, which we never asked. */
export function readMessage(raw: unknown): Result<Message | null, string> {
  if (Array.isArray(raw)) return err('batches are not taken: send one message at a time');
  if (!isRecord(raw) || raw['jsonrpc'] !== '2.0') return err('not a JSON-RPC 2.0 message');
  const { id, method, params = {} } = raw;
  if (id !== undefined && !isId(id)) return err('id is neither a short text nor a whole number');
  if (method === undefined && ('result' in raw || 'error' in raw)) return ok(null);
  if (typeof method !== 'string' || method.length > 64) return err('method is not the name of one');
  if (!isRecord(params)) return err('params is not an object');
  return ok({ id: id ?? null, method, params });
}
