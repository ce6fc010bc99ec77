import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import type { Random } from '@argus/keys/random.ts';
import { newPat, type SecretHash } from '@argus/keys/secrets.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import { newHandle, type Pat, type TokenId } from '@argus/protocol/ids.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PatStore } from '../ports.ts';
import { PRESETS } from './principal.ts';

export type Preset = keyof typeof PRESETS;
export type IssuePat = { readonly operator: string; readonly name: string; readonly preset: Preset; readonly days: number };

/** Makes a token at the server itself, for whoever has the master key at hand. In the operator log before it works. */
export async function issuePat(
  deps: { clock: Clock; random: Random; secretHash: SecretHash; ledger: Pick<Ledger, 'append'>; pats: Pick<PatStore, 'add'> },
  { operator, name, preset, days }: IssuePat,
): Promise<Result<{ readonly pat: Pat; readonly tokenId: TokenId }, Denial>> {
  const now = deps.clock.now();
  const tokenId = newHandle('token', deps.random);
  const written = await deps.ledger.append({
    at: now,
    type: 'pat_created',
    phase: 'fact',
    tenant: null,
    operator,
    by: 'server',
    reason: `token ${name} made at the server`,
    args: { token_id: tokenId, preset, days },
    outcome: 'ok',
  });
  if (!written.ok) return err(written.error);
  const pat = newPat(deps.random);
  await deps.pats.add({
    tokenId,
    secretHash: deps.secretHash('pat', pat),
    operator,
    name,
    scopes: PRESETS[preset],
    tenants: null,
    createdAt: now,
    expiresAt: now + days * 86_400_000,
  });
  return ok({ pat, tokenId });
}
