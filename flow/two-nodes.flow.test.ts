import { isoTime, settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { SILENT_FOR_MS } from '../apps/ops-api/src/nodes/lease.ts';
import type { LogBatch, LogStore, NodeStore } from '../apps/ops-api/src/ports.ts';
import { factOf, NODE, sessionOf } from '../apps/ops-api/test/sample.ts';
import { memoryStores } from '../apps/ops-api/src/adapters/memory/stores.ts';
import { readyWorld } from './ready-world.ts';
import { turnstile } from './turnstile.ts';
import { AGENT, createWorld, DOCUMENT, START, TENANT } from './world.ts';

/** Two nodes of one database; the machine's line and its session are on the first, and operators come to the second. */
async function twoNodes() {
  const faults = { isFirstCutOff: false, beforeCommit: async (_batch: LogBatch): Promise<void> => undefined };
  const memory = memoryStores();
  const nodes: NodeStore = {
    ...memory.nodes,
    beat: async (node, ...rest) => {
      if (faults.isFirstCutOff && node === first.node.id) throw new Error('the first node does not reach the database');
      return memory.nodes.beat(node, ...rest);
    },
  };
  const leaves: LogStore = {
    ...memory.leaves,
    async commit(batch) {
      await faults.beforeCommit(batch);
      return memory.leaves.commit(batch);
    },
  };
  const ready = await readyWorld({ stores: { ...memory, nodes, leaves } });
  const first = ready.world;
  const second = createWorld({ beside: first });
  await first.begin();
  await second.begin();
  const { body } = await first.activate(ready.admin);
  const session = String(body['session_id']);
  const shown = async () => (await second.call(`/support/sessions/${session}`, { method: 'GET', pat: ready.admin })).body;
  const ends = () => first.hops.filter((h) => h.includes('remote_support_session_ended'));
  const command = () => first.command(ready.admin, String(body['session_token']), { command: 'ping' });
  return { ...ready, first, second, session, shown, ends, command, faults, memory, close: () => Promise.all([first.api.close(), second.api.close()]) };
}
const ofCommand = (phase: string) => ({ rows }: LogBatch) => rows.some(({ audit }) => audit.action === 'remote_support_command' && audit.phase === phase);
const [isOrder, isAnswer] = [ofCommand('intent'), ofCommand('outcome')];
type Two = Awaited<ReturnType<typeof twoNodes>>;

/** The word it ends with, and where it takes more than one way: which. */
const elsewhere: Record<string, (w: Two) => Promise<unknown>> = {
  'disarmed by another consent': ({ second, admin }) =>
    second.call(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: admin, body: { ...DOCUMENT, document_id: 'DOC-2', signed_at: isoTime(START), signer: { name: 'Kim Park', email: 'kim@tenant.example' } } }),
  deactivate: ({ second, admin, session }) => second.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: {} }),
  disarmed: ({ second, admin }) => second.call(`/support/tenants/${TENANT}/disarm`, { pat: admin, body: { reason: 'done', confirm_tenant_id: TENANT } }),
  consent_withdrawn: ({ second, admin }) => second.call(`/v1/tenants/${TENANT}/consent`, { method: 'DELETE', pat: admin, body: { reason: 'contract ended' } }),
  agent_revoked: ({ second, admin }) => second.revoke(admin),
};
/** Guarantee: what one node decides holds on every node within a second, on the wire and on the machine. */
test.each(Object.entries(elsewhere))('%s on the node without the line: the machine sleeps within a second, and the end is written once', async (what, end) => {
  const how = what.split(' ')[0] ?? what;
  const w = await twoNodes();
  expect(await end(w)).toMatchObject({ status: 200 });
  expect((await w.command()).body['code']).toBe('session_expired');
  await w.first.clock.advance(1_000);
  expect([w.machine.agent.session(), w.machine.isShown()]).toEqual([null, false]);
  expect(w.first.hops.some((h) => h.includes(`"why":"${how}"`))).toBe(true);
  expect(w.first.api.lines.count()).toBe(how === 'agent_revoked' ? 0 : 1);
  await w.first.clock.advance(10_000);
  expect(w.ends()).toHaveLength(1);
  expect(w.ends()[0]).toContain(how);
  expect(await w.shown()).toMatchObject({ state: 'ended', ended_by: how, ended_actor: 'operator', ended_operator: 'ana@argus.example', last_word: { state: 'signed', how } });
  await w.close();
});

/** Guarantee: the order of the log decides, not which node heard of it: nothing is done on an order that stands behind the end. */
test.each(Object.entries(elsewhere))('%s on the other node while an order is being written: it is not in the log, and not done', async (_how, end) => {
  const w = await twoNodes();
  const at = turnstile();
  w.faults.beforeCommit = async (batch) => (isOrder(batch) ? at.wait() : undefined);
  const done = w.machine.agent.counters().commands;
  at.shut();
  const running = w.command();
  await at.here;
  expect(await end(w)).toMatchObject({ status: 200 });
  at.open();
  expect(await running).toMatchObject({ status: 403, body: { code: 'session_expired' } });
  expect(w.machine.agent.counters().commands).toBe(done);
  expect(w.memory.rows(TENANT).filter(({ audit }) => audit.action === 'remote_support_command' && audit.phase === 'intent')).toEqual([]);
  await w.close();
});

/** Guarantee: nothing that was read is given out behind the end, whichever node wrote it. */
test.each(Object.entries(elsewhere))('%s on the other node while a command runs: its result is withheld', async (_how, end) => {
  const w = await twoNodes();
  const at = turnstile();
  w.faults.beforeCommit = async (batch) => (isAnswer(batch) ? at.wait() : undefined);
  at.shut();
  const running = w.command();
  await at.here;
  expect(await end(w)).toMatchObject({ status: 200 });
  at.open();
  expect(await running).toMatchObject({ status: 403, body: { code: 'session_expired' } });
  const [outcome] = w.memory.rows(TENANT).filter(({ audit }) => audit.action === 'remote_support_command' && audit.phase === 'outcome');
  expect(outcome?.audit).toMatchObject({ outcome: 'ok', code: 'session_expired' });
  await w.close();
});

test('a node that only shut the door and then died: the node with the line ends the session itself', async () => {
  const w = await twoNodes();
  await w.second.api.ledger.append(
    factOf({ at: w.first.clock.now(), type: 'tenant_disarmed', outcome: 'ok' }),
    [{ do: 'disarm', tenant: TENANT }],
  );
  await w.first.clock.advance(1_000);
  expect(w.machine.agent.session()).toBeNull();
  await w.first.clock.advance(5_000);
  expect(await w.shown()).toMatchObject({ ended_by: 'disarmed', ended_actor: 'server' });
  expect(w.ends()).toHaveLength(1);
  await w.close();
});

test('sockets and commands are not carried between nodes: on the other one the agent is offline, and says so', async () => {
  const w = await twoNodes();
  await w.second.call(`/support/sessions/${w.session}/deactivate`, { pat: w.admin, body: {} });
  await w.first.clock.advance(1_000);
  expect(await w.second.activate(w.admin)).toMatchObject({ status: 409, body: { code: 'agent_offline' } });
  expect((await w.first.activate(w.admin)).status).toBe(201);
  await w.close();
});

/** The line on the first node breaks without anybody there noticing, and the machine dials the second. */
async function moveOver({ machine, first, second }: Two, { asleep = false } = {}) {
  const { socket } = machine.line;
  machine.line.door = second.api.door;
  machine.line.socket = null;
  machine.line.wire = null;
  if (asleep) machine.agent.receive(JSON.stringify({ type: 'deactivate', session: machine.agent.session(), why: 'deactivate' })).catch(() => undefined);
  socket?.closed('gone over to the other node');
  await first.clock.advance(4_000);
}

test('an agent that comes back to another node: its old line is closed, and its session is over, once', async () => {
  const w = await twoNodes();
  await moveOver(w);
  expect([w.first.api.lines.count(), w.second.api.lines.count()]).toEqual([0, 1]);
  expect(w.machine.agent.session()).toBeNull();
  expect(await w.shown()).toMatchObject({ state: 'ended', ended_by: 'agent_lost' });
  await w.first.clock.advance(30_000);
  expect(w.ends()).toHaveLength(1);
  expect(await w.shown()).toMatchObject({ last_word: { state: 'signed' } });
  expect((await w.second.activate(w.admin)).status).toBe(201);
  await w.close();
});

test('one that comes back asleep ends it too, with its own signed word', async () => {
  const w = await twoNodes();
  await moveOver(w, { asleep: true });
  expect(await w.shown()).toMatchObject({ state: 'ended', ended_by: 'agent_lost' });
  expect(w.ends()).toHaveLength(1);
  expect([w.first.api.lines.count(), w.second.api.lines.count()]).toEqual([0, 1]);
  await w.close();
});

test('a node that stops: its sessions end as server_shutdown, and the machine that dials the other one may be reached there', async () => {
  const w = await twoNodes();
  await w.first.api.close();
  w.machine.line.door = w.second.api.door;
  await w.second.clock.advance(10_000);
  expect(await w.shown()).toMatchObject({ ended_by: 'server_shutdown', last_word: { state: 'signed' } });
  expect((await w.second.activate(w.admin)).status).toBe(201);
  expect(w.ends()).toHaveLength(1);
  await w.second.api.close();
});

/** Guarantee: what a node leaves behind that never comes back is ended by another, and not before its lease is over. */
test('a node that dies without a word: another one ends its session when it has been silent for longer than its lease', async () => {
  const w = await twoNodes();
  const { memory, second, admin, session } = w;
  await second.call(`/support/sessions/${session}/deactivate`, { pat: admin, body: {} });
  await second.clock.advance(1_000);
  // All that is left of a third node, which showed itself once.
  const left = sessionOf({ state: 'activating', node: NODE, createdAt: second.clock.now(), expiresAt: second.clock.now() + 1_800_000 });
  await memory.nodes.beat(left.node, left.epoch, left.createdAt);
  await second.api.ledger.append(factOf({ at: left.createdAt, outcome: 'ok' }), [{ do: 'open_session', session: left }]);
  const stateOf = async () => (await second.call(`/support/sessions/${left.id}`, { method: 'GET', pat: admin })).body;
  await second.clock.advance(SILENT_FOR_MS - 5_000);
  expect(await stateOf()).toMatchObject({ state: 'activating' });
  await second.clock.advance(11_000);
  expect(await stateOf()).toMatchObject({ state: 'ended', ended_by: 'server_shutdown', ended_actor: 'server' });
  expect(w.ends()).toHaveLength(2);
  await w.close();
});

test('a node that cannot show that it is alive gives its sessions up before the others take them', async () => {
  const w = await twoNodes();
  w.faults.isFirstCutOff = true;
  await w.first.clock.advance(25_000);
  expect(w.machine.agent.session()).not.toBeNull();
  await w.first.clock.advance(SILENT_FOR_MS - 30_000);
  expect([w.machine.agent.session(), w.machine.isShown()]).toEqual([null, false]);
  await w.first.clock.advance(30_000);
  expect(await w.shown()).toMatchObject({ ended_by: 'server_shutdown' });
  expect(w.ends()).toHaveLength(1);
  await settle();
  await w.close();
});

/** Guarantee: no node says of a machine on another one that it is not there. */
test('a machine on the first node is online on both, and each says where; it is not any more when that node is dead', async () => {
  const w = await twoNodes();
  const shown = async (world: Two['first']) => (await world.call(`/v1/agents/${AGENT}`, { method: 'GET', pat: w.admin })).body;
  expect(await shown(w.first)).toMatchObject({ state: 'online', line: 'here' });
  expect(await shown(w.second)).toMatchObject({ state: 'online', line: 'another_node' });
  expect((await w.second.call('/v1/agents?state=online', { method: 'GET', pat: w.admin })).body).toMatchObject({ total: 1 });
  expect((await w.second.call(`/v1/agents/${AGENT}/lines`, { method: 'GET', pat: w.admin })).body['lines']).toMatchObject([{ went_at: null }]);
  w.faults.isFirstCutOff = true;
  await w.first.clock.advance(60_000);
  expect(await shown(w.second)).toMatchObject({ state: 'offline', line: null });
  await w.close();
});
