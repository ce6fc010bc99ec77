import { useSyncExternalStore } from 'react';
import { every, now } from '../adapters/clock.ts';
import { ago, exactly, leftWords, spanWords } from './time.ts';

/** One clock for the page, moved every second while somebody looks. */
const watchers = new Set<() => void>();
let second = now();
let stop: (() => void) | null = null;
const subscribe = (changed: () => void) => {
  watchers.add(changed);
  stop ??= every(1_000, () => {
    second = now();
    for (const watcher of watchers) watcher();
  });
  return () => {
    watchers.delete(changed);
    if (watchers.size > 0) return;
    stop?.();
    stop = null;
  };
};
export const useNow = (): number => useSyncExternalStore(subscribe, () => second);

export function Moment({ at, absent = 'never' }: { readonly at: string | null; readonly absent?: string }) {
  const current = useNow();
  if (at === null) return <span className="muted">{absent}</span>;
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={exactly(time)} className="nowrap numbers">
      {ago(time, current)}
    </time>
  );
}

/** For a sentence: how long it has been so. */
export function For({ since }: { readonly since: string }) {
  const [current, time] = [useNow(), Date.parse(since)];
  return (
    <time dateTime={since} title={exactly(time)} className="nowrap numbers">
      for {spanWords((current - time) / 1_000)}
    </time>
  );
}

/** For a sentence: how long something is good for, and when exactly that ends. */
export function Until({ at }: { readonly at: string }) {
  const [current, time] = [useNow(), Date.parse(at)];
  return (
    <>
      for {leftWords(time, current)}, until <time dateTime={at}>{exactly(time)}</time>
    </>
  );
}
