/**
 * The tabs of one browser share one cookie: who signs in or out in one of them does so in all. Each says so of the sign-in it speaks for, by
 * its id, which opens nothing.
 */
import type { LoginId, UserId } from '@argus/protocol/ids.ts';

export type TabWord = { readonly login: LoginId; readonly user: UserId; readonly is: 'in' | 'out' };
const channel = new BroadcastChannel('argus-sign-in');

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin by itself
export const tellTabs = (word: TabWord): void => channel.postMessage(word);
/** What other tabs say, and never this one. */
export function hearTabs(hear: (word: TabWord) => void): () => void {
  const heard = ({ data }: MessageEvent<TabWord>) => hear(data); // pages of this server say nothing else here
  channel.addEventListener('message', heard);
  return () => channel.removeEventListener('message', heard);
}
