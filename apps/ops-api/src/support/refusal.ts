import type { Attempt } from '../audit/attempt.ts';
import type { Floods } from '../audit/floods.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../ports.ts';

export type RefusalDeps = {
  readonly ledger: Pick<Ledger, 'append'>;
  readonly log: Log;
  readonly floods?: Pick<Floods, 'record'> | undefined; // absent: every refusal is an entry of its own
};

/** A refusal stays a refusal when it cannot be written down; it is then at least in the server's own log. */
export async function recordRefusal(deps: RefusalDeps, attempt: Attempt): Promise<void> {
  await (deps.floods ? deps.floods.record(attempt) : writeRefusal(deps, attempt));
}

/** Where waiting for the record would tell the caller something. It is written all the same. */
export function recordBeside(deps: RefusalDeps, attempt: Attempt): void {
  recordRefusal(deps, attempt).catch((problem: unknown) => deps.log('error', 'refusal_not_recorded', { type: attempt.type, code: attempt.code ?? null, problem: String(problem) }));
}

/** False: not on record. */
export async function writeRefusal(deps: Pick<RefusalDeps, 'ledger' | 'log'>, attempt: Attempt): Promise<boolean> {
  const written = await deps.ledger.append(attempt);
  if (!written.ok)
    deps.log('error', 'refusal_not_recorded', { type: attempt.type, code: attempt.code ?? null, problem: written.error.internal ?? null });
  return written.ok;
}
