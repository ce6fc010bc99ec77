import { useState } from 'react';
import type { ClientProblem } from '@argus/client/problem.ts';
import type { Request } from '@argus/client/requests.ts';
import { call } from '../api/call.ts';
import { store } from '../api/use-data.ts';
import { useNow } from '../ui/moment.tsx';

/** Sends once; says what came of it; and after "too many" counts the seconds until the next try. */
export function useAct<T>(topics: readonly string[], done: (answer: T) => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ClientProblem | null>(null);
  const [waitUntil, setWaitUntil] = useState(0);
  const now = useNow();
  const act = async (request: Request<T>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    const answer = await call(request);
    setBusy(false);
    store.changed(topics);
    if (answer.ok) return done(answer.value);
    setProblem(answer.error);
    if (answer.error.kind === 'refused' && answer.error.retry_after_s !== undefined) setWaitUntil(Date.now() + answer.error.retry_after_s * 1_000);
  };
  return { act, busy, problem, waitS: Math.max(0, Math.ceil((waitUntil - now) / 1_000)) };
}
