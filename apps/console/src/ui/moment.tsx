import { useSyncExternalStore } from 'react';
import { ago, exactly } from './time.ts';

/** One clock for the page, moved every second while somebody looks. */
const watchers = new Set<() => void>();
let second = Date.now();
let timer: ReturnType<typeof setInterval> | null = null;
const subscribe = (changed: () => void) => {
  watchers.add(changed);
  timer ??= setInterval(() => {
    second = Date.now();
    for (const watcher of watchers) watcher();
  }, 1_000);
  return () => {
    watchers.delete(changed);
    if (watchers.size === 0 && timer) {
      clearInterval(timer);
      timer = null;
    }
  };
};
export const useNow = (): number => useSyncExternalStore(subscribe, () => second);

export function Moment({ at, absent = 'never' }: { readonly at: string | null; readonly absent?: string }) {
  const now = useNow();
  if (at === null) return <span className="muted">{absent}</span>;
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={exactly(time)} className="nowrap numbers">
      {ago(time, now)}
    </time>
  );
}
