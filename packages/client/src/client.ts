/** The ops API as functions. Knows no runtime: `fetch` is given, and nothing of Node.js is imported. */
import { err, ok, type Result } from '@argus/kit/result.ts';
import { textOf } from './answer-text.ts';
import { readFailure, readRefused, type ClientProblem } from './problem.ts';
import * as explained from './explain.ts';
import * as logs from './log-requests.ts';
import * as proposals from './proposals.ts';
import * as requests from './requests.ts';
import type { Request } from './requests.ts';
import * as server from './server.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
export type ClientConfig = {
  readonly baseUrl: string;
  readonly pat?: string | undefined;
  readonly opsToken?: string | undefined;
  readonly fetch: Fetch;
  readonly userAgent: string;
};

/** `value` is null when the route needs this header and nobody gave its secret. */
export type Header = { readonly name: string; readonly value: string | null; readonly isSecret: boolean };
type Secrets = Pick<ClientConfig, 'pat' | 'opsToken' | 'userAgent'>;

const open = (name: string, value: string): Header => ({ name, value, isSecret: false });
const secret = (name: string, value: string | undefined): Header => ({ name, value: value ?? null, isSecret: true });

/** All headers of a request, those that carry a secret marked. The only place a secret goes. */
export const headersOf = ({ pat, opsToken, userAgent }: Secrets, request: Pick<Request<unknown>, 'path' | 'body' | 'needsOpsToken' | 'session'>): readonly Header[] => [
  open('accept', 'application/json'),
  secret('authorization', pat === undefined ? undefined : `Bearer ${pat}`),
  ...(request.body ? [open('content-type', 'application/json')] : []),
  open('user-agent', userAgent),
  ...(request.needsOpsToken ? [secret('x-argus-ops-token', opsToken)] : []),
  ...(request.session ? [secret('x-argus-session', request.session.token)] : []),
];

/** A base may have a path of its own, behind a proxy. */
export const urlOf = (baseUrl: string, request: Pick<Request<unknown>, 'path'>): string =>
  `${baseUrl.replace(/\/+$/, '')}${request.path}`;

/** Sends it and reads the answer; never throws for anything the network or the other side does. */
export async function send<T>(config: ClientConfig, request: Request<T>): Promise<Result<T, ClientProblem>> {
  const headers = headersOf(config, request).flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]));
  try {
    const answer = await config.fetch(urlOf(config.baseUrl, request), {
      method: request.method,
      headers: Object.fromEntries(headers),
      ...(request.body && { body: JSON.stringify(request.body) }),
      // Followed, a redirect would carry our headers, the ops token among them, to wherever it points.
      redirect: 'manual',
      signal: AbortSignal.timeout(request.timeoutMs),
    });
    return readAnswer(request, answer.status, await textOf(answer));
  } catch (thrown) {
    return err(readFailure(thrown));
  }
}

function readAnswer<T>({ read }: Request<T>, status: number, text: string | null): Result<T, ClientProblem> {
  const raw = text === null ? null : parse(text);
  const isSuccess = status >= 200 && status < 300;
  const value = isSuccess ? read(raw) : null;
  if (value !== null) return ok(value);
  return err((isSuccess ? null : readRefused(raw)) ?? { kind: 'unreadable', status });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // nothing we read is null
  }
}

export function createClient(config: ClientConfig) {
  /** Any request builder as a method that sends what it builds. */
  const sending =
    <A extends readonly unknown[], T>(build: (...args: A) => Request<T>) =>
    (...args: A): Promise<Result<T, ClientProblem>> =>
      send(config, build(...args));
  return {
    send: <T>(request: Request<T>) => send(config, request),
    me: sending(requests.me),
    listTenants: sending(requests.listTenants),
    showTenant: sending(requests.showTenant),
    createTenant: sending(requests.createTenant),
    recordConsent: sending(requests.recordConsent),
    withdrawConsent: sending(requests.withdrawConsent),
    createEnrollmentCode: sending(requests.createEnrollmentCode),
    arm: sending(requests.arm),
    disarm: sending(requests.disarm),
    listAgents: sending(requests.listAgents),
    agentCounts: sending(requests.agentCounts),
    agentLines: sending(requests.agentLines),
    showAgent: sending(requests.showAgent),
    capabilities: sending(requests.capabilities),
    activate: sending(requests.activate),
    revoke: sending(requests.revoke),
    command: sending(requests.command),
    listSessions: sending(requests.listSessions),
    showSession: sending(requests.showSession),
    deactivate: sending(requests.deactivate),
    replaySession: sending(logs.replaySession),
    logCheckpoint: sending(logs.logCheckpoint),
    logEntries: sending(logs.logEntries),
    logProof: sending(logs.logProof),
    logReceipts: sending(logs.logReceipts),
    logCosignatures: sending(logs.logCosignatures),
    createPat: sending(requests.createPat),
    claimHandoff: sending(requests.claimHandoff),
    listPats: sending(requests.listPats),
    revokePat: sending(requests.revokePat),
    auditLog: sending(requests.auditLog),
    supportAudit: sending(requests.supportAudit),
    events: sending(requests.events),
    reconcile: sending(requests.reconcile),
    explain: sending(explained.explain),
    explainCommand: sending(explained.explainCommand),
    proposeSession: sending(proposals.proposeSession),
    listReconciliations: sending(requests.listReconciliations),
    listAlerts: sending(requests.listAlerts),
    acknowledgeAlert: sending(requests.acknowledgeAlert),
    serverStatus: sending(server.serverStatus),
  };
}
export type Client = ReturnType<typeof createClient>;
