/**
 * Notes which lines came and went, many at a time: ten thousand machines that come back at once are a few statements.
 * Whoever looks sees what was noted before: `written` is awaited before every look.
 */
import type { Clock } from '@argus/kit/clock.ts';
import type { NodeId } from '@argus/protocol/ids.ts';
import type { Log } from '../ports.ts';
import { LINES_KEPT_DAYS } from '@argus/protocol/http/agents.ts';
import type { LinkIdentity } from './link.ts';
import type { Came, PresenceStore, Went } from './presence.ts';

const SOON_MS = 250;
const AGAIN_MS = 5_000;
const TIDY_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** While the database is away no more than this is remembered: the newest. A courtesy to people is not worth the memory. */
const WAITING_MAX = 100_000;
const AT_ONCE = 5_000;

export type ComingsDeps = {
  readonly clock: Clock;
  readonly node: { readonly id: NodeId; readonly epoch: number };
  readonly presence: Pick<PresenceStore, 'note' | 'tidy'>;
  readonly log: Log;
};

export function createComings({ clock, node, presence, log }: ComingsDeps) {
  let came: Came[] = [];
  let went: Went[] = [];
  let writing: Promise<void> | null = null;
  let cancelSoon: (() => void) | null = null;
  let cancelTidy = () => {};

  async function writeAll(): Promise<void> {
    while (came.length + went.length > 0) {
      const [nowCame, nowWent] = [came.slice(0, AT_ONCE), came.length > AT_ONCE ? [] : went.slice(0, AT_ONCE)]; // nobody goes before they came
      await presence.note(nowCame, nowWent);
      came = came.slice(nowCame.length);
      went = went.slice(nowWent.length);
    }
  }
  /** Resolves when everything noted so far is there, or throws when it could not be written. */
  async function written(): Promise<void> {
    cancelSoon?.();
    cancelSoon = null;
    if (came.length + went.length === 0) return;
    writing ??= writeAll().finally(() => (writing = null));
    try {
      await writing;
    } catch (problem) {
      later(AGAIN_MS);
      throw problem;
    }
  }
  function later(ms: number): void {
    cancelSoon ??= clock.after(ms, () => void written().catch((problem: unknown) => log('warn', 'lines_not_noted', { problem: String(problem) })));
  }
  function noted(): void {
    if (came.length > WAITING_MAX) came = came.slice(-WAITING_MAX);
    if (went.length > WAITING_MAX) went = went.slice(-WAITING_MAX);
    later(SOON_MS);
  }
  async function tidy(): Promise<void> {
    cancelTidy = clock.after(TIDY_EVERY_MS, () => void tidy());
    const mine = { node: node.id, epoch: node.epoch };
    await presence.tidy(mine, clock.now() - LINES_KEPT_DAYS * DAY_MS).catch((problem: unknown) => log('warn', 'lines_not_tidied', { problem: String(problem) }));
  }

  return {
    came({ agent, connection }: LinkIdentity): void {
      came.push({ agent, connection, node: node.id, epoch: node.epoch, at: clock.now() });
      noted();
    },
    went({ connection }: LinkIdentity): void {
      went.push({ connection, at: clock.now() });
      noted();
    },
    written,
    begin: tidy,
    async close(): Promise<void> {
      cancelTidy();
      await written().catch((problem: unknown) => log('warn', 'lines_not_noted', { problem: String(problem) }));
      cancelSoon?.();
    },
  };
}
export type Comings = ReturnType<typeof createComings>;
