/**
 * Which refusals a route can answer. What its door, its path, its query and its body imply is derived here; the rest
 * stands in its row. Documents are printed from this, and tests hold every refusal to it.
 */
import type { ErrorCode } from '@argus/protocol/errors.ts';
import type { Door, Route } from './routes.ts';

export type LadderName = Extract<Door, { kind: 'ladder' }>['ladder'];

/** Where an assertion may stand in for the network. */
const NETWORK: readonly ErrorCode[] = ['ip_not_allowlisted', 'access_allowlist_empty'];

/** What each gate says, in the order of its ladder. */
export const GATE_CODES: { readonly [L in LadderName]: Readonly<Record<string, readonly ErrorCode[]>> } = {
  activation: {
    network: NETWORK,
    ops_token: ['bad_ops_token'],
    credential: ['missing_role', 'foreign_origin', 'csrf_refused'],
    identity: ['identity_mismatch'],
    enabled: ['remote_support_disabled'],
    request: ['bad_request', 'method_not_allowed'],
    fresh: ['stale_request'],
    step_up: ['step_up_required'],
    agent: ['agent_not_found'],
    consent: ['tenant_consent_required'],
    operator_proof: ['operator_proof_required'],
    armed: ['tenant_not_armed'],
    online: ['agent_offline'],
    free: ['session_active'],
    nonce: ['nonce_replayed'],
  },
  revoke: {
    network: ['ip_not_allowlisted'],
    ops_token: ['bad_ops_token'],
    credential: ['missing_role', 'foreign_origin', 'csrf_refused'],
    enabled: ['remote_support_disabled'],
    request: ['bad_request', 'method_not_allowed'],
    fresh: ['stale_request'],
    step_up: ['step_up_required'],
    agent: ['agent_not_found'],
    nonce: ['nonce_replayed'],
  },
  command: {
    network: NETWORK,
    credential: ['missing_role', 'foreign_origin', 'csrf_refused'],
    identity: ['identity_mismatch'],
    enabled: ['remote_support_disabled'],
    session: ['session_not_found', 'session_expired'],
    operator: ['session_mismatch'],
    request: ['bad_request', 'method_not_allowed'],
    bound: ['session_mismatch'],
    consent: ['tenant_consent_required'],
    armed: ['tenant_not_armed'],
    known: ['command_not_allowlisted'],
    covered: ['consent_scope_exceeded'],
    args: ['bad_args', 'path_not_allowlisted'],
  },
};

/** A query parameter that no route declares is refused everywhere; and anything may break. */
const ANY: readonly ErrorCode[] = ['bad_request', 'malformed_request', 'internal'];
/** Of who comes with a cookie. */
const PAGE: readonly ErrorCode[] = ['foreign_origin', 'csrf_refused'];
const WITH_BODY: readonly ErrorCode[] = ['unsupported_media_type', 'body_too_large'];

export const codesOf = (route: Route): readonly ErrorCode[] => [
  ...new Set<ErrorCode>([...ofDoor(route.door), ...ofAddress(route.door), ...ofPath(route), ...(route.body || route.method !== 'GET' ? WITH_BODY : []), ...ANY, ...ofRecord(route.door), ...(route.refuses ?? [])]),
];

function ofDoor(door: Door): readonly ErrorCode[] {
  switch (door.kind) {
    case 'open':
    case 'code':
      return [];
    case 'scrape':
      return ['scrape_refused'];
    case 'credential':
    case 'login':
      return ['unauthenticated', ...PAGE];
    case 'token':
    case 'scope':
    case 'log':
    case 'role':
      return ['unauthenticated', 'missing_role', ...PAGE];
    case 'sign_in':
      return ['foreign_origin', 'sign_in_off', 'rate_limited'];
    case 'ladder':
      return Object.values(GATE_CODES[door.ladder]).flat();
    default:
      return door satisfies never;
  }
}

/** A secret in the query: a ladder says what it says to a wrong one, so that nobody outside learns that it was read. */
const ofAddress = ({ kind }: Door): readonly ErrorCode[] => (kind === 'ladder' ? ['bad_ops_token'] : ['secret_in_address']);

/** A ladder has a gate of its own for what the address names. */
const ofPath = ({ path, door }: Route): readonly ErrorCode[] =>
  door.kind === 'ladder' ? [] : Object.entries(NOT_FOUND).flatMap(([kind, code]) => (path.includes(`/:${kind}`) ? [code] : []));

const NOT_FOUND: Readonly<Record<string, ErrorCode>> = { tenant: 'tenant_not_found', agent: 'agent_not_found', session: 'session_not_found', token: 'pat_not_found', alert: 'alert_not_found', user: 'user_not_found', login: 'login_not_found' };

/** What asks the database finds it gone, now and then. */
const ofRecord = (door: Door): readonly ErrorCode[] => (door.kind === 'open' || door.kind === 'scrape' ? [] : ['audit_unavailable']);
