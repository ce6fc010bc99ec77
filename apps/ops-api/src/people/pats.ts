import { isoTime } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { CreatePat, PatCreated, PatList, PatView } from '@argus/protocol/http/pats.ts';
import type { TokenId } from '@argus/protocol/ids.ts';
import type { Log, PatRow, PatStore, TenantStore } from '../ports.ts';
import type { Custody } from '../sessions/custody.ts';
import { recordRefusal } from '../support/refusal.ts';
import type { Actor } from '../tenants/create.ts';
import { mintPat, type Issued, type IssueDeps } from './issue-pat.ts';
import { maySee, type Principal } from './principal.ts';
import { makeWanted } from './wanted-pat.ts';

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
  const wantedBy = makeWanted(deps);

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
    async create(actor: Actor, asked: CreatePat): Promise<Result<PatCreated, Denial>> {
      const reason = `token ${asked.name} made`;
      const wanted = await wantedBy(actor, asked, { type: 'pat_created', reason });
      if (!wanted.ok) return wanted;
      const made = await mintPat(deps, wanted.value, { by: 'operator', reason, ip: actor.ip });
      return made.ok ? ok(createdView(made.value)) : made;
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
      const { principal, ip } = actor;
      if (!row) {
        await recordRefusal(deps, { at, type: 'pat_revoked', phase: 'fact', tenant: null, operator: principal.operator, ip, by: 'operator', reason: 'a token that is not there, or out of reach', args, outcome: 'refused', code: 'pat_not_found' });
        return err(deny('pat_not_found'));
      }
      if (row.revokedAt !== null) return ok(viewOf(row));
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

/** A new one, with its secret: for the answer that hands it over. */
export const createdView = ({ row, pat }: Issued): PatCreated => ({ ...viewOf({ ...row, madeBy: row.madeBy ?? null, lastUsedAt: null, revokedAt: null }), pat });
