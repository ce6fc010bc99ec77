import type { Attempt } from '../audit/attempt.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../ports.ts';

/** A refusal stays a refusal when it cannot be written down; it is then at least in the server's own log. */
export async function recordRefusal(deps: { readonly ledger: Pick<Ledger, 'append'>; readonly log: Log }, attempt: Attempt): Promise<void> {
  const written = await deps.ledger.append(attempt);
  if (!written.ok)
    deps.log('error', 'refusal_not_recorded', { type: attempt.type, code: attempt.code ?? null, problem: written.error.internal ?? null });
}
