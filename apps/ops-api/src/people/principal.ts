import type { LoginId, TenantId, TokenId, UserId } from '@argus/protocol/ids.ts';
import type { Role } from './roles.ts';

/** What a credential may do. Every door names one of these, and nothing is implied by anything. */
export const SCOPES = {
  'tenants:read': 'See tenants and their agents.',
  'tenants:write': 'Add tenants.',
  'consent:write': 'Record and withdraw consent.',
  'remote_support': 'Open sessions and run commands, with the other factors.',
  'remote_support:arm': 'Arm and disarm tenants.',
  'agents:enroll': 'Make enrollment codes.',
  'sessions:propose': 'Put a proposal for a session on record. Opens nothing.',
  'logs:read': 'Read the log and the audit records.',
  'pats:write': 'Make, list and revoke personal access tokens, none mightier than itself.',
  'audit:run': 'Run the audit on demand.',
  'alerts:write': 'Acknowledge alerts.',
  'own_log:read': 'Read the log of one tenant, for that tenant itself. Stands alone in a token of one tenant, which is nobody everywhere else.',
} as const;
export type Scope = keyof typeof SCOPES;
export const isScope = (text: string): text is Scope => Object.hasOwn(SCOPES, text);

export const PRESETS = {
  'support-readonly': ['tenants:read', 'logs:read'],
  // For a program that looks and proposes, such as an assistant: it opens nothing and has no second factor to use.
  assistant: ['tenants:read', 'logs:read', 'sessions:propose'],
  'support-operator': ['tenants:read', 'remote_support', 'sessions:propose'],
  'tenant-admin': ['tenants:read', 'tenants:write', 'consent:write', 'remote_support:arm', 'agents:enroll', 'logs:read', 'alerts:write'],
  // The only preset that makes tokens: whoever may hand out access is named for it.
  'admin-full': Object.keys(SCOPES).filter((scope) => scope !== 'own_log:read') as Scope[], // Object.keys loses the literal types
  // For the tenant itself: to be given to somebody outside, and worth nothing but its own log.
  'tenant-reader': ['own_log:read'],
} as const satisfies Record<string, readonly Scope[]>;

/** Who is asking, as far as the credential says. */
type Somebody = {
  readonly operator: string; // e-mail
  readonly scopes: readonly Scope[];
  readonly tenants: readonly TenantId[] | null; // null: all
};
/** A token came with the request. */
export type PatPrincipal = Somebody & { readonly tokenId: TokenId; readonly login?: undefined };
/** A person sits at the other end. `confirmedAt`: when they last showed a second factor. */
export type LoginPrincipal = Somebody & { readonly tokenId: LoginId; readonly login: { readonly user: UserId; readonly role: Role; readonly confirmedAt: number | null } };
export type Principal = PatPrincipal | LoginPrincipal;

/**
 * The token of a tenant that reads its own log. In company the scope opens nothing: who holds such a token is not one of us,
 * and every door but those of the log answers as to nobody.
 */
export const isTenantReader = ({ scopes }: Pick<Principal, 'scopes'>): boolean => scopes.length === 1 && scopes[0] === 'own_log:read';
/** Null: nobody's. */
export const ownLogOf = (principal: Principal): TenantId | null =>
  isTenantReader(principal) && principal.tenants?.length === 1 ? (principal.tenants[0] ?? null) : null;

/** What is in the way of a token with these scopes for these tenants, whoever wants it; null: nothing. */
export function misfitOf(scopes: readonly Scope[], tenants: readonly TenantId[] | null): string | null {
  if (!scopes.includes('own_log:read')) return null;
  if (scopes.length > 1) return 'scopes: own_log:read stands alone';
  return tenants?.length === 1 ? null : 'tenants: a token that reads its own log is for exactly one tenant';
}

/** Nobody hands on more than they have; who may read logs may also let one tenant read its own. */
export const mayHandOn = ({ scopes }: Principal, scope: Scope): boolean =>
  scopes.includes(scope) || (scope === 'own_log:read' && scopes.includes('logs:read'));

export const maySee = (principal: Principal, tenant: TenantId): boolean =>
  principal.tenants === null || principal.tenants.includes(tenant);
