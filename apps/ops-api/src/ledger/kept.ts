/**
 * What was signed is also kept where the owner of the database cannot reach. Nobody waits for that: the newest checkpoint of
 * each tree is handed over when its entries are durable, and stands for every one before it.
 */
import type { TreeName } from '@argus/protocol/origin.ts';
import type { LogStore } from '../ports.ts';

export type Signed = { readonly tree: TreeName; readonly size: number; readonly note: string };

export interface KeptCheckpoints {
  /** On disk soon; several of one tree in a row become one. */
  add(signed: Signed): void;
  /** The largest of each tree, as lines with the signed note in them. */
  newest(): readonly string[];
  /** Everything that is still kept, oldest first. */
  lines(): AsyncIterable<string>;
  /** Puts what is kept aside, for good, and begins again with these. Answers where it went. */
  beginAgain(with_: readonly Signed[], at: number): Promise<string>;
  /** Resolves when what was added is on disk, or could not be put there. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

/** The same store, whose commits are kept. */
export const keeping = (store: LogStore, kept: Pick<KeptCheckpoints, 'add'>): LogStore => ({
  ...store,
  async commit(batch) {
    const outcome = await store.commit(batch);
    if (outcome.done) kept.add({ tree: batch.tree, size: batch.checkpoint.size, note: batch.checkpoint.note });
    return outcome;
  },
});
