import { isoTime } from '@argus/kit/clock.ts';
import type { Denial } from '@argus/protocol/errors.ts';
import { cleanText } from '@argus/protocol/text.ts';
import type { ActivityEntry, Patched } from './activity.ts';
import type { AgentDeps } from './ports.ts';
import type { Place } from './witness.ts';

/**
 * Every act of this machine is in the owner's own record twice: as an intent before it, and with what came of it after.
 * Who, why and what are read from the entry of the log, as everywhere; texts are made plain, since people wrote them.
 */
export function createActs({ activity, clock }: Pick<AgentDeps, 'activity' | 'clock'>) {
  const open = new Map<string, ActivityEntry>(); // by the hash of the entry; commands in flight and one activation at most

  return {
    async intend({ leaf, leafHash }: Pick<Place, 'leaf' | 'leafHash'>): Promise<void> {
      const entry: ActivityEntry = {
        at: isoTime(clock.now()),
        what: leaf.type === 'remote_support_activation' ? 'session' : 'command',
        phase: 'intent',
        entry: leaf.seq,
        leaf: leafHash,
        ...(leaf.session !== undefined && { session: leaf.session }),
        ...(leaf.operator !== undefined && { operator: cleanText(leaf.operator, 320) }),
        ...(leaf.reason !== undefined && { reason: cleanText(leaf.reason, 500) }),
        ...(leaf.request_id !== undefined && { request: leaf.request_id }),
        ...(leaf.command !== undefined && { command: cleanText(leaf.command, 64) }),
        ...(leaf.args_commit !== undefined && { args: leaf.args_commit }),
      };
      await activity.intend(entry);
      open.set(leafHash, entry);
    },

    /** Nothing, when there was no intent. One that ran out of time is unknown, until it is through. */
    cameOf(leafHash: string, refused: Denial | null, patched: Patched | null = null): Denial | null {
      const intent = open.get(leafHash);
      if (!intent) return refused;
      const isUnknown = refused?.code === 'command_timed_out';
      if (!isUnknown) open.delete(leafHash);
      const { what, entry, session, request, command } = intent;
      activity.record({
        at: isoTime(clock.now()),
        what,
        phase: 'outcome',
        ...(entry !== undefined && { entry }),
        ...(session !== undefined && { session }),
        ...(request !== undefined && { request }),
        ...(command !== undefined && { command }),
        outcome: refused === null ? 'ok' : isUnknown ? 'unknown' : 'refused',
        ...(refused !== null && { code: refused.code }),
        ...(patched !== null && { patch: patched }),
      });
      return refused;
    },
  };
}
export type Acts = ReturnType<typeof createActs>;
