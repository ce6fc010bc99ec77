/**
 * A token for argusctl, by way of the browser of the person it is for. What they approve is written down with a code that is
 * good once, for a minute, and only together with the verifier behind its challenge. The token is made when somebody comes
 * with both, so that none lies anywhere meanwhile; whoever approved it has to be signed in still, with that very sign-in.
 */
import { isoTime } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sameSecret, sha256 } from '@argus/keys/hash.ts';
import { newHandoffCode } from '@argus/keys/secrets.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { ApproveHandoff, ClaimHandoff, HandoffApproved, PatCreated } from '@argus/protocol/http/pats.ts';
import { UNAUTHENTICATED } from '../audit/attempt.ts';
import { recordBeside } from '../support/refusal.ts';
import { commitOf, mintPat, type IssueDeps } from './issue-pat.ts';
import type { Person } from './logins.ts';
import { createdView } from './pats.ts';
import { comeBack, type SignInLimits } from './sign-in-limits.ts';
import type { HandoffRow, HandoffStore } from './store.ts';
import { makeWanted, type WantedDeps } from './wanted-pat.ts';

/** In code on purpose, and in a CHECK: argusctl waits on the same machine, so seconds would do. */
export const HANDOFF_FOR_MS = 60_000;

export type HandoffDeps = IssueDeps & WantedDeps & { readonly handoffs: HandoffStore; readonly limits: Pick<SignInLimits, 'take' | 'giveBack'> };

export function makeHandoffs(deps: HandoffDeps) {
  const { clock, secretHash, limits } = deps;
  const wantedBy = makeWanted(deps);

  /** Whatever was wrong with it: the same answer, and beside it what we know for the record. */
  function refuse(ip: string, { denial = deny('handoff_refused'), reason = 'a code that is spent, expired or meant for another program', row = null }: { readonly denial?: Denial; readonly reason?: string; readonly row?: HandoffRow | null }): Result<never, Denial> {
    recordBeside(deps, {
      at: clock.now(), type: 'handoff_refused', phase: 'fact', tenant: null, operator: row?.operator ?? UNAUTHENTICATED, ip, by: 'operator', reason, outcome: 'refused', code: denial.code,
      ...(row && { args: { login: row.login } }),
    });
    return err(denial);
  }

  return {
    async approve({ principal, ip }: Person, { challenge, ...asked }: ApproveHandoff): Promise<Result<HandoffApproved, Denial>> {
      const act = { type: 'handoff_approved', reason: `token ${asked.name} for argusctl approved` } as const;
      const wanted = await wantedBy({ principal, ip }, asked, act);
      if (!wanted.ok) return wanted;
      const [at, code] = [clock.now(), newHandoffCode(deps.random)];
      const { operator, name, scopes, tenants, days } = wanted.value;
      const handoff: HandoffRow = {
        codeHash: secretHash('handoff', code), challenge: Buffer.from(challenge, 'base64url'), login: principal.tokenId,
        operator, name, scopes, tenants, days, createdAt: at, expiresAt: at + HANDOFF_FOR_MS,
      };
      const written = await deps.ledger.append({ ...act, at, phase: 'fact', tenant: null, operator, ip, by: 'operator', args: commitOf(wanted.value), outcome: 'ok' }, [{ do: 'approve_handoff', handoff }]);
      return written.ok ? ok({ code, expires_at: isoTime(handoff.expiresAt) }) : written;
    },

    async claim(ip: string, { code, verifier }: ClaimHandoff): Promise<Result<PatCreated, Denial>> {
      const waits = await limits.take('handoff', ip);
      if (waits !== null) return refuse(ip, { denial: comeBack(waits), reason: 'too many tries from this address' });
      // Spent before anything is compared: whoever guesses at the verifier has one guess, and the rightful program hears of it.
      const row = await deps.handoffs.take(secretHash('handoff', code));
      if (!row || clock.now() >= row.expiresAt || !sameSecret(row.challenge, sha256(verifier))) return refuse(ip, { row });
      // The deed itself asks whether the sign-in is open: signing out, disabling and a change of role end it, on every node.
      const made = await mintPat(deps, { ...row, madeBy: row.login }, { by: 'operator', reason: `token ${row.name} made for argusctl`, ip });
      if (!made.ok) return made.error.code === 'unauthenticated' ? refuse(ip, { row }) : made;
      await limits.giveBack('handoff', ip);
      return ok(createdView(made.value));
    },
  };
}
