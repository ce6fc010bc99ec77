/**
 * Counting, wrapped around the parts that do the work: none of them knows of it, and nothing waits for it.
 */
import type { Clock } from '@argus/kit/clock.ts';
import type { Result } from '@argus/kit/result.ts';
import { contractFor } from '@argus/protocol/commands/index.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LogBatch, LogStore } from '../ports.ts';
import type { makeActivate } from '../support/activate.ts';
import type { makeCommand } from '../support/command.ts';
import type { Metrics } from './metrics.ts';
import { OTHER } from './registry.ts';

type Deps = { readonly clock: Pick<Clock, 'elapsed'>; readonly metrics: Metrics };
type Gates = Readonly<Record<string, readonly string[]>>;

/** Which ladder writes which entry. */
const LADDER_OF: Readonly<Record<string, string>> = {
  remote_support_activation: 'activation',
  remote_support_command: 'command',
  tenant_armed: 'arm',
  tenant_disarmed: 'disarm',
  agent_revoked: 'revoke',
};

export function observedLog(log: LogStore, { clock, metrics }: Deps, gates: Gates): LogStore {
  const count = ({ rows }: LogBatch, from: number): void => {
    metrics.batchEntries.observe([], rows.length);
    metrics.commitSeconds.observe([], (clock.elapsed() - from) / 1_000);
    for (const { audit } of rows) {
      const ladder = LADDER_OF[audit.action];
      // Only what a gate refused: an outcome that was refused had passed them all.
      if (audit.phase !== 'fact' || audit.outcome !== 'refused' || ladder === undefined) continue;
      // Beside gates, the row names the way by which the first one was passed.
      const passed = audit.gates_passed.filter((name) => gates[ladder]?.includes(name) === true);
      metrics.refusals.add([ladder, gates[ladder]?.[passed.length] ?? OTHER]);
    }
  };
  return {
    ...log,
    commit(batch) {
      const from = clock.elapsed();
      const committing = log.commit(batch);
      committing.then(
        (commit) => commit.done && count(batch, from),
        () => undefined, // whoever asked hears of it
      );
      return committing;
    },
  };
}

export function observedLedger(ledger: Ledger, { clock, metrics }: Deps): Ledger {
  return {
    ...ledger,
    append(attempt, deeds) {
      const from = clock.elapsed();
      metrics.waiting.appends++;
      const appending = ledger.append(attempt, deeds);
      return told(appending, (outcome) => {
        metrics.waiting.appends--;
        metrics.appendSeconds.observe([outcome === 'ok' ? 'ok' : 'refused'], (clock.elapsed() - from) / 1_000);
      });
    },
  };
}

type Support = { readonly activate: ReturnType<typeof makeActivate>; readonly command: ReturnType<typeof makeCommand> };

/** Whoever is refused at the first stretch of a ladder never comes to the second, so each request counts once. */
export function observedSupport({ activate, command }: Support, { activations, commands, waiting }: Metrics): Support {
  const underWay = <T>(queue: 'activations' | 'commands', running: Promise<Result<T, Denial>>, count: (outcome: string) => void) => {
    waiting[queue]++;
    return told(running, (outcome) => {
      waiting[queue]--;
      count(outcome);
    });
  };
  return {
    activate: {
      ...activate,
      enter: (...args) => told(activate.enter(...args), (outcome) => outcome !== 'ok' && activations.add([outcome])),
      activate: (...args) => underWay('activations', activate.activate(...args), (outcome) => activations.add([outcome])),
    },
    command: {
      ...command,
      enter: (...args) => told(command.enter(...args), (outcome) => outcome !== 'ok' && commands.add([OTHER, outcome])),
      command: (caller, asked) => underWay('commands', command.command(caller, asked), (outcome) => commands.add([commandNamed(asked.request), outcome])),
    },
  };
}

/** Says `ok` or the code when it is over, beside whoever waits for it. */
function told<T>(running: Promise<Result<T, Denial>>, say: (outcome: string) => void): Promise<Result<T, Denial>> {
  running.then(
    (result) => say(result.ok ? 'ok' : result.error.code),
    () => say('internal'),
  );
  return running;
}

/** A name nobody wrote a contract for is the caller's own text, and no label. */
const commandNamed = (request: Result<{ readonly command: string }, Denial>): string =>
  (request.ok ? contractFor(request.value.command)?.name : undefined) ?? OTHER;
