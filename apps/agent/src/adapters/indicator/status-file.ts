import { existsSync, readFileSync } from 'node:fs';
import { isoTime, type Clock } from '@argus/kit/clock.ts';
import type { Indicator } from '../../ports.ts';
import { writeWhole } from '../state/state-dir.ts';

/** What an earlier life may have left standing counts too. */
const isLive = (path: string): boolean => existsSync(path) && readFileSync(path, 'utf8').includes('"live"');

/** The indicator of a headless machine: a status file and a line in the journal. Raised only once it is on disk. */
export function statusFileIndicator({ path, clock, journal }: { path: string; clock: Clock; journal: (line: string) => void }): Indicator {
  const write = (status: object) => writeWhole(path, `${JSON.stringify({ ...status, since: isoTime(clock.now()) }, null, 2)}\n`);
  return {
    async raise({ session, operator, reason, until }) {
      write({ remote_support: 'live', session, operator, reason, until: isoTime(until) });
      journal(`REMOTE SUPPORT SESSION LIVE: ${operator}, until ${isoTime(until)}: ${reason}`);
    },
    async lower() {
      const wasLive = isLive(path);
      write({ remote_support: 'dormant' });
      if (wasLive) journal('remote support session over');
    },
  };
}
