import { sha256Hex } from '@argus/keys/hash.ts';
import { parseId, redactSecrets, type AgentId, type LoginId, type SessionId, type TenantId, type TokenId } from '@argus/protocol/ids.ts';
import { cleanText, redactKeys } from '@argus/protocol/text.ts';
import type { Principal, Scope } from '../people/principal.ts';

/**
 * One authenticated call of the API, as it is kept. Of what a caller sent only the shape is in here: the template of the
 * route, never the address; the digest of the body, never the body.
 */
export type ApiCall = {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly actorKind: 'pat' | 'login';
  readonly tokenId: TokenId | null;
  readonly loginId?: LoginId; // of a person
  readonly scope: Scope | null;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly latencyMs: number;
  /** What the address names, where it has the shape of an id. The store finds out whose it is. */
  readonly named: Named;
  readonly ip: string;
  readonly userAgent: string | null;
  readonly bodySha256: string | null;
};
export type Named = { readonly tenant?: TenantId; readonly agent?: AgentId; readonly session?: SessionId };

/** What is known of a call when it is answered. */
export type Answered = {
  readonly id: string;
  readonly at: number;
  readonly latencyMs: number;
  readonly who: Principal;
  readonly scope: Scope | null;
  readonly method: string;
  readonly path: string; // of the route table
  readonly status: number;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly ip: string;
  readonly userAgent: string | undefined;
  readonly body: Uint8Array | undefined;
};

const USER_AGENT_MAX = 256;

export const apiCallOf = (a: Answered, withoutOurSecrets: (text: string) => string): ApiCall => ({
  id: a.id,
  at: a.at,
  actor: a.who.operator,
  ...(a.who.login ? { actorKind: 'login', tokenId: null, loginId: a.who.tokenId } : { actorKind: 'pat', tokenId: a.who.tokenId }),
  scope: a.scope,
  method: a.method,
  route: templateOf(a.path),
  status: a.status,
  latencyMs: Math.max(0, Math.round(a.latencyMs)),
  named: namedIn(a),
  ip: a.ip,
  userAgent: a.userAgent === undefined ? null : cleanText(redactKeys(withoutOurSecrets(redactSecrets(a.userAgent))), USER_AGENT_MAX),
  bodySha256: a.body === undefined ? null : sha256Hex(a.body),
});

/** As the reference spells it. */
export const templateOf = (path: string): string => path.replaceAll(/:([a-z]+)/g, '{$1}');

function namedIn({ params, query }: Answered): Named {
  const tenant = parseId('tenant', params['tenant'] ?? query['tenant']);
  const agent = parseId('agent', params['agent']);
  const session = parseId('session', params['session']);
  return { ...(tenant && { tenant }), ...(agent && { agent }), ...(session && { session }) };
}
