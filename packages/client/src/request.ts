/** One call of the ops API as a value: what goes over the wire, before it goes. Secrets have their own place. */
import type { SessionToken } from '@argus/protocol/ids.ts';
import type { Read } from './read.ts';

export type Request<T> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string; // with its query; never a secret in it
  readonly body?: Readonly<Record<string, unknown>>;
  readonly needsOpsToken?: true;
  /** Undefined inside: the route needs one and nobody gave it. */
  readonly session?: { readonly token: SessionToken | undefined };
  readonly timeoutMs: number;
  readonly read: Read<T>;
};

const READ_MS = 15_000;
/** The server waits 5 s for the agent's acknowledgement, and writes to the log before and after. */
export const WRITE_MS = 30_000;

type Body = Readonly<Record<string, unknown>>;
export const get = <T>(path: string, read: Read<T>): Request<T> => ({ method: 'GET', path, timeoutMs: READ_MS, read });
export const post = <T>(path: string, body: Body, read: Read<T>): Request<T> => ({ method: 'POST', path, body, timeoutMs: WRITE_MS, read });

/** Ids have no character that needs it; text that only claims to be an id cannot leave its place. */
export const at = encodeURIComponent;
/** What is absent or undefined is not asked for. */
export const querying = (asked: Readonly<Record<string, string | number | undefined>>): string => {
  const parts = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${at(value)}`]));
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
};
