/**
 * What the server last said, by the address it was asked at. Shown until something newer arrives: a page that was there does not
 * flash away to be loaded, and what fails leaves the last good answer standing, with its age.
 */
import type { ClientProblem } from '@argus/client/problem.ts';
import type { Result } from '@argus/kit/result.ts';
import type { Request } from '@argus/client/requests.ts';

export type Seen<T> = {
  readonly data: T | null;
  readonly at: number | null; // when `data` arrived
  readonly problem: ClientProblem | null; // of the last try
  readonly isAsking: boolean;
};
const NOTHING: Seen<never> = { data: null, at: null, problem: null, isAsking: false };

type Entry = { seen: Seen<unknown>; request: Request<unknown>; readonly topics: ReadonlySet<string>; readonly watchers: Set<() => void>; turn: number };
export type StoreDeps = {
  readonly call: <T>(request: Request<T>) => Promise<Result<T, ClientProblem>>;
  readonly now: () => number;
};

/** Nothing is asked again sooner than this by itself, whatever happens. */
export const AGAIN_MS = 15_000;
/** Answers nobody looks at are kept this many, the newest ones. */
const KEPT_MAX = 50;

export function createStore({ call, now }: StoreDeps) {
  const entries = new Map<string, Entry>();
  const tell = (entry: Entry) => {
    for (const watcher of entry.watchers) watcher();
  };

  async function ask(entry: Entry): Promise<void> {
    const turn = ++entry.turn;
    entry.seen = { ...entry.seen, isAsking: true };
    tell(entry);
    const answer = await call(entry.request);
    if (turn !== entry.turn) return; // asked again meanwhile: the newer answer counts
    entry.seen = answer.ok
      ? { data: same(entry.seen.data, answer.value), at: now(), problem: null, isAsking: false }
      : { ...entry.seen, problem: answer.error, isAsking: false };
    tell(entry);
  }

  function entryFor<T>(request: Request<T>, topics: readonly string[]): Entry {
    const have = entries.get(request.path);
    if (have) return have;
    const made: Entry = { seen: NOTHING, request, topics: new Set(topics), watchers: new Set(), turn: 0 };
    entries.set(request.path, made);
    forgetOldest();
    return made;
  }

  function forgetOldest(): void {
    const unwatched = [...entries].filter(([, entry]) => entry.watchers.size === 0);
    for (const [path] of unwatched.slice(0, Math.max(0, unwatched.length - KEPT_MAX))) entries.delete(path);
  }

  return {
    seen: <T>(path: string): Seen<T> => (entries.get(path)?.seen ?? NOTHING) as Seen<T>, // asked with a request that reads T
    watch<T>(request: Request<T>, topics: readonly string[], changed: () => void): () => void {
      const entry = entryFor(request, topics);
      entry.watchers.add(changed);
      if (!entry.seen.isAsking && (entry.seen.at === null || now() - entry.seen.at > AGAIN_MS)) void ask(entry);
      return () => {
        entry.watchers.delete(changed);
        forgetOldest();
      };
    },
    /** Something of these topics changed: what is looked at is asked again, the rest when somebody looks. */
    changed(topics: readonly string[]): void {
      for (const entry of entries.values()) {
        if (!topics.some((topic) => entry.topics.has(topic))) continue;
        if (entry.watchers.size > 0) void ask(entry);
        else entry.seen = { ...entry.seen, at: null };
      }
    },
    again(path: string): void {
      const entry = entries.get(path);
      if (entry) void ask(entry);
    },
    /** Everything that is looked at: after a silence nobody knows what was missed. What follows no topic and is there was asked for once. */
    all(): void {
      for (const entry of entries.values()) if (entry.watchers.size > 0 && (entry.topics.size > 0 || entry.seen.problem !== null)) void ask(entry);
    },
    /** Signed out: nothing of what was seen stays behind. */
    clear(): void {
      for (const entry of entries.values()) entry.turn++;
      entries.clear();
    },
  };
}
export type Store = ReturnType<typeof createStore>;

/** An answer that says the same is the same object, so that nothing that shows it is drawn again. */
const same = (before: unknown, after: unknown): unknown => (before !== null && JSON.stringify(before) === JSON.stringify(after) ? before : after);
