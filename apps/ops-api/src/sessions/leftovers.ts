import type { Clock } from '@argus/kit/clock.ts';
import type { NodeId } from '@argus/protocol/ids.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { recoverOpenIntents } from '../ledger/recover.ts';
import { SILENT_FOR_MS } from '../nodes/lease.ts';
import type { EndingStore, Log, LogStore, NodeSign, NodeStore, SessionStore } from '../ports.ts';
import type { Custody } from './custody.ts';

/**
 * Finishes what nobody else will: sessions of a node that shows no sign of life, sessions past their time that nobody
 * ended, and last words that did not come. Any node does it for all; the store takes each once.
 */
export type LeftoversDeps = {
  readonly clock: Clock;
  readonly node: { readonly id: NodeId };
  readonly nodes: Pick<NodeStore, 'othersWithSessions' | 'forget'>;
  readonly sessions: Pick<SessionStore, 'leftOpenBy'>;
  readonly endings: Pick<EndingStore, 'overdue'>;
  readonly leaves: Pick<LogStore, 'openIntents'>;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly custody: Pick<Custody, 'end' | 'failOverdueLastWords'>;
  readonly log: Log;
};

/** Whoever holds it ends it in time; this is for one that nobody holds. More than clocks of two nodes may differ. */
export const OVERDUE_MS = 60_000;
const AT_ONCE = 100;
const FORGET_EVERY_MS = 60_000;

export function createLeftovers(deps: LeftoversDeps) {
  const { clock, log } = deps;
  const seen = new Map<NodeId, NodeSign & { readonly since: number }>();
  let forgotAt = clock.elapsed();
  let isTidying = false;

  /** Those whose count has stood still for longer than their lease, by our own clock. */
  async function silentOnes(): Promise<readonly NodeSign[]> {
    const others = await deps.nodes.othersWithSessions(deps.node.id);
    for (const node of seen.keys()) if (!others.some((other) => other.node === node)) seen.delete(node);
    return others.filter((sign) => {
      const before = seen.get(sign.node);
      const isSame = before?.epoch === sign.epoch && before.beat === sign.beat;
      if (!isSame) seen.set(sign.node, { ...sign, since: clock.elapsed() });
      return isSame && clock.elapsed() - before.since >= SILENT_FOR_MS;
    });
  }

  async function takeOver(sign: NodeSign): Promise<void> {
    const open = await deps.sessions.leftOpenBy(sign.node, sign.epoch + 1);
    log('warn', 'node_taken_for_dead', { node: sign.node, epoch: sign.epoch, sessions: open.length });
    await recoverOpenIntents({ log: deps.leaves, ledger: deps.ledger, clock }, sign.node, sign.epoch + 1);
    await Promise.all(open.map((session) => deps.custody.end(session, { by: 'server_shutdown', actor: 'server', onlyIfSilent: sign })));
  }

  async function tidy(): Promise<void> {
    for (const sign of await silentOnes()) await takeOver(sign);
    const overdue = await deps.endings.overdue(clock.now() - OVERDUE_MS, AT_ONCE);
    await Promise.all(overdue.map((session) => deps.custody.end(session, { by: 'expired', actor: 'server' })));
    await deps.custody.failOverdueLastWords();
    if (clock.elapsed() - forgotAt < FORGET_EVERY_MS) return;
    forgotAt = clock.elapsed();
    await deps.nodes.forget();
  }

  return {
    async tidy(): Promise<void> {
      if (isTidying) return; // a database that hangs is not asked twice
      isTidying = true;
      await tidy().catch((problem: unknown) => log('warn', 'leftovers_not_tidied', { problem: String(problem) }));
      isTidying = false;
    },
  };
}
