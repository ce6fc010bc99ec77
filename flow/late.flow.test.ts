import { settle } from '@argus/kit/clock.ts';
import { verifyValue } from '@argus/keys/signature.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { expect, test } from 'vitest';
import { recoverOpenIntents } from '../apps/ops-api/src/ledger/recover.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, TENANT } from './world.ts';

type Entry = Readonly<Record<string, string>>;

async function live() {
  const ready = await readyWorld();
  const { world, admin, machine } = ready;
  const { body } = await world.activate(admin);
  const token = String(body['session_token']);
  const ping = (over: object = {}) => world.command(admin, token, { command: 'ping', ...over });
  /** The line is slow from the machine's next answer on; the answer lets everything through. */
  const hold = () => {
    const held: string[] = [];
    machine.line.up = (text) => (held.length > 0 || text.includes('reply') ? (held.push(text), null) : text);
    return async () => {
      machine.line.up = (text) => text;
      for (const text of held) machine.line.wire?.message(text);
      await settle();
    };
  };
  const written = (what: string) => world.hops.filter((hop) => hop.includes(' log ') && hop.includes(what));
  const entries = async (): Promise<readonly { readonly text: string; readonly leaf: Entry }[]> => {
    const answer = await world.call(`/v1/tenants/${TENANT}/log/entries`, { method: 'GET', pat: admin });
    return (answer.body['entries'] as { leaf: string }[]).map(({ leaf }) => ({ text: leaf, leaf: JSON.parse(leaf) as Entry }));
  };
  return { ...ready, session: String(body['session_id']), ping, hold, written, entries };
}

/** Guarantee: a late answer is recorded, not delivered; and there is exactly one outcome. */
test('a silent agent: the outcome says unknown; what it answers late is on record, once, and nobody is given it', async () => {
  const w = await live();
  const letThrough = w.hold();
  const answering = w.ping();
  await w.world.clock.advance(5_000);
  expect(await answering).toMatchObject({ status: 504, body: { code: 'command_timed_out' } });
  expect(w.written('remote_support_command outcome ping unknown command_timed_out')).toHaveLength(1);
  await letThrough();
  await w.world.clock.advance(60_000);
  expect(w.written('remote_support_late_outcome fact ping ok')).toHaveLength(1);
  expect(w.written('remote_support_command outcome')).toHaveLength(1);
});

test('the entry of a late answer names the intent, and the machine\'s signature over it holds', async () => {
  const w = await live();
  const letThrough = w.hold();
  const answering = w.ping({ request_id: 'till-0042-late' });
  await w.world.clock.advance(5_000);
  await answering;
  await letThrough();
  const all = await w.entries();
  const intent = all.find(({ leaf }) => leaf['phase'] === 'intent' && leaf['request_id'] === 'till-0042-late');
  const late = all.find(({ leaf }) => leaf['type'] === 'remote_support_late_outcome')?.leaf ?? {};
  const hash = Buffer.from(leafHash(sha256, Buffer.from(intent?.text ?? ''))).toString('hex');
  expect(late).toMatchObject({ phase: 'fact', outcome: 'ok', by: 'agent', agent: AGENT, session: w.session, request_id: 'till-0042-late', intent_sha256: hash });
  const signed = {
    instance: w.machine.trust.instance, tenant: TENANT, agent: AGENT, session: w.session, request_id: 'till-0042-late', leaf_hash: hash,
    result_sha256: late['result_sha256'] ?? '', at: late['agent_at'] ?? '', ok: true,
  };
  expect(verifyValue(w.machine.identity.publicKeyText, 'reply', signed, late['agent_signature'] ?? '')).toBe(true);
  expect(JSON.stringify(all)).not.toContain('uptime');
});

test('asked again after a late answer, the request is still the timeout it was', async () => {
  const w = await live();
  const letThrough = w.hold();
  const answering = w.ping({ request_id: 'till-0042-late' });
  await w.world.clock.advance(5_000);
  await answering;
  await letThrough();
  expect(await w.ping({ request_id: 'till-0042-late' })).toMatchObject({ status: 504, body: { code: 'command_timed_out' } });
});

test('an answer lost with its line is told on the next one, and is on record once', async () => {
  const w = await live();
  w.hold();
  const answering = w.ping();
  await settle();
  await w.machine.cut();
  expect(await answering).toMatchObject({ status: 502, body: { code: 'agent_lost' } });
  w.machine.line.up = (text) => text;
  w.machine.mend();
  await w.world.clock.advance(10_000);
  expect(w.world.api.lines.count()).toBe(1);
  expect(w.written('remote_support_late_outcome fact ping ok')).toHaveLength(1);
  await w.machine.cut();
  w.machine.mend();
  await w.world.clock.advance(30_000);
  expect(w.written('remote_support_late_outcome')).toHaveLength(1);
  expect(w.written('remote_support_command outcome')).toHaveLength(1);
});

test('what was answered in time is not recorded as late, however often the line breaks', async () => {
  const w = await live();
  expect((await w.ping()).status).toBe(200);
  for (let breaks = 0; breaks < 3; breaks++) {
    await w.machine.cut();
    w.machine.mend();
    await w.world.clock.advance(10_000);
  }
  expect(w.written('remote_support_late_outcome')).toEqual([]);
});

test('an answer that comes after the server died and said unknown is recorded for the outcome of its earlier life', async () => {
  const w = await live();
  const letThrough = w.hold();
  void w.ping();
  await settle();
  const deps = { log: w.world.stores.leaves, ledger: w.world.api.ledger, clock: w.world.clock };
  expect(await recoverOpenIntents(deps, w.world.node.id, 2)).toBe(1);
  expect(w.written('outcome ping unknown server_shutdown')).toHaveLength(1);
  await w.machine.cut(); // the process is gone, and with it whoever waited
  await letThrough();
  w.machine.mend();
  await w.world.clock.advance(10_000);
  expect(w.written('remote_support_late_outcome fact ping ok')).toHaveLength(1);
});

/** Guarantee: nobody but the machine can write a late outcome, and it only about itself. */
test('a late word that the machine did not sign is not recorded', async () => {
  const w = await live();
  const letThrough = w.hold();
  const answering = w.ping();
  await w.world.clock.advance(5_000);
  await answering;
  const line = w.world.api.lines.line(AGENT) ?? expect.fail('it is not on the line');
  const intent = (await w.entries()).find(({ leaf }) => leaf['type'] === 'remote_support_command' && leaf['phase'] === 'intent');
  w.world.api.lines.events.heard(line, {
    type: 'heartbeat',
    counters: { dropped: 0, refused: 0, unread: 0, commands: 0 },
    late: [{ request_id: (intent?.leaf['request_id'] ?? '') as never, ok: true, result_sha256: 'ab'.repeat(32), at: '2026-03-01T12:00:09.000Z', signature: `${'A'.repeat(86)}==` }],
  });
  await settle();
  expect(w.written('remote_support_late_outcome')).toEqual([]);
  await letThrough();
  expect(w.written('remote_support_late_outcome')).toHaveLength(1);
});
