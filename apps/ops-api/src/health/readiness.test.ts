import { isoTime, manualClock, settle } from '@argus/kit/clock.ts';
import { describe, expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { factOf, LOG_KEY, START } from '../../test/sample.ts';
import { ANSWER_OLD_MS, CHECK_MS, createReadiness, type Part } from './readiness.ts';

function watched(check: (n: number) => Promise<boolean>) {
  let checks = 0;
  const clock = manualClock(START);
  const part: Part = { name: 'database', says: 'The database takes a write.', check: () => check(++checks) };
  return { clock, checks: () => checks, ready: createReadiness({ parts: [part], clock }) };
}
const never = () => new Promise<boolean>(() => undefined);

/** Guarantee: asking whether the server is well is no way to make it unwell. */
describe('a flood of questions', () => {
  test('is answered by one check', async () => {
    const { ready, checks } = watched(async () => true);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => ready()));
    expect(checks()).toBe(1);
    expect(answers.every(({ parts }) => parts[0]?.ok === true)).toBe(true);
  });
  test('is answered from what was seen, for as long as that is young', async () => {
    const { ready, checks, clock } = watched(async () => true);
    await ready();
    await clock.advance(ANSWER_OLD_MS - 1);
    await ready();
    expect(checks()).toBe(1);
    await clock.advance(1);
    await ready();
    expect(checks()).toBe(2);
  });
  test('never starts a second check while one hangs', async () => {
    const { ready, checks, clock } = watched(never);
    for (let i = 0; i < 5; i++) {
      const asking = ready();
      await clock.advance(CHECK_MS);
      expect((await asking).parts[0]?.ok).toBe(false);
      await clock.advance(ANSWER_OLD_MS);
    }
    expect(checks()).toBe(1);
  });
});

test('a check that takes too long, or throws, is a no', async () => {
  for (const check of [never, async () => Promise.reject(new Error('gone'))]) {
    const { ready, clock } = watched(check);
    const asking = ready();
    await clock.advance(CHECK_MS);
    expect((await asking).parts).toMatchObject([{ part: 'database', ok: false }]);
  }
});

test('a check that hung and came back is asked again', async () => {
  let free: (ok: boolean) => void = () => undefined;
  const { ready, clock } = watched((n) => (n === 1 ? new Promise((resolve) => (free = resolve)) : Promise.resolve(true)));
  const asking = ready();
  await clock.advance(CHECK_MS);
  expect((await asking).parts[0]?.ok).toBe(false);
  free(true);
  await settle();
  await clock.advance(ANSWER_OLD_MS);
  expect((await ready()).parts[0]?.ok).toBe(true);
});

test('each part says since when it is as it is', async () => {
  const { ready, clock } = watched(async (n) => n === 1 || n === 4);
  const seen: string[] = [];
  for (let i = 0; i < 4; i++) {
    const [part] = (await ready()).parts;
    seen.push(`${part?.ok} ${part?.since}`);
    await clock.advance(10_000);
  }
  const at = (ms: number) => isoTime(START + ms);
  expect(seen).toEqual([`true ${at(0)}`, `false ${at(10_000)}`, `false ${at(10_000)}`, `true ${at(30_000)}`]);
});

describe('GET /readyz', () => {
  test('is 200 while every part is well, and names them', async () => {
    const { http, api } = createTestApi();
    const answer = await http.inject({ method: 'GET', url: '/readyz' });
    expect([answer.statusCode, answer.json<{ parts: { part: string; ok: boolean }[] }>().parts.map(({ part, ok }) => [part, ok])]).toEqual([200, [['database', true], ['log_key', true], ['auditor', true]]]);
    await api.close();
  });
  test('is 503 when one is not, and says which, what it does and since when', async () => {
    const { http, api } = createTestApi({ isDatabaseUp: async () => false });
    const answer = await http.inject({ method: 'GET', url: '/readyz' });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ parts: [{ part: 'database', ok: false, says: 'The database takes a write.', since: isoTime(START) }, { part: 'log_key', ok: true }, { part: 'auditor', ok: true }] });
    await api.close();
  });
  test('says since when a part is as it is, also when nobody has asked before', async () => {
    const state = { isUp: true };
    const { http, api, clock } = createTestApi({ isDatabaseUp: async () => state.isUp });
    await api.begin();
    await clock.advance(60_000);
    state.isUp = false;
    await clock.advance(60_000);
    const { parts } = (await http.inject({ method: 'GET', url: '/readyz' })).json<{ parts: { part: string; ok: boolean; since: string }[] }>();
    expect(parts.map(({ part, ok }) => [part, ok])).toEqual([['database', false], ['log_key', true], ['auditor', true]]);
    const [database = Number.NaN, logKey] = parts.map(({ since }) => Date.parse(since) - START);
    expect(logKey).toBe(0);
    expect(database).toBeGreaterThanOrEqual(60_000);
    expect(database).toBeLessThanOrEqual(90_000);
    await api.close();
  });
  test('is 503 when nobody has audited for days', async () => {
    const { api, clock, http } = createTestApi();
    await api.ledger.append(factOf()); // the record has begun
    clock.setWall(START + 3 * 86_400_000);
    const answer = await http.inject({ method: 'GET', url: '/readyz' });
    expect(answer.json()).toMatchObject({ parts: [{ ok: true }, { ok: true }, { part: 'auditor', ok: false }] });
    expect(answer.statusCode).toBe(503);
    await api.close();
  });
  test('is 503 when the log key does not sign what it ought to', async () => {
    const { http, api } = createTestApi({ logKey: { ...LOG_KEY, sign: () => new Uint8Array(64) } });
    const answer = await http.inject({ method: 'GET', url: '/readyz' });
    expect(answer.json()).toMatchObject({ parts: [{ ok: true }, { part: 'log_key', ok: false }, { ok: true }] });
    expect(answer.statusCode).toBe(503);
    await api.close();
  });
});
