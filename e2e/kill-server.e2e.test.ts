import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { toHex } from '@argus/kit/bytes.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { Answer } from './http.ts';
import { ready, type Ready, type Session } from './ready.ts';
import { until } from './until.ts';
import { story, type Entry, type VerifiedLog } from './verify-log.ts';

let world: Ready;
let session: Session;
beforeAll(async () => {
  world = await ready();
});
beforeEach(async () => {
  world.proxy.release('down');
  world.proxy.release('up');
  await world.restartAgent(); // asleep, whatever the test before left
  session = await world.activate();
});

const isOf = (request: string, phase: Leaf['phase']) => (entry: Entry) => entry.leaf.request_id === request && entry.leaf.phase === phase;
const ends = (log: VerifiedLog, id: string) => log.entries.filter(({ leaf }) => leaf.type === 'remote_support_session_ended' && leaf.session === id);

/** Sent, and in the log before anybody acts on it. */
async function untilIntended(request: string): Promise<number> {
  return until(async () => {
    const index = (await world.entries()).findIndex((text) => text.includes(`"request_id":"${request}"`));
    return index !== -1 && index;
  }, 5_000);
}

/** What the log says of a command whose server died under it. */
async function expectUnknown(request: string): Promise<Entry> {
  const log = await world.verify();
  const intent = log.entries.find(isOf(request, 'intent'));
  const outcomes = log.entries.filter(isOf(request, 'outcome'));
  expect(outcomes, story(log.entries)).toHaveLength(1);
  expect(outcomes[0]?.leaf).toMatchObject({ outcome: 'unknown', code: 'server_shutdown', by: 'server', intent_sha256: toHex(intent?.hash ?? new Uint8Array()) });
  expect(ends(log, session.id).map((e) => e.leaf.code)).toEqual(['server_shutdown']);
  if (!intent) throw new Error('the intent is not in the log');
  return intent;
}

test('killed between intent and act: the intent is in the log, the machine did not act, and the outcome says unknown', async () => {
  world.proxy.hold('down');
  const answering = world.command(session, 'ping', { request_id: 'req_killed_before_act' });
  const index = await untilIntended('req_killed_before_act');
  await world.restartApi();
  world.proxy.cut(); // the frame never arrives
  world.proxy.release('down');
  expect((await answering).status).toBe(0);

  const intent = await expectUnknown('req_killed_before_act');
  expect(intent.leaf.seq).toBe(index);
  expect(world.machine.highestActed()).toBeLessThan(index);
  expect(world.agent().stdout()).not.toContain('req_killed_before_act');
});

test('killed between act and outcome: the machine acted, the log says that it may have, and nothing ran that is not logged', async () => {
  world.proxy.hold('up');
  const answering = world.command(session, 'ping', { request_id: 'req_killed_after_act' });
  const index = await untilIntended('req_killed_after_act');
  await until(() => world.machine.highestActed() === index, 5_000);
  await world.restartApi();
  world.proxy.cut(); // the answer never arrives
  world.proxy.release('up');
  expect((await answering).status).toBe(0);

  const intent = await expectUnknown('req_killed_after_act');
  expect(intent.leaf.seq).toBe(index);
  expect(world.machine.highestActed()).toBe(index);
});

test('a frame that arrives after its server has died is carried out only because it is in the log', async () => {
  world.proxy.hold('down');
  const answering = world.command(session, 'ping', { request_id: 'req_arrives_late' });
  const index = await untilIntended('req_arrives_late');
  await world.restartApi();
  world.proxy.release('down'); // what was under way arrives after all, within the lease
  await until(() => world.machine.highestActed() === index, 5_000);
  expect((await answering).status).toBe(0);
  expect((await expectUnknown('req_arrives_late')).leaf.seq).toBe(index);
});

type Receipt = { readonly leaf_index: number; readonly outcome_index: number; readonly checkpoint: string; readonly agent_signature: string };
const AT_ONCE = 30;

test.each([1, 2, 3])('killed at any moment under thirty commands at once, no acknowledged receipt is lost (round %i)', async (round) => {
  const moment = randomInt(0, 400);
  const acknowledged: { readonly request: string; readonly receipt: Receipt }[] = [];
  const others: number[] = [];
  const death = new AbortController();
  const keepAsking = async (worker: number) => {
    for (let n = 0; !death.signal.aborted; n++) {
      const request = `req_${round}_${worker}_${n}`;
      const { status, body }: Answer = await world.command(session, 'ping', { request_id: request });
      if (status === 200) acknowledged.push({ request, receipt: body['receipt'] as Receipt });
      else others.push(status);
    }
  };
  const asking = Array.from({ length: AT_ONCE }, (_, worker) => keepAsking(worker));
  await until(() => acknowledged.length > 0, 10_000);
  await pause(moment);
  const restarting = world.restartApi();
  death.abort();
  await Promise.all([...asking, restarting]);

  const log = await world.verify();
  process.stdout.write(`round ${round}: killed ${moment} ms after the first receipt, ${acknowledged.length} acknowledged, ${log.size} entries\n`);
  expect(others.every((status) => status === 0), `answers besides 200 and a broken connection: ${others.join(' ')}`).toBe(true);
  for (const { request, receipt } of acknowledged) {
    const [intent, outcome] = [log.entries[receipt.leaf_index], log.entries[receipt.outcome_index]];
    expect(intent?.leaf).toMatchObject({ request_id: request, phase: 'intent', session: session.id });
    expect(outcome?.leaf).toMatchObject({ request_id: request, phase: 'outcome', outcome: 'ok', agent_signature: receipt.agent_signature });
    expect(log.vouchesFor(receipt.checkpoint), `the checkpoint of ${request}`).toBe(true);
  }
  // Whatever the machine acted on is in there, and says who asked.
  expect(log.entries[world.machine.highestActed()]?.leaf).toMatchObject({ phase: 'intent', session: session.id });
  expect(ends(log, session.id).map((e) => e.leaf.code)).toEqual(['server_shutdown']);
});

test('an agent killed in a live session is dormant at its next start, and the session ends as lost', async () => {
  expect(world.machine.status().remote_support).toBe('live');
  await world.restartAgent();
  expect(world.machine.status().remote_support).toBe('dormant');
  const shown = await until(async () => {
    const { body } = await world.get(`/support/sessions/${session.id}`);
    return body['state'] === 'ended' && body;
  }, 5_000);
  expect(shown).toMatchObject({ ended_by: 'agent_lost' });
  expect(await world.command(session, 'ping')).toMatchObject({ status: 403, body: { code: 'session_expired' } });
  expect(ends(await world.verify(), session.id)).toHaveLength(1);
});

test('with the database killed the server still stops when asked, and leaves no database behind', async () => {
  const before = await world.verify();
  await world.database.kill();
  expect(await world.command(session, 'ping', { request_id: 'req_database_dying', withinMs: 10_000 })).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } });
  expect(world.machine.highestActed()).toBeLessThan(before.size);
  // A live session that cannot be recorded as ended keeps nobody from stopping.
  expect(await world.api().stop('SIGTERM', 15_000)).toBe('exit 0');
  await expect(world.database.kill()).rejects.toThrow('no database runs');

  await world.restartApi();
  const after = await world.verify();
  expect(after.rootAt(before.size)).toEqual(before.rootAt(before.size));
  expect(after.entries.some(({ leaf }) => leaf.request_id?.startsWith('req_database'))).toBe(false);
  expect(ends(after, session.id)).toHaveLength(1);
});
