/**
 * A log that is shorter than, or other than, what this server has signed is not served, and not added to, until whoever answers
 * for the server says that it is the one from now on. That goes on record first, in every log it concerns; what had been signed
 * is put aside and never deleted. Machines that have followed further do not go by this: each owner accepts it apart.
 */
import { toBase64 } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import type { CompareKept, KeptProblem } from '../audit/kept.ts';
import type { LogStore } from '../ports.ts';
import type { KeptCheckpoints, Signed } from './kept.ts';
import type { Ledger } from './ledger.ts';

const SHOWN_MAX = 5;

export async function problemsWith(kept: Pick<KeptCheckpoints, 'newest'>, compare: CompareKept): Promise<readonly KeptProblem[]> {
  const problems: KeptProblem[] = [];
  for (const line of kept.newest()) {
    const problem = await compare(line);
    if (problem) problems.push(problem);
  }
  return problems;
}

/** What a server says that does not start. */
export function refusalOf(problems: readonly KeptProblem[], folder: string): string {
  const told = problems.slice(0, SHOWN_MAX).map(({ finding, kept, found }) =>
    kept === null ? 'something kept there is not signed by the log key of this database' : finding.what === 'tree_shorter' ? `${kept.tree} had ${kept.size} entries and has ${found}` : `the first ${kept.size} entries of ${kept.tree} are others`,
  );
  const more = problems.length > SHOWN_MAX ? `, and ${problems.length - SHOWN_MAX} more` : '';
  return [
    `The log in the database is not the one this server has signed: ${told.join('; ')}${more}. What was signed is kept in ${folder}.`,
    'Somebody changed the database, or a backup was put back. Nothing is served until that is settled. Look at it with: npm run argus-ops -- fsck',
    'If a backup was put back on purpose, whoever answers for this server accepts that with: npm run argus-ops -- accept-log --by EMAIL --reason TEXT --yes',
    'That goes on record in every log it concerns. The owner of a machine that has followed further has to accept it as well: argus-agent log accept.',
  ].join('\n');
}

type Accepting = {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly leaves: Pick<LogStore, 'head' | 'trees'>;
  readonly kept: Pick<KeptCheckpoints, 'beginAgain'>;
};

/** Answers with the trees it concerns and where what had been signed is now. Throws when it cannot be put on record. */
export async function acceptRestored({ clock, ledger, leaves, kept }: Accepting, problems: readonly KeptProblem[], said: { readonly by: string; readonly reason: string }) {
  const common = { type: 'log_restored', phase: 'fact', operator: said.by, by: 'operator', reason: said.reason, outcome: 'ok' } as const;
  const write = async (attempt: Parameters<Ledger['append']>[0]): Promise<void> => {
    const written = await ledger.append(attempt);
    if (!written.ok) throw new Error(`It could not be put on record, so nothing was accepted: ${written.error.internal ?? written.error.code}`);
  };
  const concerned = problems.flatMap(({ kept: one, found }) => (one ? [{ ...one, found }] : []));
  await write({ ...common, at: clock.now(), tenant: null, args: { logs: concerned.length, unreadable: problems.length - concerned.length } });
  for (const { tree, size, root, found } of concerned)
    // Of a log that is gone altogether only the operator's own can tell.
    if (tree !== 'operator' && found > 0) await write({ ...common, at: clock.now(), tenant: tree, args: { signed_size: size, signed_root: toBase64(root), found_size: found } });
  const again: Signed[] = [];
  for (const tree of await leaves.trees()) {
    const head = await leaves.head(tree);
    if (head) again.push({ tree, ...head });
  }
  return { trees: concerned.map(({ tree }) => tree), aside: await kept.beginAgain(again, clock.now()) };
}
