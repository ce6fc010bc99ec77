import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import type { Random } from '@argus/keys/random.ts';
import { newPat, type SecretHash } from '@argus/keys/secrets.ts';
import type { ArgsCommit } from '@argus/protocol/args-commit.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import { newHandle, type CredentialId, type Pat, type TenantId, type TokenId } from '@argus/protocol/ids.ts';
import type { Attempt } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { NewPat } from '../ports.ts';
import { PRESETS, type Scope } from './principal.ts';

export type Preset = keyof typeof PRESETS;
export type IssuePat = { readonly operator: string; readonly name: string; readonly preset: Preset; readonly tenant?: TenantId; readonly days: number };
export type Issued = { readonly pat: Pat; readonly tokenId: TokenId; readonly row: NewPat };

export type IssueDeps = { readonly clock: Clock; readonly random: Random; readonly secretHash: SecretHash; readonly ledger: Pick<Ledger, 'append'> };
/** What a token is to be able to do, and who wants it. */
export type Wanted = {
  readonly operator: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly tenants: readonly TenantId[] | null;
  readonly days: number;
  readonly madeBy?: CredentialId;
};

/** Makes a token at the server itself, for whoever has the master key at hand. */
export const issuePat = (deps: IssueDeps, { operator, name, preset, tenant, days }: IssuePat): Promise<Result<Issued, Denial>> =>
  mintPat(deps, { operator, name, scopes: PRESETS[preset], tenants: tenant === undefined ? null : [tenant], days }, { by: 'server', reason: `token ${name} made at the server` });

/** The token and its entry in the operator log come in one transaction: there is no token that nobody can find there. */
export async function mintPat(deps: IssueDeps, wanted: Wanted, how: Pick<Attempt, 'by' | 'reason' | 'ip'>): Promise<Result<Issued, Denial>> {
  const at = deps.clock.now();
  const tokenId = newHandle('token', deps.random);
  const pat = newPat(deps.random);
  const { operator, name, scopes, tenants, days, madeBy } = wanted;
  const row: NewPat = {
    tokenId,
    secretHash: deps.secretHash('pat', pat),
    operator,
    name,
    scopes,
    tenants,
    createdAt: at,
    expiresAt: at + days * 86_400_000,
    ...(madeBy && { madeBy }),
  };
  const attempt = { ...how, at, type: 'pat_created', phase: 'fact', tenant: null, operator, args: { token_id: tokenId, ...commitOf(wanted) }, outcome: 'ok' } as const;
  const written = await deps.ledger.append(attempt, [{ do: 'issue_pat', pat: row }]);
  return written.ok ? ok({ pat, tokenId, row }) : err(written.error);
}

/** What the entry says of a token, made or refused. */
export const commitOf = ({ scopes, tenants, days, madeBy }: Pick<Wanted, 'tenants' | 'days' | 'madeBy'> & { readonly scopes: readonly string[] }): ArgsCommit => ({
  scopes: pinned(scopes.join(' ')),
  tenants: tenants === null ? 'all' : pinned(tenants.join(' ')),
  days,
  ...(madeBy && { made_by: madeBy }),
});

/** An entry takes texts up to this long; of a longer one it keeps the digest. */
const CLEAR_MAX = 1_024;
const pinned = (text: string) => (text.length <= CLEAR_MAX ? text : { sha256: sha256Hex(text) });
