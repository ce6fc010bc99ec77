/** Two real servers on one real database. Real seconds pass here: what is promised is how soon. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { patiently } from '@argus/testkit/patience.ts';
import { beforeAll, expect, test } from 'vitest';
import { enrollMachine } from './agent.ts';
import { ask } from './http.ts';
import { OPS_TOKEN } from './ops-api.ts';
import { activation, ready, TENANT, type Ready } from './ready.ts';
import { startSecondNode, type SecondNode } from './second-node.ts';
import { until } from './until.ts';

const SOON_MS = 1_000;

let world: Ready; // the first node, with the line
let second: SecondNode;
async function soon(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const from = performance.now();
  await until(async () => (await isSo()) || undefined, 10_000);
  const took = Math.round(performance.now() - from);
  process.stdout.write(`${what}: ${took} ms\n`);
  expect(took).toBeLessThan(patiently(SOON_MS));
}

beforeAll(async () => {
  world = await ready();
  second = await startSecondNode(world);
});

test('disarmed on the other node: the machine sleeps within a second', async () => {
  const session = await world.activate();
  expect(world.machine.status().remote_support).toBe('live');
  expect(await second.post(`/support/tenants/${TENANT}/disarm`, { reason: 'stop it now', confirm_tenant_id: TENANT })).toMatchObject({ status: 200 });
  await soon('asleep after a disarm elsewhere', () => world.machine.status().remote_support === 'dormant');
  await until(async () => (await second.shown(session))['ended_by'] === 'disarmed' && ((await second.shown(session))['last_word'] as { state: string }).state === 'signed', 5_000);
  expect(await second.post(`/support/tenants/${TENANT}/arm`, { reason: 'contract 2026', confirm_tenant_id: TENANT })).toMatchObject({ status: 200 });
});

test('revoked on the other node: asleep and off the line within a second, and it does not come back', async () => {
  const id = 'agent_to_be_revoked';
  const { body } = await second.post(`/v1/tenants/${TENANT}/agents`, { agent_id: id });
  const machine = await enrollMachine({ id, folder: join(world.installation.dataDir, 'machines'), server: world.proxy.url, code: String(body['enrollment_code']) });
  const daemon = machine.run();
  const stateOf = async () => (await world.get(`/v1/agents/${id}`)).body['state'];
  await until(async () => (await stateOf()) === 'online', 20_000);
  const opened = await ask(world.api().url, `/support/agents/${id}/activate`, { pat: world.pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation() });
  expect(opened.status).toBe(201);

  const revocation = { tenant_id: TENANT, reason: 'stolen', confirm: true, nonce: randomBytes(16).toString('hex'), timestamp: new Date(Date.now()).toISOString() };
  expect(await second.post(`/support/agents/${id}/revoke`, revocation)).toMatchObject({ status: 200, body: { state: 'revoked', ended_session: opened.body['session_id'] } });
  await soon('off the line after a revocation elsewhere', () => daemon.stdout().includes('"disconnected"'));
  expect(machine.status().remote_support).toBe('dormant');
  await until(() => daemon.stdout().includes('handshake_refused'), 20_000);
  expect(await stateOf()).toBe('revoked');
  expect(await second.shown({ id: String(opened.body['session_id']) })).toMatchObject({ ended_by: 'agent_revoked', last_word: { state: 'signed' } });
  await daemon.kill();
});
