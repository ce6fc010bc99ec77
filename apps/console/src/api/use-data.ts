import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import type { Request } from '@argus/client/requests.ts';
import { now } from '../adapters/clock.ts';
import { call } from './call.ts';
import { createStore, type Seen } from './store.ts';

export const store = createStore({ call, now });

/** What the server last said to this request, kept up to date by what happens to its topics. Null: nothing to ask yet. */
export function useData<T>(request: Request<T> | null, topics: readonly string[]): Seen<T> {
  const path = request?.path ?? '';
  const asked = useRef({ request, topics });
  asked.current = { request, topics };
  const watch = useCallback(
    (changed: () => void) => (asked.current.request ? store.watch(asked.current.request, asked.current.topics, changed) : () => {}),
    [path], // the path says it all: a request of the same path is the same request
  );
  return useSyncExternalStore(watch, () => store.seen<T>(path));
}

/** True for a moment after the value changed, and not for the first one: a cell that changes in place pulses. */
export function useChanged(value: unknown): boolean {
  const before = useRef(value);
  const changed = before.current !== value;
  useEffect(() => {
    before.current = value;
  }, [value]);
  return changed;
}
