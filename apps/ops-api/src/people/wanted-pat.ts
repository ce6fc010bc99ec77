import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { CreatePat } from '@argus/protocol/http/pats.ts';
import type { TenantId } from '@argus/protocol/ids.ts';
import type { TenantStore } from '../ports.ts';
import { recordRefusal, type RefusalDeps } from '../support/refusal.ts';
import type { Actor } from '../tenants/create.ts';
import { commitOf, type Wanted } from './issue-pat.ts';
import { isScope, mayHandOn, maySee, misfitOf, PRESETS, type Scope } from './principal.ts';
import { stepUpProblem } from './step-up.ts';

export type WantedDeps = RefusalDeps & { readonly clock: Clock; readonly tenants: Pick<TenantStore, 'byId'> };

/**
 * What somebody asks of a new token, held against what they may themselves: no scope and no tenant beyond theirs, and a
 * person has to have confirmed who they are. Tenants out of reach are answered as if they did not exist.
 */
export function makeWanted(deps: WantedDeps) {
  /** Null when there is one that does not exist, or that the caller cannot see: the same to them. */
  async function reachOf({ principal }: Actor, named: readonly TenantId[] | undefined): Promise<readonly TenantId[] | null | 'unknown'> {
    if (named === undefined) return principal.tenants;
    const tenants = [...new Set(named)].toSorted();
    for (const tenant of tenants) if (!maySee(principal, tenant) || !(await deps.tenants.byId(tenant))) return 'unknown';
    return tenants;
  }

  /** `act`: what is on record of it when it is refused. */
  return async function wantedBy(actor: Actor, { name, preset, scopes, tenants: named, days }: CreatePat, act: { readonly type: 'pat_created' | 'handoff_approved'; readonly reason: string }): Promise<Result<Wanted, Denial>> {
    const wanted = scopesOf(preset, scopes);
    if (!wanted.ok) return wanted;
    const { principal, ip } = actor;
    const asked = { scopes: wanted.value, days, madeBy: principal.tokenId };
    const denial = wanted.value.every((s) => mayHandOn(principal, s)) ? stepUpProblem(principal, deps.clock.now()) : deny('pat_too_mighty');
    const reach = denial ? 'unknown' : await reachOf(actor, named);
    if (reach === 'unknown') {
      const refusal = denial ?? deny('tenant_not_found');
      await recordRefusal(deps, { ...act, at: deps.clock.now(), phase: 'fact', tenant: null, operator: principal.operator, ip, by: 'operator', outcome: 'refused', code: refusal.code, args: commitOf({ ...asked, tenants: named ?? null }) });
      return err(refusal);
    }
    const misfit = misfitOf(wanted.value, reach);
    return misfit === null ? ok({ operator: principal.operator, name, tenants: reach, ...asked }) : err(denyWith('bad_request', { problems: [misfit] }));
  };
}

function scopesOf(preset: string | undefined, scopes: readonly string[] | undefined): Result<readonly Scope[], Denial> {
  if (preset !== undefined)
    return isPreset(preset) ? ok(PRESETS[preset]) : err(denyWith('bad_request', { problems: [`preset: is not one of ${Object.keys(PRESETS).join(', ')}`] }));
  const known = [...new Set(scopes)].filter(isScope);
  return known.length === new Set(scopes).size ? ok(known) : err(denyWith('bad_request', { problems: ['scopes: has one that does not exist'] }));
}
const isPreset = (text: string): text is keyof typeof PRESETS => Object.hasOwn(PRESETS, text);
