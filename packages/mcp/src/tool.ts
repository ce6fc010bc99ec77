/** What a tool is. It turns arguments into one request of the ops API, and that is all it can do. */
import type { Request } from '@argus/client/request.ts';
import type { z } from 'zod';

export type Ports = { readonly now: () => number; readonly random: (bytes: number) => Uint8Array };

export type Tool = {
  readonly name: string;
  readonly title: string;
  readonly description: string; // ours, and the same for everybody: nothing a machine or a tenant wrote
  /** Puts something on record that was not there before, and nothing else. */
  readonly isOnRecord?: true;
  readonly args: z.ZodObject;
  // A method, so that one with narrower arguments fits; server.ts reads them with this very schema.
  request(args: Readonly<Record<string, unknown>>, ports: Ports): Request<unknown>;
};

export const defineTool = <S extends z.ZodObject>(tool: Omit<Tool, 'args' | 'request'> & { readonly args: S; request(args: z.infer<S>, ports: Ports): Request<unknown> }): Tool => tool as unknown as Tool; // the schema is the one its arguments are read with
