import { err, ok, type Result } from '@argus/kit/result.ts';
import type { ClientProblem } from '@argus/client/problem.ts';
import type { Request } from '@argus/client/requests.ts';
import { expect, test } from 'vitest';
import { AGAIN_MS, createStore } from './store.ts';

const request = (path: string): Request<unknown> => ({ method: 'GET', path, timeoutMs: 1_000, read: Object.assign((raw: unknown) => raw, { schema: null }) });
const away: ClientProblem = { kind: 'unreachable', why: 'no_route', detail: 'no answer' };

/** A server whose answers are given by hand. */
function server() {
  const asked: { path: string; answer: (result: Result<unknown, ClientProblem>) => Promise<void> }[] = [];
  let time = 1_000;
  const store = createStore({
    now: () => time,
    call: <T,>({ path }: Request<T>) =>
      new Promise<Result<T, ClientProblem>>((resolve) => {
        asked.push({
          path,
          answer: async (result) => {
            resolve(result as Result<T, ClientProblem>); // the test says what the server said
            await Promise.resolve();
            await Promise.resolve();
          },
        });
      }),
  });
  return { store, asked, later: (ms: number) => void (time += ms) };
}

test('what was seen stays while it is asked again, and when that fails', async () => {
  const { store, asked } = server();
  store.watch(request('/v1/agents'), ['agents'], () => {});
  await asked[0]?.answer(ok({ agents: [1] }));
  store.changed(['agents']);
  expect(store.seen('/v1/agents')).toMatchObject({ data: { agents: [1] }, isAsking: true });
  await asked[1]?.answer(err(away));
  expect(store.seen('/v1/agents')).toMatchObject({ data: { agents: [1] }, at: 1_000, problem: away, isAsking: false });
});

test('an answer that says the same is the same object', async () => {
  const { store, asked } = server();
  store.watch(request('/v1/agents'), ['agents'], () => {});
  await asked[0]?.answer(ok({ agents: [1] }));
  const before = store.seen<object>('/v1/agents').data;
  store.again('/v1/agents');
  await asked[1]?.answer(ok({ agents: [1] }));
  expect(store.seen('/v1/agents').data).toBe(before);
});

test('an older answer that comes late does not replace a newer one', async () => {
  const { store, asked } = server();
  store.watch(request('/v1/agents'), ['agents'], () => {});
  store.again('/v1/agents');
  await asked[1]?.answer(ok('new'));
  await asked[0]?.answer(ok('old'));
  expect(store.seen('/v1/agents').data).toBe('new');
});

test('what nobody looks at is not asked for; it is when somebody looks again, and not sooner than needed', async () => {
  const { store, asked, later } = server();
  const leave = store.watch(request('/v1/agents'), ['agents'], () => {});
  await asked[0]?.answer(ok('one'));
  leave();
  store.changed(['agents']);
  expect(asked).toHaveLength(1);
  store.watch(request('/v1/agents'), ['agents'], () => {});
  expect(asked).toHaveLength(2);
  await asked[1]?.answer(ok('two'));
  later(AGAIN_MS - 1);
  store.watch(request('/v1/agents'), ['agents'], () => {});
  expect(asked).toHaveLength(2);
});

test('a change of something else asks nothing', async () => {
  const { store, asked } = server();
  store.watch(request('/v1/agents'), ['agents'], () => {});
  await asked[0]?.answer(ok('one'));
  store.changed(['alerts']);
  expect(asked).toHaveLength(1);
});

test('after signing out nothing is left, and what was still on its way is dropped', async () => {
  const { store, asked } = server();
  store.watch(request('/v1/agents'), ['agents'], () => {});
  await asked[0]?.answer(ok('secret'));
  store.again('/v1/agents');
  store.clear();
  await asked[1]?.answer(ok('secret'));
  expect(store.seen('/v1/agents')).toMatchObject({ data: null, at: null });
});

/** Guarantee: a page of calls that is left open makes none: each would be one more row of what it shows. */
test('what follows no topic is asked once, and again when somebody wants it', async () => {
  const { store, asked } = server();
  store.watch(request('/v1/audit-log'), [], () => {});
  store.watch(request('/v1/agents'), ['agents'], () => {});
  for (const one of asked) await one.answer(ok({}));
  store.all();
  expect(asked.map(({ path }) => path)).toEqual(['/v1/audit-log', '/v1/agents', '/v1/agents']);
  store.again('/v1/audit-log');
  await asked[3]?.answer(err(away));
  store.all(); // what failed is tried again
  expect(asked.slice(3).map(({ path }) => path)).toEqual(['/v1/audit-log', '/v1/audit-log', '/v1/agents']);
});
