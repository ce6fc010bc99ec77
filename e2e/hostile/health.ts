/** How a machine is after a fight, seen from outside: the process, its memory, what it said, and its journal on disk. */
import type { Fight } from './fight.ts';
import { memoryOf } from './machine.ts';

/**
 * From source an agent at rest has 110 MiB, most of it for stripping types. Under a flood V8, which sees a machine with
 * much memory, lets garbage lie: it comes to rest at about 310 MiB, however long the flood.
 */
export const PEAK_KB_MAX = 420 * 1_024;

export function problemsOf(fight: Fight): readonly string[] {
  const daemon = fight.daemon();
  if (!daemon.isRunning()) return [`the daemon is gone: ${daemon.stderr().slice(-2_000)}`];
  const problems: string[] = [];
  const { most } = memoryOf(daemon);
  if (most > PEAK_KB_MAX) problems.push(`it took ${Math.round(most / 1_024)} MiB of memory`);
  if (daemon.stderr() !== '') problems.push(`it complained: ${daemon.stderr().slice(0, 500)}`);
  for (const note of fight.notes('frame_failed')) problems.push(`a frame made it throw: ${JSON.stringify(note)}`);
  return [...new Set(problems)];
}

/** What it has on disk of the log has to be a state the log was in, and nothing but the owner's. */
export function journalProblemsOf({ machine, log }: Fight): readonly string[] {
  const journal = machine.journal();
  if (!journal) return ['the journal is gone'];
  const root = Buffer.from(log.root(journal.size)).toString('base64');
  const problems: string[] = [];
  if (journal.root !== root) problems.push(`the journal has a root that the log never had at ${journal.size} entries`);
  if (journal.fork !== null) problems.push('the journal has a fork, and there was none');
  if (journal.highestActed >= journal.size) problems.push(`the journal says that entry ${journal.highestActed} of ${journal.size} was acted on`);
  return problems;
}
