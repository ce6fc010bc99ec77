/**
 * One stream of what happens, for the whole console. It says which topics changed, never what: what may be seen is asked for by whoever
 * shows it. A stream that breaks comes back by itself and says where it had been; when that is too long ago, everything is asked again.
 */
import { useSyncExternalStore } from 'react';
import { every } from '../adapters/clock.ts';
import { store } from './use-data.ts';

export type Line = 'connecting' | 'live' | 'away';
let line: Line = 'connecting';
let source: EventSource | null = null;
const watchers = new Set<() => void>();
const say = (next: Line) => {
  if (line === next) return;
  line = next;
  for (const watcher of watchers) watcher();
};

/** Other nodes of the server are heard of by asking, and so is whatever a line did not say. */
const ASK_EVERY_MS = 30_000;
let stopAsking = () => {};

export function listen(): void {
  if (source) return;
  stopAsking = every(ASK_EVERY_MS, () => {
    if (source?.readyState === EventSource.CLOSED) open(); // somebody on the way answered for the server: a browser does not try again then
    if (document.visibilityState === 'visible') store.all();
  });
  open();
}
function open(): void {
  source = new EventSource('/v1/live');
  source.addEventListener('open', () => say('live'));
  source.addEventListener('error', () => say('away'));
  source.addEventListener('changed', (event: MessageEvent<string>) => store.changed(event.data.split(' ')));
  source.addEventListener('missed', () => store.all());
}
export function stopListening(): void {
  source?.close();
  stopAsking();
  source = null;
  say('connecting');
}
const subscribe = (changed: () => void) => {
  watchers.add(changed);
  return () => void watchers.delete(changed);
};
export const useLine = (): Line => useSyncExternalStore(subscribe, () => line);
