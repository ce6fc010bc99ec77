import { isErrorCode, type ErrorCode, type KeptReceipt, type Problem } from '@argus/protocol/errors.ts';

/** The server's own no. A code we have no row for is a newer server's, and is kept as it came. */
export type Refused = { readonly kind: 'refused' } & Omit<Problem, 'code' | 'type'> & { readonly code: string };

/** Why no answer came. Only for `no_route` is it sure that the server did nothing. */
export type Unreachable = 'no_route' | 'untrusted_certificate' | 'timed_out' | 'broken_off';

export type ClientProblem =
  | Refused
  /** `writes`: what was asked for changes something, and nobody knows whether it was done. */
  | { readonly kind: 'unreachable'; readonly why: Unreachable; readonly detail: string; readonly writes?: true }
  /** Something answered that does not speak our protocol: a proxy's page, another product, a redirect. */
  | { readonly kind: 'unreadable'; readonly status: number };

export const knownCode = (problem: Refused): ErrorCode | null => (isErrorCode(problem.code) ? problem.code : null);

/** Null when it is not one of ours. */
export function readRefused(raw: unknown): Refused | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const fields = raw as Readonly<Record<string, unknown>>;
  const { code, title, hint, status, request_id, server_time, retry_after_s, problems, receipt, refused_by } = fields;
  if (typeof code !== 'string' || typeof title !== 'string' || typeof hint !== 'string') return null;
  if (typeof status !== 'number' || typeof request_id !== 'string') return null;
  return {
    kind: 'refused',
    code,
    title,
    hint,
    status,
    request_id,
    ...(typeof server_time === 'string' && { server_time }),
    ...(typeof retry_after_s === 'number' && { retry_after_s }),
    ...(isTexts(problems) && { problems }),
    ...(isReceipt(receipt) && { receipt }),
    ...(refused_by === 'machine' && { refused_by }),
  };
}

const isTexts = (raw: unknown): raw is readonly string[] =>
  Array.isArray(raw) && raw.every((item) => typeof item === 'string');

function isReceipt(raw: unknown): raw is KeptReceipt {
  if (typeof raw !== 'object' || raw === null) return false;
  const { leaf_index, outcome_index, checkpoint, agent_signature, result_sha256 } = raw as Readonly<Record<string, unknown>>;
  const [places, texts] = [[leaf_index, outcome_index], [checkpoint, agent_signature, result_sha256]];
  return places.every((place) => typeof place === 'number') && texts.every((text) => typeof text === 'string');
}

/** `fetch` says why in a different way in every runtime; what it does not say is "it broke off". */
export function readFailure(thrown: unknown, { writes = false }: { readonly writes?: boolean } = {}): ClientProblem {
  const names = [thrown, causeOf(thrown), ...causesOf(causeOf(thrown))].flatMap(wordsOf);
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  const detail = names.findLast((name) => /^[A-Z][A-Z_0-9]+$/.test(name)) ?? names.at(-1) ?? 'no answer';
  return { kind: 'unreachable', why: whyOf(has), detail, ...(writes && { writes }) };
}

function whyOf(has: (pattern: RegExp) => boolean): Unreachable {
  if (has(/^TimeoutError$/)) return 'timed_out';
  if (has(/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/)) return 'no_route';
  if (has(/CERT|^UNABLE_TO_|^ERR_TLS|^ERR_SSL|SELF_SIGNED/)) return 'untrusted_certificate';
  return 'broken_off';
}

const causeOf = (thrown: unknown): unknown => (thrown instanceof Error ? thrown.cause : undefined);
/** Two addresses were tried: two causes. */
const causesOf = (cause: unknown): readonly unknown[] => (cause instanceof AggregateError ? cause.errors : []);

function wordsOf(thrown: unknown): readonly string[] {
  if (!(thrown instanceof Error)) return [];
  const code = 'code' in thrown && typeof thrown.code === 'string' ? [thrown.code] : [];
  return [thrown.name, thrown.message, ...code];
}
