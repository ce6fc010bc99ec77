/** A tenant's log, as it is checked: exact texts, checkpoints and proofs. */
import { SessionReplay, type ReplayQuery } from '@argus/protocol/http/evidence.ts';
import { LogCheckpoint, LogCosignatures, LogEntries, LogProof, type LogCosignaturesQuery, type LogEntriesQuery, type LogProofQuery } from '@argus/protocol/http/log.ts';
import type { SessionId, TenantId } from '@argus/protocol/ids.ts';
import { fits } from './read.ts';
import { at, get, querying, type Request } from './request.ts';

const logOf = (tenant: TenantId): string => `/v1/tenants/${at(tenant)}/log`;

export type LogCheckpointAsked = { readonly cosignatures?: 'true' | 'false' };
export const logCheckpoint = (tenant: TenantId, asked: LogCheckpointAsked = {}) =>
  get(`${logOf(tenant)}/checkpoint${querying(asked)}`, fits(LogCheckpoint));
export const logEntries = (tenant: TenantId, asked: LogEntriesQuery = {}) => get(`${logOf(tenant)}/entries${querying(asked)}`, fits(LogEntries));
export const logProof = (tenant: TenantId, asked: LogProofQuery) => get(`${logOf(tenant)}/proof${querying(asked)}`, fits(LogProof));
export const logCosignatures = (tenant: TenantId, asked: LogCosignaturesQuery = {}) =>
  get(`${logOf(tenant)}/cosignatures${querying(asked)}`, fits(LogCosignatures));

export const replaySession = (session: SessionId, asked: ReplayQuery = {}): Request<SessionReplay> => get(`/support/sessions/${at(session)}/replay${querying(asked)}`, fits(SessionReplay));
