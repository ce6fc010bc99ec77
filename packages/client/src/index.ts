/** What the published package gives out. Inside this repository files are imported by their own names. */
export * from './client.ts';
export * from './download.ts';
export * from './explain.ts';
export * from './log-requests.ts';
export * from './probe.ts';
export * from './problem.ts';
export * from './proposals.ts';
export * from './requests.ts';
export { ERRORS, isErrorCode, type ErrorCode, type ErrorSpec } from '@argus/protocol/errors.ts';
export { isId, parseId } from '@argus/protocol/ids.ts';
export type { AgentId, RequestId, SessionId, SessionToken, TenantId, TokenId } from '@argus/protocol/ids.ts';
