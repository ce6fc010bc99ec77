/**
 * The tabs of one browser share one cookie: who signs in or out in one of them does so in all. Each says so of the sign-in it speaks for, by
 * its id, which opens nothing.
 */
export type TabWord = { readonly login: string; readonly is: 'in' | 'out' };
const channel = new BroadcastChannel('argus-sign-in');

export const tellTabs = (word: TabWord): void => channel.postMessage(word);
/** What other tabs say, and never this one. */
export function hearTabs(hear: (word: TabWord) => void): () => void {
  const heard = ({ data }: MessageEvent<TabWord>) => hear(data); // pages of this server say nothing else here
  channel.addEventListener('message', heard);
  return () => channel.removeEventListener('message', heard);
}
