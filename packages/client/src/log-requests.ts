/** The tenant's log and what leaves as evidence. What may be large comes as a stream, see download.ts. */
import { LogCheckpoint, LogCosignatures, LogEntries, LogProof, LogReceipts } from '@argus/protocol/http/log.ts';
import { SessionReplay } from '@argus/protocol/http/evidence.ts';
import type { SessionId, TenantId } from '@argus/protocol/ids.ts';
import type { Download } from './download.ts';
import { fits, type AnswerOf } from './read.ts';
import { at, get, querying, type Request } from './requests.ts';

const logOf = (tenant: TenantId): string => `/v1/tenants/${at(tenant)}/log`;

export type Checkpoint = AnswerOf<typeof LogCheckpoint>;
export const logCheckpoint = (tenant: TenantId, asked: { readonly cosignatures?: 'true' } = {}): Request<Checkpoint> =>
  get(`${logOf(tenant)}/checkpoint${querying(asked)}`, fits(LogCheckpoint));

export type Entries = AnswerOf<typeof LogEntries>;
export const logEntries = (tenant: TenantId, asked: { readonly from?: number; readonly to?: number } = {}): Request<Entries> =>
  get(`${logOf(tenant)}/entries${querying(asked)}`, fits(LogEntries));

export type Proof = AnswerOf<typeof LogProof>;
/** Of inclusion with `index`, of consistency with `from`: one of the two. */
export type ProofAsked = { readonly index?: number; readonly from?: number; readonly size?: number };
export const logProof = (tenant: TenantId, asked: ProofAsked): Request<Proof> => get(`${logOf(tenant)}/proof${querying(asked)}`, fits(LogProof));

export type Cosignatures = AnswerOf<typeof LogCosignatures>;
export const logCosignatures = (tenant: TenantId, asked: { readonly size?: number; readonly after?: string } = {}): Request<Cosignatures> =>
  get(`${logOf(tenant)}/cosignatures${querying(asked)}`, fits(LogCosignatures));

export type Receipts = AnswerOf<typeof LogReceipts>;
export const logReceipts = (tenant: TenantId, asked: { readonly from?: number } = {}): Request<Receipts> => get(`${logOf(tenant)}/receipts${querying(asked)}`, fits(LogReceipts));

export type BundleAsked = { readonly kind?: 'log' | 'period' | 'session'; readonly session?: SessionId; readonly from?: number; readonly to?: number };
export const logBundle = (tenant: TenantId, asked: BundleAsked = {}): Download => ({ method: 'GET', path: `${logOf(tenant)}/bundle${querying(asked)}`, type: 'application/x-tar' });

export type ExportAsked = { readonly format?: 'ndjson' | 'ocsf'; readonly from?: number; readonly to?: number };
export const logExport = (tenant: TenantId, asked: ExportAsked = {}): Download => ({ method: 'GET', path: `${logOf(tenant)}/export${querying(asked)}`, type: 'application/x-ndjson' });

/** `size` of the first page keeps all pages under one checkpoint. */
export type ReplayAsked = { readonly from?: number; readonly size?: number };
export type Replay = AnswerOf<typeof SessionReplay>;
export const replaySession = (session: SessionId, asked: ReplayAsked = {}): Request<Replay> =>
  get(`/support/sessions/${at(session)}/replay${querying(asked)}`, fits(SessionReplay));
