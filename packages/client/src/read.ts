/**
 * Answers, checked against the shapes of the protocol and handed on as they came: a field that a newer server added
 * is still there for whoever prints the exact answer.
 */
import { AgentView, SessionView, TenantView } from '@argus/protocol/http/shapes.ts';
import { Manifest } from '@argus/protocol/manifest.ts';

/** Null when it does not fit. */
export type Read<T> = (raw: unknown) => T | null;

/** What we need of a zod schema, so that this package loads it only through the protocol. */
type Parsed<T> = { readonly success: true; readonly data: T } | { readonly success: false };
type Schema<T> = { safeParse(raw: unknown): Parsed<T> };

/** What a schema reads, without the name of the library it is made with. */
export type AnswerOf<S extends Schema<unknown>> = S extends Schema<infer T> ? T : never;

export const fits =
  <T>(schema: Schema<T>): Read<T> =>
  (raw) =>
    schema.safeParse(raw).success ? (raw as T) : null; // none of these schemas changes what it reads

type Check = (raw: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;
const isRecord = (raw: unknown): raw is Fields => typeof raw === 'object' && raw !== null && !Array.isArray(raw);
const isListOf = (raw: unknown, isItem: Check): boolean => Array.isArray(raw) && raw.every(isItem);
const isText = (raw: unknown): boolean => typeof raw === 'string';
const isFitFor = (schema: Schema<unknown>) => (raw: unknown) => schema.safeParse(raw).success;

/** A record whose fields pass these checks. */
const shaped =
  <T>(checks: { readonly [K in keyof T]-?: Check }): Read<T> =>
  (raw) =>
    isRecord(raw) && Object.entries<Check>(checks).every(([key, check]) => check(raw[key])) ? (raw as T) : null;

export type Tenants = { readonly tenants: readonly TenantView[] };
export const readTenants: Read<Tenants> = shaped<Tenants>({ tenants: (raw) => isListOf(raw, isFitFor(TenantView)) });

export type Agents = { readonly agents: readonly AgentView[] };
export const readAgents: Read<Agents> = shaped<Agents>({ agents: (raw) => isListOf(raw, isFitFor(AgentView)) });

export type Sessions = { readonly sessions: readonly SessionView[] };
export const readSessions: Read<Sessions> = shaped<Sessions>({
  sessions: (raw) => isListOf(raw, isFitFor(SessionView)),
});

export type Me = {
  readonly operator: string;
  readonly token_id: string;
  readonly scopes: readonly string[];
  readonly tenants: 'all' | readonly string[];
};
export const readMe: Read<Me> = shaped<Me>({
  operator: isText,
  token_id: isText,
  scopes: (raw) => isListOf(raw, isText),
  tenants: (raw) => raw === 'all' || isListOf(raw, isText),
});

/** What an agent last said it can do. Advisory; `stale` when it is old or the agent is offline. */
export type Capabilities = {
  readonly manifest: Manifest | null;
  readonly taken_at: string | null;
  readonly stale: boolean;
};
export const readCapabilities: Read<Capabilities> = shaped<Capabilities>({
  manifest: (raw) => raw === null || isFitFor(Manifest)(raw),
  taken_at: (raw) => raw === null || isText(raw),
  stale: (raw) => typeof raw === 'boolean',
});
