import { useEffect, useState } from 'react';
import { replaySession, type Replay } from '@argus/client/log-requests.ts';
import type { ClientProblem } from '@argus/client/problem.ts';
import type { SessionId } from '@argus/protocol/ids.ts';
import { call } from '../api/call.ts';
import type { Seen } from '../api/store.ts';
import { useData } from '../api/use-data.ts';

/** A session of many hundred steps comes in pages, all under the checkpoint of the first. */
const PAGES_MAX = 50;

export function useReplay(session: SessionId): Seen<Replay> {
  const first = useData(replaySession(session), ['sessions', 'events']);
  const [whole, setWhole] = useState<Replay | null>(null);
  const [problem, setProblem] = useState<ClientProblem | null>(null);
  const page = first.data;
  useEffect(() => {
    let isCurrent = true;
    const readOn = async (begun: Replay) => {
      let all = begun;
      for (let n = 0; n < PAGES_MAX && all.next !== null; n++) {
        const more = await call(replaySession(session, { from: all.next, size: begun.size }));
        if (!isCurrent) return;
        setProblem(more.ok ? null : more.error);
        if (!more.ok) return;
        all = { ...all, steps: [...all.steps, ...more.value.steps], next: more.value.next };
      }
      setWhole(all);
    };
    if (page) void readOn(page);
    return () => void (isCurrent = false);
  }, [page, session]);
  return { ...first, data: whole?.session_id === session ? whole : null, problem: problem ?? first.problem };
}
