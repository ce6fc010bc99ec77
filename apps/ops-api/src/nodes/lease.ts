import type { Clock } from '@argus/kit/clock.ts';
import type { NodeId } from '@argus/protocol/ids.ts';
import type { Switchboard } from '../agents/switchboard.ts';
import type { Log, NodeStore } from '../ports.ts';
import type { Custody } from '../sessions/custody.ts';

/**
 * A node holds its sessions for as long as it can say in the database that it is alive. When it cannot, it gives them
 * up by its own clock before any other node may take it for dead (sessions/leftovers.ts) by theirs.
 */
export const NODE_LEASE_MS = 30_000;
/** What another node waits before it ends what a silent one left: the lease, one turn of its timer, and some. */
export const SILENT_FOR_MS = 40_000;

type LeaseDeps = {
  readonly clock: Clock;
  readonly node: { readonly id: NodeId; readonly epoch: number };
  readonly nodes: Pick<NodeStore, 'beat'>;
  readonly custody: Pick<Custody, 'held' | 'endAllHeld'>;
  readonly lines: Pick<Switchboard, 'closeAll'>;
  readonly log: Log;
};

export function createNodeLease({ clock, node, nodes, custody, lines, log }: LeaseDeps) {
  let renewedAt = clock.elapsed();
  let isAsking = false;

  function giveUp(why: string): void {
    if (custody.held().length > 0) log('error', 'node_gave_up_its_sessions', { why, node: node.id, epoch: node.epoch });
    custody.endAllHeld();
  }

  return {
    /** Every few seconds. The lease runs from when the sign of life was sent, however long its answer took. */
    async beat(): Promise<void> {
      if (clock.elapsed() - renewedAt >= NODE_LEASE_MS) giveUp('the database did not answer for too long');
      if (isAsking) return; // a database that hangs is not asked twice
      const sentAt = clock.elapsed();
      isAsking = true;
      try {
        if (await nodes.beat(node.id, node.epoch, clock.now())) renewedAt = Math.max(renewedAt, sentAt);
        else {
          log('error', 'node_fenced', { node: node.id, epoch: node.epoch });
          giveUp('a newer start of this node is running');
          lines.closeAll();
        }
      } catch (problem) {
        log('warn', 'node_lease_not_renewed', { problem: String(problem) });
      } finally {
        isAsking = false;
      }
    },
  };
}
