import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ask } from './http.ts';
import { activation, ready, type Ready, type Session } from './ready.ts';
import { OPS_TOKEN } from './ops-api.ts';
import { until } from './until.ts';
import { story, type VerifiedLog } from './verify-log.ts';

/** Guarantee: what the database cannot record does not happen, nobody waits long for that answer, and nobody has to restart anything. */
const ANSWERED_WITHIN_MS = 10_000; // two waits of 4 s, one after the other, on a busy machine
const AT_ONCE = 10;
export const BACK_MS = 30_000;
const LEASE_MS = 15_000;

type Given = { readonly request: string; readonly status: number; readonly code: string; readonly ms: number; readonly indexes: readonly [number, number] | null };

/** Ten operators who go on asking, whatever they are told. */
function keepAsking(world: Ready, session: Session, round: string) {
  const given: Given[] = [];
  const over = new AbortController();
  const worker = async (name: number) => {
    for (let n = 0; !over.signal.aborted; n++) {
      const request = `req_${round}_${name}_${n}_end`; // none is the beginning of another
      const from = performance.now();
      const { status, body } = await world.command(session, 'ping', { request_id: request });
      const receipt = body['receipt'] as { leaf_index: number; outcome_index: number } | undefined;
      given.push({ request, status, code: status === 200 ? 'ok' : String(body['code']), ms: performance.now() - from, indexes: receipt ? [receipt.leaf_index, receipt.outcome_index] : null });
    }
  };
  const asking = Promise.all(Array.from({ length: AT_ONCE }, (_, name) => worker(name)));
  return {
    given,
    async stop() {
      over.abort();
      await asking;
    },
  };
}

const isReady = async (world: Ready) => (await world.get('/readyz')).status === 200;
const isServed = (given: readonly Given[]) => {
  const before = given.length;
  return () => given.slice(before).some((one) => one.code === 'ok');
};

/** What the operators were told, the wire to the machine and the tenant's log have to tell one story. */
function agreed(world: Ready, given: readonly Given[], log: VerifiedLog): VerifiedLog {
  const codes = [...new Set(given.map(({ status, code }) => `${status} ${code}`))];
  expect(codes.filter((code) => !['200 ok', '503 audit_unavailable', '503 outcome_unrecorded'].includes(code))).toEqual([]);
  expect(codes).toContain('503 audit_unavailable');
  expect(Math.max(...given.map((one) => one.ms))).toBeLessThan(ANSWERED_WITHIN_MS);
  for (const { request, code, indexes } of given) {
    const entries = log.entries.filter(({ leaf }) => leaf.request_id === request);
    if (code === 'audit_unavailable') {
      expect(world.proxy.hasCarried('down', request), `${request} reached the machine`).toBe(false);
      // It may be in the log all the same, and then that says that nothing was done.
      expect(entries.map(({ leaf }) => `${leaf.phase} ${leaf.by} ${leaf.code}`), story(entries)).toSatisfy(
        (words: readonly string[]) => words.length === 0 || (words.length === 2 && words[1] === 'outcome server audit_unavailable'),
      );
      continue;
    }
    expect(entries, `${request} ${code}\n${story(entries)}`).toHaveLength(2);
    if (code === 'ok') expect(entries.map(({ leaf }) => leaf.seq)).toEqual(indexes);
  }
  return log;
}

export function databaseAway(kind: 'embedded' | 'external'): void {
  let world: Ready;
  let pid: number;
  beforeAll(async () => {
    world = await ready(kind);
    ({ pid } = world.api());
  });

  // Asleep, and without a session, whatever the test before left.
  beforeEach(async () => {
    await world.restartAgent();
    const sessions = async () => (await world.get('/support/sessions')).body['sessions'] as readonly { state: string }[];
    await until(async () => (await sessions()).every(({ state }) => state === 'ended'), 5_000);
  });

  afterEach(() => expect(world.api().isRunning() || world.api().stderr()).toBe(true));

  test('killed under commands: 503, nothing reaches the machine, and it goes on by itself when the database is back', async () => {
    const session = await world.activate();
    const asking = keepAsking(world, session, `killed_${kind}`);
    await until(() => asking.given.filter((one) => one.code === 'ok').length > 30, 20_000);
    await world.database.kill();
    await until(async () => !(await isReady(world)), 5_000);
    await until(() => asking.given.some((one) => one.status === 503), ANSWERED_WITHIN_MS);
    if (kind === 'external') await world.database.startAgain();
    await until(() => isReady(world), BACK_MS);
    await until(isServed(asking.given), BACK_MS);
    await asking.stop();

    await until(async () => agreed(world, asking.given, await world.verify()), BACK_MS); // what could not be written is written late
    expect([world.api().pid, world.api().isRunning()]).toEqual([pid, true]);
    const said = world.api().stdout();
    const isSaid = ['database_gone', 'bringing_database_back', 'database_back'].map((what) => said.includes(`"what":"${what}"`));
    expect(isSaid).toEqual(Array.from({ length: 3 }, () => kind === 'embedded'));
    expect(await world.post(`/support/sessions/${session.id}/deactivate`, {})).toMatchObject({ status: 200 });
  });

  test('frozen under commands: 503 within seconds, also from readyz, and an end that could not be written is written after the thaw', async () => {
    const session = await world.activate();
    const asking = keepAsking(world, session, `frozen_${kind}`);
    await until(() => asking.given.filter((one) => one.code === 'ok').length > 30, 20_000);
    await world.database.freeze();
    const frozenAt = Date.now();
    await until(() => asking.given.some((one) => one.status === 503), ANSWERED_WITHIN_MS);
    expect(await ask(world.api().url, '/readyz', { withinMs: 5_000 })).toMatchObject({ status: 503 });
    const activating = { pat: world.pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation(), withinMs: ANSWERED_WITHIN_MS };
    expect(await ask(world.api().url, `/support/agents/${world.machine.id}/activate`, activating)).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } });

    // One that is cut off and dials again finds nobody who can look it up, and comes back for it soon.
    world.proxy.cut();
    await until(() => world.agent().stdout().includes('"code":"internal"'), 15_000);
    await world.agent().kill();
    await until(() => Date.now() - frozenAt > LEASE_MS + 5_000, 2 * LEASE_MS);
    await until(() => world.api().stdout().includes('session_end_not_recorded_yet'), ANSWERED_WITHIN_MS);
    await asking.stop();
    world.database.thaw();
    const thawedAt = Date.now();
    await until(() => isReady(world), BACK_MS);
    const shown = await until(async () => {
      const { body } = await world.get(`/support/sessions/${session.id}`);
      return body['state'] === 'ended' && body;
    }, BACK_MS);
    // By the machine that was gone; or, where that took half a minute, by the node that could not say it was alive.
    expect(['agent_lost', 'server_shutdown']).toContain(shown['ended_by']);

    const log = await until(async () => agreed(world, asking.given, await world.verify()), BACK_MS); // what could not be written is written late
    const ends = log.entries.filter(({ leaf }) => leaf.type === 'remote_support_session_ended' && leaf.session === session.id);
    expect(ends.map(({ leaf }) => leaf.code)).toEqual([shown['ended_by']]);
    expect(Date.parse(ends[0]?.leaf.at ?? '')).toBeLessThan(thawedAt);
    await world.restartAgent();
    const next = await world.activate();
    expect(await world.command(next, 'ping')).toMatchObject({ status: 200 });
    expect([world.api().pid, world.api().isRunning()]).toEqual([pid, true]);
  });

  test('frozen while a session opens: no token, and the machine is free again after the thaw', async () => {
    world.proxy.hold('up'); // it wakes, and its answer is on the way
    const opening = ask(world.api().url, `/support/agents/${world.machine.id}/activate`, { pat: world.pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation() });
    await until(() => world.machine.status().remote_support === 'live', 5_000);
    await world.database.freeze();
    world.proxy.release('up');
    // On a slow machine the answer of the other may have come too late already.
    expect(['outcome_unrecorded', 'agent_did_not_acknowledge']).toContain((await opening).body['code']);
    await until(() => world.machine.status().remote_support === 'dormant', 5_000);
    world.database.thaw();
    await until(() => isReady(world), BACK_MS);
    await until(() => world.verify(), BACK_MS);
    const next = await until(() => world.activate(), BACK_MS);
    expect(await world.command(next, 'ping')).toMatchObject({ status: 200 });
  });
}
