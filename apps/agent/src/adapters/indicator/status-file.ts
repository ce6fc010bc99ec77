import { existsSync, readFileSync } from 'node:fs';
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import type { Indicator } from '../../ports.ts';
import type { ProcessMark } from '../process/this-process.ts';
import { writeWhole } from '../state/state-dir.ts';

/** What an earlier life may have left standing counts too. */
const isLive = (path: string): boolean => existsSync(path) && readFileSync(path, 'utf8').includes('"live"');

/** A disk that is full now may have room in a moment. */
export const AGAIN_MS = 5_000;

type StatusFile = { readonly path: string; readonly clock: Clock; readonly journal: (line: string) => void; readonly daemon: ProcessMark };

/**
 * The indicator of a headless machine: a status file and a line in the journal. Raised only once it is on disk. One that
 * cannot be lowered is tried again until it is, or until the next is raised; who reads it sees by `daemon` and `until`
 * that it is out of date.
 */
export function statusFileIndicator({ path, clock, journal, daemon }: StatusFile): Indicator {
  let cancel = () => {};
  const write = (status: object) => writeWhole(path, `${JSON.stringify({ ...status, since: isoTime(clock.now()), daemon }, null, 2)}\n`);

  function lowered(): void {
    cancel();
    const wasLive = isLive(path);
    try {
      write({ remote_support: 'dormant' });
    } catch (problem) {
      cancel = clock.after(AGAIN_MS, again);
      throw problem;
    }
    if (wasLive) journal('remote support session over');
  }
  function again(): void {
    try {
      lowered();
    } catch {
      // said when it failed first
    }
  }

  return {
    async raise({ session, operator, reason, until }) {
      cancel();
      write({ remote_support: 'live', session, operator, reason, until: isoTime(until) });
      journal(`REMOTE SUPPORT SESSION LIVE: ${operator}, until ${isoTime(until)}: ${reason}`);
    },
    async lower() {
      lowered();
    },
  };
}
