import { useEffect, useRef, useState } from 'react';
import { logProof, replaySession } from '@argus/client/log-requests.ts';
import type { ClientProblem } from '@argus/client/problem.ts';
import type { SessionView } from '@argus/protocol/http/shapes.ts';
import { call } from '../api/call.ts';
import { useData } from '../api/use-data.ts';
import { fromNext, hasGrown, prove, type Head, type Proved, type ProvedStep } from './proved.ts';

/** `grown`: each checkpoint we saw is the one before and more; `forked`: one was not; `unasked`: nobody could be asked. */
export type Growth = 'first' | 'grown' | 'forked' | 'unasked';
export type Steps = {
  readonly steps: readonly ProvedStep[]; // newest first
  readonly head: Head | null;
  readonly growth: Growth;
  /** Why what the server shows is not taken. */
  readonly untrue: string | null;
  readonly problem: ClientProblem | null;
};

/** The steps of a session while it goes on. Entries that were checked stay; what is new, or waits for its answer, is asked for. */
export function useSteps({ session_id: session, tenant_id: tenant }: SessionView): Steps {
  const [from, setFrom] = useState(0);
  const { data, problem } = useData(replaySession(session, from === 0 ? {} : { from }), ['sessions', 'events']);
  const kept = useRef(new Map<number, ProvedStep>());
  const [shown, setShown] = useState<Proved | null>(null);
  const [untrue, setUntrue] = useState<string | null>(null);
  const growth = useGrowth(tenant, shown?.head ?? null);
  useEffect(() => {
    if (!data) return;
    const proved = prove(data);
    setUntrue(proved.ok ? null : proved.error);
    if (!proved.ok) return;
    for (const step of proved.value.steps) kept.current.set(step.index, step);
    setShown({ head: proved.value.head, steps: [...kept.current.values()].toSorted((a, b) => b.index - a.index) });
    setFrom((was) => fromNext(was, proved.value.steps, data.next));
  }, [data]);
  return { steps: shown?.steps ?? [], head: shown?.head ?? null, growth, untrue, problem };
}

/** A log that was written anew has other roots. Once is enough: it stays said. */
function useGrowth(tenant: SessionView['tenant_id'], head: Head | null): Growth {
  const seen = useRef<Head | null>(null);
  const isAsking = useRef(false);
  const [growth, setGrowth] = useState<Growth>('first');
  useEffect(() => {
    const before = seen.current;
    if (head === null || isAsking.current) return; // the next checkpoint answers for this one too
    if (before === null) return void (seen.current = head);
    if (before.size === head.size) return;
    const ask = async () => {
      isAsking.current = true;
      const answer = await call(logProof(tenant, { from: before.size, size: head.size }));
      isAsking.current = false;
      if (!answer.ok) return setGrowth((was) => (was === 'forked' ? was : 'unasked'));
      const isGrown = hasGrown(before, head, answer.value.proof);
      if (isGrown) seen.current = head;
      setGrowth((was) => (isGrown && was !== 'forked' ? 'grown' : 'forked'));
    };
    void ask();
  }, [tenant, head]);
  return growth;
}
