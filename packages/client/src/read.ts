/**
 * Answers, checked against the shapes of the protocol and handed on as they came: a field that a newer server added
 * is still there for whoever prints the exact answer.
 */
import { Capabilities as CapabilitiesShape } from '@argus/protocol/http/capabilities.ts';
import { AgentList } from '@argus/protocol/http/agents.ts';
import { SessionList, TenantList } from '@argus/protocol/http/lists.ts';
import { Me as MeShape } from '@argus/protocol/http/me.ts';

/** Null when it does not fit. `schema` is what it is read with: the very one the server answers with, which a test holds us to. */
export type Read<T> = ((raw: unknown) => T | null) & { readonly schema: unknown };

/** What we need of a zod schema, so that this package loads it only through the protocol. */
type Parsed<T> = { readonly success: true; readonly data: T } | { readonly success: false };
type Schema<T> = { safeParse(raw: unknown): Parsed<T> };

/** What a schema reads, without the name of the library it is made with. */
export type AnswerOf<S extends Schema<unknown>> = S extends Schema<infer T> ? T : never;

export const fits = <T>(schema: Schema<T>): Read<T> =>
  Object.assign((raw: unknown) => (schema.safeParse(raw).success ? (raw as T) : null), { schema }); // none of these schemas changes what it reads

export type Tenants = AnswerOf<typeof TenantList>;
export const readTenants: Read<Tenants> = fits(TenantList);

export type Agents = AnswerOf<typeof AgentList>;
export const readAgents: Read<Agents> = fits(AgentList);

export type Sessions = AnswerOf<typeof SessionList>;
export const readSessions: Read<Sessions> = fits(SessionList);

export type Me = AnswerOf<typeof MeShape>;
export const readMe: Read<Me> = fits(MeShape);

/** What an agent last said it can do. Advisory; `stale` when it is old or the agent is offline. */
export type Capabilities = AnswerOf<typeof CapabilitiesShape>;
export const readCapabilities: Read<Capabilities> = fits(CapabilitiesShape);
