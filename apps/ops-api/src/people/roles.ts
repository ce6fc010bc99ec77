import type { TenantId } from '@argus/protocol/ids.ts';
import { PRESETS, type Scope } from './principal.ts';

/** Roles of people, the mightiest first. What a role may do is what its scopes open; who may change whom follows from the order. */
export const ROLES = {
  owner: { scopes: PRESETS['admin-full'] },
  admin: { scopes: PRESETS['admin-full'] },
  operator: { scopes: ['tenants:read', 'remote_support', 'remote_support:arm', 'logs:read'] },
  viewer: { scopes: ['tenants:read', 'logs:read'] },
} as const satisfies Record<string, { readonly scopes: readonly Scope[] }>;
export type Role = keyof typeof ROLES;
export const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]]; // Object.keys loses the literal types
export const isRole = (text: string): text is Role => Object.hasOwn(ROLES, text);
export const scopesOf = (role: Role): readonly Scope[] => ROLES[role].scopes;

/** Who never goes back to a password alone, once they had a second factor. */
export const KEEPS_SECOND_FACTOR: readonly Role[] = ['owner', 'admin'];

/** Somebody with a place in the order, for some tenants or all. */
export type Standing = { readonly role: Role; readonly tenants: readonly TenantId[] | null };

const isBelow = (role: Role, than: Role): boolean => ROLE_NAMES.indexOf(role) > ROLE_NAMES.indexOf(than);
export const reaches = (tenants: readonly TenantId[] | null, others: readonly TenantId[] | null): boolean =>
  tenants === null || (others !== null && others.every((tenant) => tenants.includes(tenant)));

/** Owners of all tenants change everybody; everybody else only who is below them and within their tenants. */
export const mayManage = (actor: Standing, other: Standing): boolean =>
  (actor.role === 'owner' || (actor.role === 'admin' && isBelow(other.role, 'admin'))) && reaches(actor.tenants, other.tenants);

