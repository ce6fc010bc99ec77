import { useState, type ReactNode } from 'react';
import type { Result } from '@argus/kit/result.ts';
import type { Request } from '@argus/client/requests.ts';
import * as clock from '../adapters/clock.ts';
import { call } from '../api/call.ts';
import { store } from '../api/use-data.ts';
import { useNow } from '../ui/moment.tsx';
import type { Trouble } from '../ui/problem.tsx';
import { StepUp } from './step-up.tsx';

/** More than a request: done anew each time, also after somebody has confirmed who they are. */
export type Work<T> = () => Promise<Result<T, Trouble>>;
export type Act<T> = {
  readonly act: (asked: Request<T> | Work<T>) => Promise<void>;
  readonly busy: boolean;
  readonly problem: Trouble | null;
  /** After "too many": seconds until the next try. */
  readonly waitS: number;
  /** Asks for a second factor when the server wants one; to be shown wherever the act is. */
  readonly stepUp: ReactNode;
};

/** Sends once; says what came of it; asks who is there when the server wants to know, and then sends it again. */
export function useAct<T>(topics: readonly string[], done: (answer: T) => void): Act<T> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [waitUntil, setWaitUntil] = useState(0);
  const [held, setHeld] = useState<{ readonly asked: Request<T> | Work<T> } | null>(null);
  const now = useNow();
  const act = async (asked: Request<T> | Work<T>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    const answer = await (typeof asked === 'function' ? asked() : call(asked));
    setBusy(false);
    store.changed(topics);
    if (answer.ok) return done(answer.value);
    const refused = typeof answer.error !== 'string' && answer.error.kind === 'refused' ? answer.error : null;
    if (refused?.code === 'step_up_required') return setHeld({ asked });
    setProblem(answer.error);
    if (refused?.retry_after_s !== undefined) setWaitUntil(clock.now() + refused.retry_after_s * 1_000);
  };
  const again = () => {
    setHeld(null);
    if (held) void act(held.asked);
  };
  return { act, busy, problem, waitS: Math.max(0, Math.ceil((waitUntil - now) / 1_000)), stepUp: held ? <StepUp onConfirmed={again} onClose={() => setHeld(null)} /> : null };
}
