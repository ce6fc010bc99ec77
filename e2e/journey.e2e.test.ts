import { fromBase64 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { verifyConsistency, verifyInclusion } from '@argus/ledger/proofs.ts';
import { beforeAll, expect, test } from 'vitest';
import { ready, TENANT, type Ready, type Session } from './ready.ts';
import { until } from './until.ts';
import type { VerifiedLog } from './verify-log.ts';

let world: Ready;
let session: Session;
let log: VerifiedLog;
beforeAll(async () => {
  world = await ready();
});

test('before anybody activates, the machine is dormant and says so', () => {
  expect(world.machine.status()).toMatchObject({ remote_support: 'dormant' });
});

test('after an activation the machine shows who is on it and why', async () => {
  session = await world.activate();
  expect(world.machine.status()).toMatchObject({ remote_support: 'live', session: session.id, operator: 'ana@argus.example', reason: 'investigate alert' });
});

test.each(['ping', 'agent_info', 'get_capabilities'])('%s is carried out, and its receipt points into the log', async (name) => {
  const { status, body } = await world.command(session, name);
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body['receipt']).toMatchObject({ leaf_index: world.machine.highestActed(), agent_signature: expect.any(String) });
});

test('after deactivation the machine is dormant and the token opens nothing', async () => {
  expect(await world.post(`/support/sessions/${session.id}/deactivate`, {})).toMatchObject({ status: 200, body: { state: 'ended', ended_by: 'deactivate' } });
  await until(() => world.machine.status().remote_support === 'dormant', 2_000);
  expect(await world.command(session, 'ping')).toMatchObject({ status: 403, body: { code: 'session_expired' } });
});

test('the tenant verifies the whole log against the trust file of its own machine', async () => {
  log = await world.verify();
  const types = log.entries.map(({ leaf }) => `${leaf.type} ${leaf.phase}`);
  expect(types).toContain('remote_support_activation outcome');
  expect(types.filter((type) => type === 'remote_support_command outcome')).toHaveLength(3);
  expect(types).toContain('remote_support_session_ended fact');
});

test('every entry has an inclusion proof, and every earlier size a consistency proof, that hold against recomputed roots', async () => {
  const { size } = log;
  const root = log.rootAt(size);
  for (const [index, { hash }] of log.entries.entries()) {
    const inclusion = await proof(`index=${index}&size=${size}`);
    expect(verifyInclusion(sha256, { index, size, leafHash: hash, proof: inclusion, root })).toBe(true);
    const consistency = await proof(`from=${index + 1}&size=${size}`);
    expect(verifyConsistency(sha256, { from: index + 1, fromRoot: log.rootAt(index + 1), to: size, toRoot: root, proof: consistency })).toBe(true);
  }
});

test('the log names operator, reason and machine of every act, and holds no secret', async () => {
  const commands = log.entries.filter(({ leaf }) => leaf.type === 'remote_support_command');
  for (const { leaf } of commands.filter((e) => e.leaf.phase === 'intent'))
    expect(leaf).toMatchObject({ operator: 'ana@argus.example', reason: 'investigate alert', agent: world.machine.id, session: session.id });
  const everything = (await world.entries()).join('\n') + world.api().stdout() + world.api().stderr() + world.agent().stdout();
  for (const secret of [session.token, world.pat]) expect(everything).not.toContain(secret);
});

async function proof(query: string): Promise<readonly Uint8Array[]> {
  const { body } = await world.get(`/v1/tenants/${TENANT}/log/proof?${query}`);
  return (body['proof'] as readonly string[]).map((hash) => fromBase64(hash) ?? new Uint8Array());
}
