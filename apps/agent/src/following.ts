import { sha256 } from '@argus/keys/hash.ts';
import { cosign } from '@argus/ledger/cosignature.ts';
import { parseNote } from '@argus/ledger/note.ts';
import type { ConsistencyFrame, Cosigned } from '@argus/protocol/frames.ts';
import { cosignerOf } from '@argus/protocol/origin.ts';
import type { LogReader } from './log-reader.ts';
import type { AgentDeps } from './ports.ts';

/**
 * The agent as witness of the whole log, also of what is done elsewhere: it checks that the log has only grown, stores how
 * far it has come, and cosigns that. The one thing it does for a server while it is dormant; it touches its journal only.
 */
type Deps = Pick<AgentDeps, 'clock' | 'trust' | 'identity' | 'note'>;
export type Says = { readonly cosignature?: Cosigned; readonly followed?: number };

/** An honest server asks every few minutes. Whoever asks more often is not answered: it would wear out the disk. */
export const LEAST_BETWEEN_MS = 5_000;

export function createFollowing({ clock, trust, identity, note }: Deps, log: Pick<LogReader, 'inTurn' | 'follow' | 'followed' | 'isForked'>) {
  const name = cosignerOf(trust);
  let says: Says = {};
  let lastAt = Number.NEGATIVE_INFINITY;

  const cosignatureOf = (checkpoint: string): Cosigned => {
    const body = parseNote(checkpoint)?.text ?? ''; // it was opened, so it is a note
    return { checkpoint, line: cosign(sha256, { name, publicKey: identity.publicKey, sign: identity.sign }, { body, seconds: Math.floor(clock.now() / 1_000) }) };
  };

  return {
    /** False: too soon after the one before, and not looked at. */
    async follow(frame: ConsistencyFrame): Promise<boolean> {
      if (clock.elapsed() - lastAt < LEAST_BETWEEN_MS) return false;
      lastAt = clock.elapsed();
      const { found, stored } = await log.inTurn(() => log.follow(frame));
      try {
        await stored;
      } catch (problem) {
        note('witness_not_stored', { problem: String(problem) });
        says = { followed: log.followed().size };
        return true;
      }
      if (log.isForked()) says = {}; // by this one, or by another meanwhile: the alarm says it
      else if (found.ok) says = { cosignature: cosignatureOf(found.value.checkpoint) };
      else says = { followed: log.followed().size };
      if (!found.ok) note('log_not_followed', { why: found.error.why });
      return true;
    },
    /** The owner accepted another log: the next proof has to begin there. */
    startAgain: (): void => void (says = { followed: log.followed().size }),
    /** What is not said yet. */
    take(): Says {
      const said = says;
      says = {};
      return said;
    },
    forget: (): void => void (says = {}),
  };
}
