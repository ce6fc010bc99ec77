/** Two real servers on one real database. Real seconds pass here: what is promised is how soon. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readDatabasePassword } from '@argus/ops-api/adapters/embedded-postgres/passwords.ts';
import { readPostmaster } from '@argus/ops-api/adapters/embedded-postgres/postmaster.ts';
import { embeddedConnection } from '@argus/ops-api/db/embedded-database.ts';
import { SILENT_FOR_MS } from '@argus/ops-api/nodes/lease.ts';
import { scratchDataDir } from '@argus/testkit/scratch-data-dir.ts';
import { beforeAll, expect, test } from 'vitest';
import { enrollMachine } from './agent.ts';
import { ask, type Answer } from './http.ts';
import { OPS_TOKEN, startOpsApi, type OpsApi } from './ops-api.ts';
import { activation, ready, TENANT, type Ready, type Session } from './ready.ts';
import { atTheEnd } from './teardown.ts';
import { until } from './until.ts';

/** The promise is a second; the rest is for a machine that does other things as well. */
const SOON_MS = 1_500;

let world: Ready; // the first node, with the line
let second: OpsApi;
const post = (path: string, body: object): Promise<Answer> => ask(second.url, path, { pat: world.pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body });
const shown = async ({ id }: Session) => (await ask(second.url, `/support/sessions/${id}`, { pat: world.pat })).body;
async function soon(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const from = performance.now();
  await until(async () => (await isSo()) || undefined, 10_000);
  const took = Math.round(performance.now() - from);
  process.stdout.write(`${what}: ${took} ms\n`);
  expect(took).toBeLessThan(SOON_MS);
}

beforeAll(async () => {
  world = await ready();
  const { dataDir, env } = world.installation;
  const [server, password] = [await readPostmaster(join(dataDir, 'postgres')), await readDatabasePassword(dataDir, 'runtime')];
  if (!server || password === null) throw new Error('the database does not run');
  const { host, port, user, database } = embeddedConnection(server, 'runtime', password);
  const scratch = await scratchDataDir();
  atTheEnd(() => scratch.remove());
  const address = `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?host=${encodeURIComponent(String(host))}`;
  second = await startOpsApi({ env: { ...env, ARGUS_DATA_DIR: scratch.dataDir, DATABASE_URL: address } });
});

test('disarmed on the other node: the machine sleeps within a second', async () => {
  const session = await world.activate();
  expect(world.machine.status().remote_support).toBe('live');
  expect(await post(`/support/tenants/${TENANT}/disarm`, { reason: 'stop it now', confirm_tenant_id: TENANT })).toMatchObject({ status: 200 });
  await soon('asleep after a disarm elsewhere', () => world.machine.status().remote_support === 'dormant');
  await until(async () => (await shown(session))['ended_by'] === 'disarmed' && ((await shown(session))['last_word'] as { state: string }).state === 'signed', 5_000);
  expect(await post(`/support/tenants/${TENANT}/arm`, { reason: 'contract 2026', confirm_tenant_id: TENANT })).toMatchObject({ status: 200 });
});

test('revoked on the other node: asleep and off the line within a second, and it does not come back', async () => {
  const id = 'agent_to_be_revoked';
  const { body } = await post(`/v1/tenants/${TENANT}/agents`, { agent_id: id });
  const machine = await enrollMachine({ id, folder: join(world.installation.dataDir, 'machines'), server: world.proxy.url, code: String(body['enrollment_code']) });
  const daemon = machine.run();
  const stateOf = async () => (await world.get(`/v1/agents/${id}`)).body['state'];
  await until(async () => (await stateOf()) === 'online', 20_000);
  const opened = await ask(world.api().url, `/support/agents/${id}/activate`, { pat: world.pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation() });
  expect(opened.status).toBe(201);

  const revocation = { tenant_id: TENANT, reason: 'stolen', confirm: true, nonce: randomBytes(16).toString('hex'), timestamp: new Date(Date.now()).toISOString() };
  expect(await post(`/support/agents/${id}/revoke`, revocation)).toMatchObject({ status: 200, body: { state: 'revoked', ended_session: opened.body['session_id'] } });
  await soon('off the line after a revocation elsewhere', () => daemon.stdout().includes('"disconnected"'));
  expect(machine.status().remote_support).toBe('dormant');
  await until(() => daemon.stdout().includes('handshake_refused'), 20_000);
  expect(await stateOf()).toBe('revoked');
  expect(await shown({ id: String(opened.body['session_id']), token: '' })).toMatchObject({ ended_by: 'agent_revoked', last_word: { state: 'signed' } });
  await daemon.kill();
});

test('a node that is killed together with the machine and never comes back: the other one ends its session, fenced by its lease', async () => {
  const session = await world.activate();
  await Promise.all([world.api().kill(), world.agent().kill()]);
  const from = performance.now();
  await until(async () => (await shown(session))['state'] === 'ended', SILENT_FOR_MS + 20_000);
  expect(performance.now() - from).toBeGreaterThan(SILENT_FOR_MS - 6_000); // it counted on at most 5 s before
  expect(await shown(session)).toMatchObject({ ended_by: 'server_shutdown', ended_actor: 'server', last_word: { state: 'awaited' } });

  world.proxy.aim(second.port);
  const daemon = world.machine.run();
  const again = () => ask(second.url, `/support/agents/${world.machine.id}/activate`, { pat: world.pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: activation() });
  await until(async () => (await again()).status === 201, 60_000);
  expect(await daemon.stop()).toBe('exit 0');
});
