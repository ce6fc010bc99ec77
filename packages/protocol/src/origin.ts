import type { AgentId, InstanceId, TenantId } from './ids.ts';

/** Which tree: a tenant's own, or the operator tree for what belongs to no tenant. */
export type TreeName = TenantId | 'operator';

/** The first line of every checkpoint, and the name of the key that signs it. */
export const originOf = (instance: InstanceId, tree: TreeName): string =>
  tree === 'operator' ? `argus/${instance}/operator` : `argus/${instance}/tenant/${tree}`;

/** Under which name a machine cosigns checkpoints of its tenant's tree. */
export const cosignerOf = ({ instance, tenant, agent }: { readonly instance: InstanceId; readonly tenant: TenantId; readonly agent: AgentId }): string =>
  `${originOf(instance, tenant)}/agent/${agent}`;
