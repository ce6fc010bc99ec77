/** What this app needs from the world. Each has a real adapter and an in-memory one, held to one contract suite. */
import type { Denial } from '@argus/protocol/errors.ts';
import type { AgentId, InstanceId, NodeId, SessionId, TenantId, TokenId } from '@argus/protocol/ids.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Subtree } from '@argus/ledger/plan.ts';
import type { Agent } from './agents/agent.ts';
import type { AuditRow } from './audit/attempt.ts';
import type { Principal, Scope } from './people/principal.ts';
import type { EndedBy, Session } from './sessions/session.ts';
import type { Armed, Consent, Tenant } from './tenants/tenant.ts';

/**
 * A change of state that is committed together with its log entry, or not at all. Data, so that every
 * store can carry it out in its own way; a new deed without a performer does not compile.
 */
export type Deed =
  | { readonly do: 'create_tenant'; readonly id: TenantId; readonly name: string; readonly at: number }
  | { readonly do: 'save_consent'; readonly tenant: TenantId; readonly consent: Consent; readonly at: number }
  | { readonly do: 'withdraw_consent'; readonly tenant: TenantId; readonly by: string; readonly at: number }
  | { readonly do: 'arm'; readonly tenant: TenantId; readonly armed: Armed }
  | { readonly do: 'disarm'; readonly tenant: TenantId }
  | { readonly do: 'issue_code'; readonly code: EnrollmentCodeRow; readonly tenant: TenantId }
  | { readonly do: 'enroll_agent'; readonly codeHash: Uint8Array; readonly agent: AgentId; readonly enrolled: Enrolled }
  | { readonly do: 'open_session'; readonly session: Session }
  | { readonly do: 'start_session'; readonly id: SessionId; readonly secretHash: Uint8Array }
  | { readonly do: 'end_session'; readonly id: SessionId; readonly at: number; readonly by: EndedBy };

export type EnrollmentCodeRow = {
  readonly codeHash: Uint8Array;
  readonly agent: AgentId;
  readonly expectedPublicKey: string | null;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly used: { readonly at: number; readonly byKey: string } | null;
};
export type Enrolled = {
  readonly at: number;
  readonly publicKey: string;
  readonly sealedPasskey: Uint8Array;
  readonly version: string;
  readonly platform: string;
};

export interface TenantStore {
  byId(id: TenantId): Promise<Tenant | null>;
  list(): Promise<readonly Tenant[]>;
}

export interface AgentStore {
  byId(id: AgentId): Promise<Agent | null>;
  list(tenant: TenantId | null): Promise<readonly Agent[]>;
  seen(id: AgentId, at: number, manifest: Agent['manifest']): Promise<void>;
  codeByHash(hash: Uint8Array): Promise<{ readonly row: EnrollmentCodeRow; readonly tenant: TenantId } | null>;
}

/** A session with what every use of it has to look at again: the tenant as it stands now. */
export type SessionInContext = { readonly session: Session; readonly tenant: Tenant };

export interface SessionStore {
  byId(id: SessionId): Promise<Session | null>;
  bySecretHash(hash: Uint8Array): Promise<SessionInContext | null>;
  /** The one session of this agent that is not ended, if any. */
  openOf(agent: AgentId): Promise<Session | null>;
  openOfTenant(tenant: TenantId): Promise<readonly Session[]>;
  /** Sessions this node left open in an earlier life. */
  leftOpenBy(node: NodeId, epochBefore: number): Promise<readonly Session[]>;
  /** Newest first; null: of all tenants. The limit counts only what is asked for. */
  list(tenants: readonly TenantId[] | null, limit: number): Promise<readonly Session[]>;
}

export type NewPat = Principal & {
  readonly secretHash: Uint8Array;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number;
};

export interface PatStore {
  /** Only one that is neither expired nor revoked. */
  bySecretHash(hash: Uint8Array, now: number): Promise<Principal | null>;
  add(pat: NewPat): Promise<void>;
  revoke(id: TokenId, at: number): Promise<void>;
}

export interface NonceStore {
  /** True exactly once per purpose and nonce, also when two nodes ask at the same moment. */
  burn(purpose: 'handshake' | 'activation', nonce: string, expiresAt: number): Promise<boolean>;
  sweep(now: number): Promise<void>;
}

export type StoredLogKey = { readonly publicKey: Uint8Array; readonly sealedSeed: Uint8Array };

export interface InstanceStore {
  instance(): Promise<{ readonly id: InstanceId; readonly logKeys: readonly StoredLogKey[] } | null>;
  found(id: InstanceId, key: StoredLogKey, at: number): Promise<void>;
  hasLeaves(): Promise<boolean>;
  /** A new start of this node: its next epoch. */
  nextEpoch(node: NodeId, at: number): Promise<number>;
}

export type LogRow = {
  readonly audit: AuditRow;
  readonly seq: number;
  readonly bytes: string;
  readonly leafHash: Uint8Array;
  readonly salt: Uint8Array | null;
};
export type NodeRow = Subtree & { readonly hash: Uint8Array };
export type LogBatch = {
  readonly tree: TreeName;
  readonly rows: readonly LogRow[];
  readonly nodes: readonly NodeRow[]; // complete subtrees above the leaves
  readonly checkpoint: { readonly size: number; readonly note: string; readonly at: number };
  readonly deeds: readonly { readonly deed: Deed; readonly seq: number }[];
};

/** `moved_on`: another process took the place first. `denied`: a row or a deed was refused, and nothing is written. */
export type Commit = { readonly done: true } | { readonly done: false; readonly why: 'moved_on' } | {
  readonly done: false;
  readonly why: 'denied';
  readonly denial: Denial;
};

export interface LogStore {
  /** All of it or nothing, durable when the promise resolves. Throws when the database is not there. */
  commit(batch: LogBatch): Promise<Commit>;
  head(tree: TreeName): Promise<{ readonly size: number; readonly note: string } | null>;
  nodes(tree: TreeName, places: readonly Subtree[]): Promise<readonly Uint8Array[]>;
  leaves(tree: TreeName, from: number, to: number): Promise<readonly LogRowRead[]>;
  checkpoint(tree: TreeName, size: number): Promise<string | null>;
  trees(): Promise<readonly TreeName[]>;
  /** Intents without an outcome in sessions this node opened in an earlier life: what a crash left open. */
  openIntents(node: NodeId, epochBefore: number): Promise<readonly LogRowRead[]>;
  /** The intent whose audit row has this id, if it is in the log and without an outcome. */
  openIntent(id: string): Promise<LogRowRead | null>;
  /**
   * After a commit that threw: sees to it that nothing of it is still under way. True when it has been written by now or
   * never will be; false when nobody can say yet.
   */
  settle(): Promise<boolean>;
}
export type LogRowRead = { readonly seq: number; readonly bytes: string };

/** Every store of one database, or of one test. */
export type Stores = {
  readonly tenants: TenantStore;
  readonly agents: AgentStore;
  readonly sessions: SessionStore;
  readonly pats: PatStore;
  readonly nonces: NonceStore;
  readonly founding: InstanceStore;
  readonly leaves: LogStore;
};

/** Structured, and never given a secret; main.ts redacts once more. */
export type Log = (level: 'info' | 'warn' | 'error', what: string, facts?: Readonly<Record<string, string | number | boolean | null>>) => void;
