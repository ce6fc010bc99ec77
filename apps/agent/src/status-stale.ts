import { z } from 'zod';

/** What a reader of status.json needs, to see whether it still holds. */
const Live = z.object({ remote_support: z.literal('live'), until: z.string(), daemon: z.object({ pid: z.int().min(1), boot: z.string() }).optional() });
type Daemon = NonNullable<z.infer<typeof Live>['daemon']>;

/** A status that says live and is not: a sentence for a person. Null where it holds, or says nothing of the kind. */
export function staleness(status: unknown, { now, isRunning }: { readonly now: number; readonly isRunning: (daemon: Daemon) => boolean }): string | null {
  const live = Live.safeParse(status);
  if (!live.success) return null;
  const { until, daemon } = live.data;
  if (daemon && !isRunning(daemon)) return 'This is out of date: the daemon that wrote it does not run any more, and no session is live. Start it again and it is put right.';
  if (now > Date.parse(until)) return `This is out of date: the session was over by ${until}. The daemon could not write that down; make room on the disk, and it will.`;
  return null;
}
