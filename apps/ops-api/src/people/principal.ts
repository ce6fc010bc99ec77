import type { TenantId, TokenId } from '@argus/protocol/ids.ts';

/** What a credential may do. Every door names one of these, and nothing is implied by anything. */
export const SCOPES = {
  'tenants:read': 'See tenants and their agents.',
  'tenants:write': 'Add tenants.',
  'consent:write': 'Record and withdraw consent.',
  'remote_support': 'Open sessions and run commands, with the other factors.',
  'remote_support:arm': 'Arm and disarm tenants.',
  'agents:enroll': 'Make enrollment codes.',
  'logs:read': 'Read the log and the audit records.',
  'pats:write': 'Make, list and revoke personal access tokens, none mightier than itself.',
  'audit:run': 'Run the audit on demand.',
  'alerts:write': 'Acknowledge alerts.',
} as const;
export type Scope = keyof typeof SCOPES;
export const isScope = (text: string): text is Scope => Object.hasOwn(SCOPES, text);

export const PRESETS = {
  'support-readonly': ['tenants:read', 'logs:read'],
  'support-operator': ['tenants:read', 'remote_support'],
  'tenant-admin': ['tenants:read', 'tenants:write', 'consent:write', 'remote_support:arm', 'agents:enroll', 'logs:read', 'alerts:write'],
  // The only preset that makes tokens: whoever may hand out access is named for it.
  'admin-full': Object.keys(SCOPES) as Scope[], // Object.keys loses the literal types
} as const satisfies Record<string, readonly Scope[]>;

/** Who is asking, as far as the credential says. */
export type Principal = {
  readonly tokenId: TokenId;
  readonly operator: string; // e-mail
  readonly scopes: readonly Scope[];
  readonly tenants: readonly TenantId[] | null; // null: all
};

export const maySee = (principal: Principal, tenant: TenantId): boolean =>
  principal.tenants === null || principal.tenants.includes(tenant);
