/**
 * The server killed with -9 under load, again and again, on one record: what was acknowledged is there, the log that was seen
 * is still the beginning of the log, and the next life is ready within three seconds.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sameBytes, toHex } from '@argus/kit/bytes.ts';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './http.ts';
import type { Ready } from './ready.ts';
import { until } from './until.ts';
import type { VerifiedLog } from './verify-log.ts';

export const RESTART_MS_MAX = 3_000;
const AT_ONCE = 8;
/** Killed up to this long after the first answer of the round: in the middle of a commit, of a start, of nothing. */
const MOMENT_MS = 250;

export type Round = { readonly round: number; readonly killedAfterMs: number; readonly acknowledged: number; readonly entries: number; readonly restartMs: number; readonly cpuMs: number; readonly missing: number; readonly forks: number };
type Receipt = { readonly leaf_index: number; readonly outcome_index: number; readonly checkpoint: string; readonly agent_signature: string };
type Acknowledged = { readonly request: string; readonly receipt: Receipt };
export type Seen = { readonly size: number; readonly root: Uint8Array };

/** One life of the server. `before`: the log as it was seen to be at the end of the last one. */
export async function crashOnce(world: Ready, round: number, before: Seen | null): Promise<{ readonly row: Round; readonly seen: Seen }> {
  const session = await world.activate();
  const acknowledged: Acknowledged[] = [];
  const death = new AbortController();
  const keepAsking = async (worker: number) => {
    for (let n = 0; !death.signal.aborted; n++) {
      const request = `req_crash_${round}_${worker}_${n}`;
      const { status, body }: Answer = await world.command(session, 'ping', { request_id: request });
      if (status === 200) acknowledged.push({ request, receipt: body['receipt'] as Receipt });
      else if (status !== 0 && !death.signal.aborted) throw new Error(`round ${round}: ${request} was answered with ${status} ${JSON.stringify(body)}`);
    }
  };
  const asking = Array.from({ length: AT_ONCE }, (_, worker) => keepAsking(worker));
  await until(() => acknowledged.length > 0, 20_000);
  const killedAfterMs = randomInt(0, MOMENT_MS);
  await pause(killedAfterMs);
  death.abort();
  await world.api().kill();
  const from = performance.now();
  await world.restartApi(); // it is dead already: this is the start alone
  const restartMs = performance.now() - from;
  const cpuMs = processorMsOf(world.api().pid);
  await Promise.all(asking);
  await world.untilOnline();

  const log = await world.verify();
  const missing = acknowledged.filter((one) => !isThere(log, one)).length;
  const isFork = before !== null && (log.size < before.size || !sameBytes(log.rootAt(before.size), before.root));
  return {
    row: { round, killedAfterMs, acknowledged: acknowledged.length, entries: log.size, restartMs: Math.round(restartMs), cpuMs, missing, forks: isFork ? 1 : 0 },
    seen: { size: log.size, root: log.rootAt(log.size) },
  };
}

/** What the start itself and the step that prepared its database have used: the same on a machine that has other work to do. */
function processorMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 15).map(Number);
  return ticks.reduce((sum, n) => sum + n, 0) * 10;
}

/** Both entries, with what the machine signed, under the checkpoint that was handed out. */
function isThere(log: VerifiedLog, { request, receipt }: Acknowledged): boolean {
  const [intent, outcome] = [log.entries[receipt.leaf_index], log.entries[receipt.outcome_index]];
  return (
    intent?.leaf.request_id === request && intent.leaf.phase === 'intent' &&
    outcome?.leaf.request_id === request && outcome.leaf.outcome === 'ok' &&
    outcome.leaf.agent_signature === receipt.agent_signature && outcome.leaf.intent_sha256 === toHex(intent.hash) &&
    log.vouchesFor(receipt.checkpoint)
  );
}

/** How long a start takes here and now that has nothing to make good. */
export async function calmStart(world: Ready): Promise<number> {
  await world.api().stop();
  const from = performance.now();
  await world.restartApi();
  const ms = performance.now() - from;
  await world.untilOnline();
  return Math.round(ms);
}

export async function crashOften(world: Ready, rounds: number, tell: (row: Round) => void = () => undefined): Promise<readonly Round[]> {
  const rows: Round[] = [];
  let before: Seen | null = null;
  for (let round = 1; round <= rounds; round++) {
    const { row, seen }: Awaited<ReturnType<typeof crashOnce>> = await crashOnce(world, round, before);
    before = seen;
    rows.push(row);
    tell(row);
  }
  return rows;
}
