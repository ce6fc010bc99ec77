/** What this app needs from the world. Each has a real adapter and an in-memory one, held to one contract suite. */
import type { Denial } from '@argus/protocol/errors.ts';
import type { AgentId, CredentialId, InstanceId, NodeId, RequestId, SessionId, TenantId, TokenId } from '@argus/protocol/ids.ts';
import type { TreeName } from '@argus/protocol/origin.ts';
import type { Subtree } from '@argus/ledger/plan.ts';
import type { Agent } from './agents/agent.ts';
import type { PresenceStore } from './agents/presence.ts';
import type { ApiCall } from './audit/api-call.ts';
import type { Acknowledged, Alert, AlertStore } from './alerts/alert.ts';
import type { TripwireFacts } from './alerts/look.ts';
import type { AuditRow } from './audit/attempt.ts';
import type { Reached } from './audit/auditor.ts';
import type { Reconciliation, ReconciliationStore } from './audit/reconciliation.ts';
import type { RecordReader } from './audit/record.ts';
import type { EvidenceStore } from './evidence/store.ts';
import type { JobStore } from './jobs/job.ts';
import type { CosignatureStore } from './ledger/cosignature.ts';
import type { PatPrincipal, Scope } from './people/principal.ts';
import type { OidcDeed, SubjectStore } from './oidc/store.ts';
import type { PasskeyDeed, PasskeyStore } from './passkeys/store.ts';
import type { HandoffStore, LoginStore, PeopleDeed, SignInTurnStore, UserStore } from './people/store.ts';
import type { EndedBy, EndedWho, Session } from './sessions/session.ts';
import type { Armed, Consent, Tenant } from './tenants/tenant.ts';

/**
 * A change of state that is committed together with its log entry, or not at all. Data, so that every
 * store can carry it out in its own way; a new deed without a performer does not compile.
 */
export type Deed =
  /** Made with another one: only while that one still opens something. */
  | { readonly do: 'issue_pat'; readonly pat: NewPat }
  /** Tells every node to look at the sessions that were opened with it. */
  | { readonly do: 'revoke_pat'; readonly id: TokenId; readonly at: number }
  | { readonly do: 'create_tenant'; readonly id: TenantId; readonly name: string; readonly at: number }
  /** Another consent than the one that was asserted: the tenant is not armed any more. */
  | { readonly do: 'save_consent'; readonly tenant: TenantId; readonly consent: Consent; readonly at: number }
  | { readonly do: 'withdraw_consent'; readonly tenant: TenantId; readonly by: string; readonly at: number }
  /** With `consentSeq` only on the consent of that entry: another one may have been recorded since it was judged. */
  | { readonly do: 'arm'; readonly tenant: TenantId; readonly armed: Armed; readonly consentSeq?: number }
  | { readonly do: 'disarm'; readonly tenant: TenantId }
  /** Only one that is armed, and with a time given only one whose arming is over by then: of several at once one is done. */
  | { readonly do: 'disarm_armed'; readonly tenant: TenantId; readonly overdueAt: number | null }
  | { readonly do: 'issue_code'; readonly code: EnrollmentCodeRow; readonly tenant: TenantId }
  | { readonly do: 'enroll_agent'; readonly codeHash: Uint8Array; readonly agent: AgentId; readonly enrolled: Enrolled }
  | { readonly do: 'open_session'; readonly session: Session }
  | { readonly do: 'start_session'; readonly id: SessionId; readonly secretHash: Uint8Array }
  /** Changes nothing: the entry is only written if the session stands by the order of the log, whichever node shut it. */
  | { readonly do: 'need_standing'; readonly session: SessionId }
  /** Refused when the tenant would then have more kept than this. */
  | { readonly do: 'keep_result'; readonly kept: KeptResult; readonly bytesMax: number }
  | { readonly do: 'revoke_agent'; readonly agent: AgentId; readonly at: number }
  | {
      readonly do: 'end_session';
      readonly id: SessionId;
      readonly at: number;
      readonly by: EndedBy;
      readonly who?: EndedWho;
      readonly signed?: SignedWord; //    it came with the end itself
      readonly onlyIfSilent?: NodeSign; // fenced: refused when that node has shown a sign of life since
    }
  | { readonly do: 'close_session'; readonly id: SessionId; readonly at: number; readonly signed: SignedWord }
  | { readonly do: 'fail_to_close'; readonly id: SessionId; readonly at: number }
  | { readonly do: 'raise_alert'; readonly alert: Alert }
  | { readonly do: 'acknowledge_alert'; readonly alert: string; readonly acknowledged: Acknowledged }
  | PeopleDeed
  | PasskeyDeed
  | OidcDeed
  /** With the entry that says so: checkpoints over more entries are signed by the new key. */
  | { readonly do: 'rotate_log_key'; readonly tree: TreeName; readonly from: Uint8Array; readonly to: Uint8Array }
  | { readonly do: 'record_reconciliation'; readonly result: Reconciliation; readonly reached: readonly Reached[] };

/** A result as its consent has it kept, sealed to the tenant. Its place is that of the outcome it is written with. */
export type KeptResult = {
  readonly tenant: TenantId;
  readonly agent: AgentId;
  readonly session: SessionId;
  readonly requestId: RequestId;
  readonly at: number;
  readonly until: number;
  readonly key: string;
  readonly sealed: Uint8Array;
  readonly signature: string;
};

/** The agent's last word on a session, once its signature was checked. */
export type SignedWord = { readonly how: string; readonly agentAt: number };
/** A sign of life: no clock of another machine is compared, only whether this stood still. */
export type NodeSign = { readonly node: NodeId; readonly epoch: number; readonly beat: number };

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
  /** Not ended, and since it opened neither was its tenant shut (and maybe armed again) nor its agent or its token revoked. */
  isStanding(id: SessionId): Promise<boolean>;
  openOfToken(token: CredentialId): Promise<readonly Session[]>;
  /** Sessions this node left open in an earlier life. */
  leftOpenBy(node: NodeId, epochBefore: number): Promise<readonly Session[]>;
  /** Newest first; null: of all tenants. The limit counts only what is asked for. */
  list(tenants: readonly TenantId[] | null, limit: number): Promise<readonly Session[]>;
}

export interface ArmingStore {
  /** Null: the turn is taken. Otherwise nothing is, and the answer says in how many milliseconds the next one is free. */
  takeTurn(operator: string, now: number): Promise<number | null>;
  /** Tenants that are armed though their time is up. */
  overdue(now: number): Promise<readonly Overdue[]>;
}
export type Overdue = { readonly tenant: TenantId; readonly until: number };

export type NewPat = PatPrincipal & {
  readonly secretHash: Uint8Array;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly madeBy?: CredentialId; // absent: at the server itself
};
export type PatRow = Omit<NewPat, 'secretHash' | 'madeBy'> & {
  readonly madeBy: CredentialId | null;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
};
export type PatUse = { readonly id: TokenId; readonly at: number };

/** Reading only: a token comes and goes by a deed. */
export interface PatStore {
  /** Only one that is neither expired nor revoked. */
  bySecretHash(hash: Uint8Array, now: number): Promise<PatPrincipal | null>;
  byId(id: TokenId): Promise<PatRow | null>;
  /** Newest first. `within`: only those that reach no further than these tenants; null: all. */
  list(within: readonly TenantId[] | null, limit: number): Promise<readonly PatRow[]>;
  /** Moves the last use on, never back. */
  used(uses: readonly PatUse[]): Promise<void>;
}

/** The record of API calls, to write. */
export interface ApiCallStore {
  /** All of them, durable when it says so and was asked to be; `refused`: the store does not take one of them. Throws when it is not there. */
  add(calls: readonly ApiCall[], how: 'durable' | 'soon'): Promise<'written' | 'refused'>;
  /** Makes room for the months to come and lets go of what is older than 365 days. */
  keep(): Promise<void>;
}

/** Where a page ended: microseconds, as the database counts. */
export type Moment = { readonly atUs: number; readonly id: string };
/** What is asked of a record. Rows without a tenant belong to nobody's tenants, so only null finds them. */
export type RecordQuery<K extends string> = {
  readonly tenants: readonly TenantId[] | null; // null: all
  readonly match: { readonly [N in K]?: string | number | undefined };
  /** Somewhere in what is searched of a row, in capitals or not. */
  readonly text?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined; // not included
  readonly before?: Moment | undefined;
  readonly limit: number;
};
/** `next`: where to go on; null when there is nothing older. */
export type RecordPage<R> = { readonly rows: readonly R[]; readonly next: Moment | null };
export type ApiCallMatch = 'actor' | 'pat_id' | 'method' | 'route' | 'status';
export type AuditMatch = 'agent_id' | 'session_id' | 'operator' | 'action' | 'phase' | 'outcome' | 'code';
export type EventMatch = 'type';
/** `tenant`: whose thing the address named, as far as it exists. */
export type RecordedCall = Omit<ApiCall, 'named'> & { readonly tenant: TenantId | null };
/** Null: its event is gone. */
export type RecordedAttempt = Omit<AuditRow, 'at'> & { readonly at: number; readonly leaf_index: number | null };
/** Where a text is looked for. */
export const SEARCHED = ['operator', 'reason', 'command', 'action', 'agent_id', 'session_id', 'code'] as const satisfies readonly (keyof RecordedAttempt)[];
export type EventRow = {
  readonly id: string;
  readonly at: number;
  readonly source: string;
  readonly type: string;
  readonly tenant_id: TenantId | null;
  readonly tree: string;
  readonly leaf_index: number;
  readonly body: unknown;
};

/** The three records of what was done, newest first. No page costs more than its share, however large they are. */
export interface RecordStore {
  apiCalls(query: RecordQuery<ApiCallMatch>): Promise<RecordPage<RecordedCall>>;
  supportAudit(query: RecordQuery<AuditMatch>): Promise<RecordPage<RecordedAttempt>>;
  events(query: RecordQuery<EventMatch>): Promise<RecordPage<EventRow>>;
}

export type NoncePurpose = 'handshake' | 'activation' | 'passkey' | 'oidc';
export interface NonceStore {
  /** True exactly once per purpose and nonce, also when two nodes ask at the same moment. */
  burn(purpose: NoncePurpose, nonce: string, expiresAt: number): Promise<boolean>;
  /** Only looks: whether it could still be burned. */
  isBurned(purpose: NoncePurpose, nonce: string): Promise<boolean>;
  sweep(now: number): Promise<void>;
}

export type StoredLogKey = { readonly publicKey: Uint8Array; readonly sealedSeed: Uint8Array };

export type StoredRotation = { readonly tree: TreeName; readonly size: number; readonly from: Uint8Array; readonly to: Uint8Array };

export interface InstanceStore {
  instance(): Promise<{ readonly id: InstanceId; readonly logKeys: readonly StoredLogKey[] } | null>;
  found(id: InstanceId, key: StoredLogKey, at: number): Promise<void>;
  /** The next one; nothing is signed with it before an entry of that log says so. */
  addLogKey(key: StoredLogKey, at: number): Promise<void>;
  /** Where each log went over to which key, in order. */
  rotations(): Promise<readonly StoredRotation[]>;
  hasLeaves(): Promise<boolean>;
  /** A new start of this node: its next epoch. */
  nextEpoch(node: NodeId, at: number): Promise<number>;
}

/** What nobody has finished. Oldest first, so many at a time. */
export interface EndingStore {
  /** Open sessions whose time was up by then. */
  overdue(before: number, limit: number): Promise<readonly Session[]>;
  /** Ended ones whose last word is due and missing, which is not on record yet. */
  withoutLastWord(now: number, limit: number): Promise<readonly Session[]>;
}

/** Something happened that another node may have to act on. It says where to look; the row itself says what is true. */
export type Change =
  | { readonly kind: 'session_ended'; readonly session: SessionId } // or it has to: its token was revoked
  | { readonly kind: 'tenant_shut'; readonly tenant: TenantId }
  | { readonly kind: 'agent_revoked' | 'agent_moved'; readonly agent: AgentId };
/** Each change once, whichever transaction became visible first. A read that failed has taken nothing. */
export type ChangeReader = { next(): Promise<readonly Change[]> };

/** The nodes of one database: that each is alive, where agents dialed in, and what happened elsewhere. */
export interface NodeStore {
  /** A sign of life. False: a newer start of this very node is running, and this one is over. */
  beat(node: NodeId, epoch: number, at: number): Promise<boolean>;
  /** Other nodes that have open sessions. */
  othersWithSessions(than: NodeId): Promise<readonly NodeSign[]>;
  /** The line of this agent is here now. Answers whether the agent may have one at all. */
  place(agent: AgentId, node: NodeId): Promise<'welcome' | 'revoked'>;
  /** Those of them whose line should not be on this node any more. */
  notHere(node: NodeId, agents: readonly AgentId[]): Promise<readonly { readonly agent: AgentId; readonly why: 'revoked' | 'moved' }[]>;
  /** Reads what changes from now on. */
  follow(): Promise<ChangeReader>;
  /** Drops changes that every node has read long ago. */
  forget(): Promise<void>;
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
  /**
   * Intents without an outcome in sessions of this node's last life that had any: what a crash left open. A life opens its
   * first session when it has settled all that was open before it, so in those of earlier ones there is nothing to look for.
   */
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

/** What the log holds of one request to one agent. */
export type RecordedRequest = {
  readonly requestId: RequestId;
  readonly intent: LogRowRead & { readonly salt: Uint8Array | null };
  readonly outcome: (LogRowRead & { readonly checkpoint: string }) | null; // the first checkpoint that has it
  readonly isLateKnown: boolean; // a late answer is on record too
};
export interface RequestStore {
  /** In no order; a request nobody recorded is left out. */
  recorded(agent: AgentId, requests: readonly RequestId[]): Promise<readonly RecordedRequest[]>;
}

/** Every store of one database, or of one test. */
export type Stores = {
  readonly tenants: TenantStore;
  readonly agents: AgentStore;
  readonly sessions: SessionStore;
  readonly endings: EndingStore;
  readonly pats: PatStore;
  readonly users: UserStore;
  readonly logins: LoginStore;
  readonly handoffs: HandoffStore;
  readonly signInTurns: SignInTurnStore;
  readonly passkeys: PasskeyStore;
  readonly subjects: SubjectStore;
  readonly nonces: NonceStore;
  readonly founding: InstanceStore;
  readonly nodes: NodeStore;
  readonly presence: PresenceStore;
  readonly leaves: LogStore;
  readonly arming: ArmingStore;
  readonly calls: ApiCallStore;
  readonly records: RecordStore;
  readonly requests: RequestStore;
  readonly evidence: EvidenceStore;
  readonly record: RecordReader;
  readonly reconciliations: ReconciliationStore;
  readonly alerts: AlertStore;
  readonly tripwireFacts: TripwireFacts;
  readonly jobs: JobStore;
  readonly cosignatures: CosignatureStore;
};

/** Structured, and never given a secret; main.ts redacts once more. */
export type Log = (level: 'info' | 'warn' | 'error', what: string, facts?: Readonly<Record<string, string | number | boolean | null>>) => void;
