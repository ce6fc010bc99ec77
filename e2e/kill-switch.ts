/** Many sessions, each switched off with a command in flight, and what became of it: for the test and for the bench. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { askDaemon } from '../apps/agent/src/adapters/local/ask.ts';
import { readActivity } from '../apps/agent/src/adapters/state/activity-journal.ts';
import type { Ready } from './ready.ts';
import { until } from './until.ts';

export type KillRun = {
  readonly dormantMs: number; // from the call of the switch until the daemon had answered that nothing is live any more
  readonly answered: 'before' | 'withheld' | 'refused' | 'overtaken'; // the command; overtaken: the machine never answered it
  /** The switch said that a command had begun and was finishing. Its result is withheld all the same. */
  readonly isFinishing: boolean;
  /** What an overtaken command was answered in the end. */
  readonly late: Promise<number>;
  /** What happened after the switch had answered. There must be none. */
  readonly effects: readonly string[];
};
/** A command takes a few milliseconds from its request to its answer; the switch comes at any point of it. */
const SPREAD_MS = 12;
/** A dormant machine answers no command, and the server waits for the time of its contract. */
const ANSWER_MS = 250;

export async function killSwitchRun(world: Ready, run: number): Promise<KillRun> {
  const runDir = join(world.machine.state, 'run');
  const log = join(world.machine.state, 'activity.log');
  const session = await world.activate();
  const answering = world.command(session, 'agent_info');
  await pause((run % 25) * (SPREAD_MS / 25));
  const from = performance.now();
  const off = await askDaemon(runDir, 'off', 'off');
  const dormantMs = performance.now() - from;
  const status = world.machine.status().remote_support;
  const at = Date.now();

  const answer = await Promise.race([answering, pause(ANSWER_MS, null)]);
  const effects: string[] = [];
  if (!off.ok) effects.push(`the switch did not answer: ${off.error}`);
  else if (off.value['ended'] !== session.id) effects.push('the switch did not end the session');
  else if (off.value['stored'] !== true) effects.push('it was not stored');
  if (status !== 'dormant') effects.push('the indicator is still on');
  for (const line of readActivity(log)?.lines ?? []) if (Date.parse(line.at) > at && (line.phase === 'intent' || (line.phase === 'outcome' && line.outcome !== 'refused'))) effects.push(`${line.phase} afterwards: ${line.what}`);
  const again = await world.command(session, 'ping');
  if (again.status === 200) effects.push('a command was carried out after the switch');
  await until(async () => (await world.get(`/support/sessions/${session.id}`)).body['ended_by'] === 'tenant_kill_switch', 5_000).catch(() => effects.push('the server does not say who ended it'));
  const on = await askDaemon(runDir, 'owner', 'on');
  if (!on.ok) effects.push('it could not be switched on again');
  return { dormantMs, isFinishing: off.ok && off.value['still_running'] !== 0, answered: answer === null ? 'overtaken' : answer.status === 200 ? 'before' : answer.body['code'] === 'session_expired' ? 'withheld' : 'refused', effects, late: answering.then(({ status }) => status) };
}

export function killSwitchTable(runs: readonly KillRun[]): string {
  const took = runs.map(({ dormantMs }) => dormantMs).toSorted((a, b) => a - b);
  const at = (part: number) => (took[Math.min(took.length - 1, Math.floor(part * took.length))] ?? 0).toFixed(1);
  const count = (answered: KillRun['answered']) => runs.filter((run) => run.answered === answered).length;
  return [
    ['runs', runs.length],
    ['switch to dormant, p50 ms', at(0.5)],
    ['switch to dormant, p99 ms', at(0.99)],
    ['switch to dormant, worst ms', at(1)],
    ['commands answered before the switch', count('before')],
    ['commands whose result was withheld', count('withheld')],
    ['commands the machine never answered', count('overtaken')],
    ['commands refused otherwise', count('refused')],
    ['switch answered that a command was finishing', runs.filter(({ isFinishing }) => isFinishing).length],
    ['runs with an effect after the switch answered', runs.filter(({ effects }) => effects.length > 0).length],
  ]
    .map(([what, number]) => `${String(what).padEnd(48)}${String(number).padStart(8)}`)
    .join('\n');
}
