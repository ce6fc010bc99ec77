import { isoTime } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, denyWith, type Denial } from '@argus/protocol/errors.ts';
import type { CreatePat, PatCreated, PatList, PatView } from '@argus/protocol/http/pats.ts';
import type { TenantId, TokenId } from '@argus/protocol/ids.ts';
import type { Log, PatRow, PatStore, TenantStore } from '../ports.ts';
import type { Custody } from '../sessions/custody.ts';
import { stepUpProblem } from './step-up.ts';
import { recordRefusal } from '../support/refusal.ts';
import type { Actor } from '../tenants/create.ts';
import { commitOf, mintPat, type IssueDeps } from './issue-pat.ts';
import { isScope, mayHandOn, maySee, misfitOf, PRESETS, type Principal, type Scope } from './principal.ts';

export const PATS_LISTED_MAX = 1_000;

export type PatsDeps = IssueDeps & {
  readonly pats: Pick<PatStore, 'byId' | 'list'>;
  readonly tenants: Pick<TenantStore, 'byId'>;
  readonly custody: Pick<Custody, 'beginClosing' | 'endAllOfToken'>;
  readonly log: Log;
};

/**
 * Tokens made with a token. None is mightier than the one that made it, and none beyond its tenants can be seen, named or
 * revoked with it: what is out of reach is answered as if it did not exist.
 */
export function makePats(deps: PatsDeps) {
  async function refuse({ principal, ip }: Actor, type: 'pat_created' | 'pat_revoked', { denial, ...what }: { denial: Denial; reason: string; args: ReturnType<typeof commitOf> }) {
    await recordRefusal(deps, { at: deps.clock.now(), type, phase: 'fact', tenant: null, operator: principal.operator, ip, by: 'operator', outcome: 'refused', code: denial.code, ...what });
    return err(denial);
  }

  /** Null when there is one that does not exist, or that the caller cannot see: the same to them. */
  async function reachOf({ principal }: Actor, named: readonly TenantId[] | undefined): Promise<readonly TenantId[] | null | 'unknown'> {
    if (named === undefined) return principal.tenants;
    const tenants = [...new Set(named)].toSorted();
    for (const tenant of tenants) if (!maySee(principal, tenant) || !(await deps.tenants.byId(tenant))) return 'unknown';
    return tenants;
  }

  async function visible({ principal }: Actor, id: TokenId): Promise<PatRow | null> {
    const row = await deps.pats.byId(id);
    return row && isWithin(row, principal) && isTheirs(row, principal) ? row : null;
  }

  /** It is revoked by now, whatever becomes of this: every node sees it in the row and does the same. */
  async function putOut({ principal, ip }: Actor, row: PatRow): Promise<PatView> {
    const ending = { by: 'deactivate', actor: 'operator', operator: principal.operator, ip, reason: 'the token it was opened with was revoked' } as const;
    await deps.custody
      .endAllOfToken(row.tokenId, ending)
      .catch((problem: unknown) => deps.log('error', 'revoked_but_sessions_not_ended_yet', { token: row.tokenId, problem: String(problem) }));
    return viewOf(row);
  }

  return {
    async create(actor: Actor, { name, preset, scopes, tenants: named, days }: CreatePat): Promise<Result<PatCreated, Denial>> {
      const wanted = scopesOf(preset, scopes);
      if (!wanted.ok) return wanted;
      const { principal, ip } = actor;
      const reason = `token ${name} made`;
      const asked = { scopes: wanted.value, days, madeBy: principal.tokenId };
      const denial = wanted.value.every((s) => mayHandOn(principal, s)) ? stepUpProblem(principal, deps.clock.now()) : deny('pat_too_mighty');
      const reach = denial ? 'unknown' : await reachOf(actor, named);
      if (reach === 'unknown')
        return refuse(actor, 'pat_created', { denial: denial ?? deny('tenant_not_found'), reason, args: commitOf({ ...asked, tenants: named ?? null }) });
      const misfit = misfitOf(wanted.value, reach);
      if (misfit !== null) return err(denyWith('bad_request', { problems: [misfit] }));
      const made = await mintPat(deps, { operator: principal.operator, name, tenants: reach, ...asked }, { by: 'operator', reason, ip });
      if (!made.ok) return made;
      const row = { ...made.value.row, madeBy: principal.tokenId, lastUsedAt: null, revokedAt: null };
      return ok({ ...viewOf(row), pat: made.value.pat });
    },

    async list({ principal }: Actor): Promise<Result<PatList, Denial>> {
      const rows = await deps.pats.list(principal.tenants, PATS_LISTED_MAX);
      return ok({ pats: rows.filter((row) => isTheirs(row, principal)).map(viewOf) });
    },

    /** Revoking what is revoked changes nothing and records nothing. What the token opened ends with it. */
    async revoke(actor: Actor, id: TokenId): Promise<Result<PatView, Denial>> {
      const at = deps.clock.now();
      const row = await visible(actor, id);
      const args = { token_id: id };
      if (!row) return refuse(actor, 'pat_revoked', { denial: deny('pat_not_found'), reason: 'a token that is not there, or out of reach', args });
      if (row.revokedAt !== null) return ok(viewOf(row));
      const { principal, ip } = actor;
      const reopen = deps.custody.beginClosing(id);
      try {
        const written = await deps.ledger.append(
          { at, type: 'pat_revoked', phase: 'fact', tenant: null, operator: principal.operator, ip, by: 'operator', reason: `token ${row.name} revoked`, args, outcome: 'ok' },
          [{ do: 'revoke_pat', id, at }],
        );
        if (written.ok) return ok(await putOut(actor, { ...row, revokedAt: at }));
        // Somebody was faster: then it is as it was meant to be.
        const now = written.error.code === 'pat_not_found' ? await visible(actor, id) : null;
        return now ? ok(viewOf(now)) : err(written.error);
      } finally {
        reopen();
      }
    },
  };
}

function scopesOf(preset: string | undefined, scopes: readonly string[] | undefined): Result<readonly Scope[], Denial> {
  if (preset !== undefined)
    return isPreset(preset) ? ok(PRESETS[preset]) : err(denyWith('bad_request', { problems: [`preset: is not one of ${Object.keys(PRESETS).join(', ')}`] }));
  const known = [...new Set(scopes)].filter(isScope);
  return known.length === new Set(scopes).size ? ok(known) : err(denyWith('bad_request', { problems: ['scopes: has one that does not exist'] }));
}
const isPreset = (text: string): text is keyof typeof PRESETS => Object.hasOwn(PRESETS, text);

/** A person whose role hands out no tokens sees those in their own name. */
const isTheirs = (row: PatRow, { login, scopes, operator }: Principal): boolean => !login || scopes.includes('pats:write') || row.operator === operator;

const isWithin = (row: PatRow, principal: Principal): boolean =>
  principal.tenants === null || (row.tenants !== null && row.tenants.every((tenant) => maySee(principal, tenant)));

const orNull = (epochMs: number | null) => (epochMs === null ? null : isoTime(epochMs));
const viewOf = (row: PatRow): PatView => ({
  token_id: row.tokenId,
  name: row.name,
  operator: row.operator,
  scopes: [...row.scopes],
  tenants: row.tenants === null ? 'all' : [...row.tenants],
  made_by: row.madeBy,
  created_at: isoTime(row.createdAt),
  expires_at: isoTime(row.expiresAt),
  last_used_at: orNull(row.lastUsedAt),
  revoked_at: orNull(row.revokedAt),
});
