/**
 * Which group of the identity provider stands for which role, and for which tenants. Written out, group by group: somebody
 * in none of them is nobody here. Of several the mightiest role counts, with the tenants of those that give it.
 */
import { err, ok, type Result } from '@argus/kit/result.ts';
import { parseId, type TenantId } from '@argus/protocol/ids.ts';
import { isRole, ROLE_NAMES, type Role } from '../people/roles.ts';

export type Place = { readonly role: Role; readonly tenants: readonly TenantId[] | null }; // null: all
export type GroupPlace = Place & { readonly group: string };

/** `GROUP=ROLE` or `GROUP=ROLE:TENANT+TENANT`, comma-separated. */
export function readPlaces(items: readonly string[]): Result<readonly GroupPlace[], string> {
  const places: GroupPlace[] = [];
  for (const [n, item] of items.entries()) {
    const [, group = '', role = '', named] = /^([^=,]{1,256})=([a-z]+)(?::([A-Z0-9_+]+))?$/.exec(item) ?? [];
    const tenants = named === undefined ? null : named.split('+').map((one) => parseId('tenant', one));
    if (!isRole(role) || tenants?.some((tenant) => tenant === null)) return err(`has an entry (number ${n + 1}) that is not GROUP=ROLE or GROUP=ROLE:TENANT+TENANT with a role of ${ROLE_NAMES.join(', ')}`);
    places.push({ group, role, tenants: tenants === null ? null : tenants.filter((tenant) => tenant !== null) });
  }
  return ok(places);
}

/** Null: in no group that means anything here. Groups are compared exactly. */
export function placeOf(groups: readonly string[], places: readonly GroupPlace[]): Place | null {
  const mine = places.filter(({ group }) => groups.includes(group));
  const role = ROLE_NAMES.find((one) => mine.some((place) => place.role === one));
  if (role === undefined) return null;
  const same = mine.filter((place) => place.role === role);
  if (same.some(({ tenants }) => tenants === null)) return { role, tenants: null };
  return { role, tenants: [...new Set(same.flatMap(({ tenants }) => tenants ?? []))].toSorted() };
}
