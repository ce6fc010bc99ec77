/** For which tenants something is to be: for all that one reaches oneself, or only for those that are named. Pure; the server asks again. */
import type { TenantId } from '@argus/protocol/ids.ts';
import { namesIn } from '../ui/names.ts';

export type Reach = { readonly isNarrowed: boolean; readonly names: string };
/** Null: it is not known which ones somebody may see, and the server alone decides. */
type Seen = readonly string[] | null;

const says = (id: string): string => `There is no tenant ${id} that you may see.`;

/** What is said at the field, while somebody types: half an id is no mistake yet. */
export function reachProblem({ isNarrowed, names }: Reach, seen: Seen): string | null {
  const strange = isNarrowed && seen !== null ? namesIn(names).find((name) => !seen.some((id) => id.startsWith(name))) : undefined;
  return strange === undefined ? null : says(strange);
}

/** Why it cannot be sent yet; null: it can. */
export function reachBlock({ isNarrowed, names }: Reach, seen: Seen): string | null {
  if (!isNarrowed) return null;
  const named = namesIn(names);
  if (named.length === 0) return 'Say for which tenants.';
  const strange = seen === null ? undefined : named.find((name) => !seen.includes(name));
  return strange === undefined ? null : says(strange);
}

/** As the server takes it: nothing named is all that one reaches oneself. */
export const tenantsOf = ({ isNarrowed, names }: Reach): { readonly tenants?: TenantId[] } => (isNarrowed ? { tenants: [...namesIn(names)] as TenantId[] } : {}); // the server parses them

/** For a sentence: for all tenants, only for X, Y. */
export const forTenants = (tenants: 'all' | readonly string[]): string => (tenants === 'all' ? 'for all tenants' : `only for ${tenants.join(', ')}`);
