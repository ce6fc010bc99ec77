/** The log key is changed: machines learn it from the log, verifiers follow it, and nothing is signed by a key whose time is over. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settle } from '@argus/kit/clock.ts';
import { bytesSource } from '@argus/evidence/bundle-source.ts';
import { checkBundle } from '@argus/evidence/check-bundle.ts';
import { newSha256 } from '@argus/evidence/sha256.ts';
import { signingKeyOf, verifyEd25519 } from '@argus/keys/ed25519.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { TrustFile } from '@argus/protocol/trust.ts';
import { afterAll, expect, test } from 'vitest';
import { withLearnedKeys } from '../apps/agent/src/witness.ts';
import { createCheckpoints } from '../apps/ops-api/src/ledger/checkpoints.ts';
import { loadRing, ringOf } from '../apps/ops-api/src/ledger/key-ring.ts';
import { createLedger } from '../apps/ops-api/src/ledger/ledger.ts';
import { rotateLogs, unrotated } from '../apps/ops-api/src/ledger/rotate.ts';
import type { LogStore } from '../apps/ops-api/src/ports.ts';
import { secondSays, secondVerifier } from '../verify/testing/second.ts';
import { readyWorld } from './ready-world.ts';
import { createWorld, TENANT, type World } from './world.ts';

const KEYS = [9, 10, 11].map((n) => signingKeyOf(new Uint8Array(32).fill(n)));
const SAID = { operator: 'ana@argus.example', by: 'operator', reason: 'the old key was on a disk that left the house' } as const;
const folder = mkdtempSync(join(tmpdir(), 'argus-log-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
type Ready = Awaited<ReturnType<typeof readyWorld>>;

/** What the command at the server does, with `count` keys in the database by then. */
async function rotate(world: World, count = 2, leaves: LogStore = world.stores.leaves) {
  const keys = KEYS.slice(0, count);
  const ring = await loadRing({ instance: world.instance, keys, rotations: await world.stores.founding.rotations(), leaves });
  let ids = 0;
  const newId = () => `90000000-0000-4000-8000-${String(count * 1_000 + ids++).padStart(12, '0')}`;
  const ledger = createLedger({ store: leaves, checkpoints: createCheckpoints(world.instance, ring), instance: world.instance, clock: world.clock, newId });
  const trees = await rotateLogs({ clock: world.clock, instance: world.instance, ring, ledger, leaves }, SAID);
  return { ring, trees };
}
/** A server that was started again, with what the database says of keys. */
async function restarted(world: World, count = 2): Promise<World> {
  const logKeys = await loadRing({ instance: world.instance, keys: KEYS.slice(0, count), rotations: await world.stores.founding.rotations(), leaves: world.stores.leaves });
  return createWorld({ beside: world, logKeys });
}
async function moveTo(machine: Ready['machine'], { api, clock }: World): Promise<void> {
  await machine.cut();
  [machine.line.door, machine.line.isCut] = [api.door, false];
  await clock.advance(120_000);
  await settle();
}
async function aSession({ world, admin }: Pick<Ready, 'world' | 'admin'>): Promise<string> {
  const { status, body } = await world.activate(admin);
  expect([status, body['code']]).toEqual([201, undefined]);
  expect((await world.command(admin, String(body['session_token']), { command: 'ping' })).status).toBe(200);
  await world.call(`/support/sessions/${String(body['session_id'])}/deactivate`, { pat: admin, body: {} });
  return String(body['session_id']);
}
let nth = 0;
async function verified({ world, admin }: Pick<Ready, 'world' | 'admin'>, trust: TrustFile, query = '') {
  const { rawPayload } = await world.api.http.inject({ method: 'GET', url: `/v1/tenants/${TENANT}/log/bundle${query}`, headers: { authorization: `Bearer ${admin}` } });
  const checked = await checkBundle(bytesSource(rawPayload), trust, { sha256, verify: verifyEd25519, newDigest: newSha256 });
  if (!checked.ok) throw new Error(checked.error);
  const [file, trustFile] = [join(folder, `${nth++}.tar`), join(folder, `${nth}.json`)];
  writeFileSync(file, rawPayload);
  writeFileSync(trustFile, JSON.stringify(trust));
  return { codes: Object.keys(checked.value.counts).filter((code) => code !== 'not_tied_to_machine'), second: secondSays(await secondVerifier(file, trustFile)) };
}
const HOLDS = { codes: [], second: 'verified' };

/** Guarantee: a machine believes a new log key only on the word of the one it knows, and goes on without anybody at it. */
test('machines go on after the change, twice over; their trust files and both verifiers follow', async () => {
  const ready = await readyWorld();
  const { world, admin, machine } = ready;
  await aSession(ready);
  const trustOf = () => TrustFile.parse({ ...withLearnedKeys(machine.trust, machine.followed()), last_checkpoint: machine.followed().checkpoint });
  const before = trustOf();
  const { trees } = await rotate(world);
  expect(trees.toSorted()).toEqual([TENANT, 'operator'].filter((tree) => tree === TENANT || world.stores.rows('operator').length > 0).toSorted());
  const second = await restarted(world);
  await moveTo(machine, second);
  const session = await aSession({ world: second, admin });
  const place = world.stores.rows(TENANT).findIndex(({ bytes }) => bytes.includes('log_key_rotated'));
  expect(machine.followed().keys).toEqual([{ key: KEYS[0]?.publicKeyText, over: 0 }, { key: KEYS[1]?.publicKeyText, over: place + 1 }]);
  const after = trustOf();
  expect(after).toMatchObject({ log_keys: KEYS.slice(0, 2).map((key) => key.publicKeyText), log_key_sizes: [0, place + 1] });
  for (const query of ['', `?kind=session&session=${session}`, '?kind=period&from=6']) expect([query, await verified({ world: second, admin }, before, query)]).toEqual([query, HOLDS]);

  await rotate(second, 3);
  const third = await restarted(second, 3);
  await moveTo(machine, third);
  await aSession({ world: third, admin });
  expect(machine.followed().keys?.map(({ key }) => key)).toEqual(KEYS.map((key) => key.publicKeyText));
  for (const trust of [before, after, trustOf()]) expect(await verified({ world: third, admin }, trust)).toEqual(HOLDS);
}, 30_000);

test('a machine that was away for both changes learns both when it is asked for something', async () => {
  const ready = await readyWorld();
  const { world, machine } = ready;
  await machine.cut();
  await rotate(world);
  await rotate(world, 3);
  const third = await restarted(world, 3);
  await moveTo(machine, third);
  await aSession({ world: third, admin: ready.admin });
  expect(machine.followed().keys).toHaveLength(3);
});

test('a dormant machine learns it while it only follows the log', async () => {
  const ready = await readyWorld();
  await rotate(ready.world);
  const second = await restarted(ready.world);
  await second.begin();
  await moveTo(ready.machine, second);
  await second.clock.advance(22 * 60_000);
  expect(ready.machine.followed().keys).toHaveLength(2);
  expect((await second.stores.cosignatures.list(TENANT, { size: null, after: null, limit: 9 })).map(({ size }) => size)).toEqual([second.stores.rows(TENANT).length]);
});

/** Guarantee: who has the old key, or a key of their own, signs nothing a machine takes after the change. */
test.each<[string, () => ReturnType<typeof ringOf>]>([
  ['the old key', () => ringOf(KEYS.slice(0, 1))],
  ['a key nobody named', () => ringOf([signingKeyOf(new Uint8Array(32).fill(77))])],
])('a server that signs with %s after the change wakes nobody', async (_which, ring) => {
  const ready = await readyWorld();
  await rotate(ready.world);
  const second = await restarted(ready.world);
  await moveTo(ready.machine, second);
  await aSession({ world: second, admin: ready.admin });
  // What the store of these tests does not refuse, the database does: here it is the machine that has to.
  const checkpoints = createCheckpoints(second.instance, ring());
  const ledger = createLedger({ store: second.stores.leaves, checkpoints: { ...checkpoints, open: createCheckpoints(second.instance, (await rotate(second)).ring).open }, instance: second.instance, clock: second.clock, newId: () => `80000000-0000-4000-8000-00000000000${nth++ % 10}` });
  const written = await ledger.append({ at: second.clock.now(), type: 'tenant_armed', phase: 'fact', tenant: TENANT, operator: 'eve@argus.example', by: 'operator', reason: 'as the forger tells it', outcome: 'ok' });
  if (!written.ok) throw new Error(written.error.internal ?? written.error.code);
  const before = ready.machine.followed();
  await ready.machine.agent.receive(JSON.stringify({ type: 'consistency', from: before.size, to: written.value.size, proof: await ledger.consistency(TENANT, before.size, written.value.size), checkpoint: written.value.checkpoint }));
  await settle();
  expect(ready.machine.followed()).toEqual(before);
  // The very same entries under the right key are followed.
  await second.clock.advance(10_000);
  const { ring: honest } = await rotate(second);
  const root = checkpoints.open(TENANT, written.value.checkpoint)?.root ?? new Uint8Array();
  const checkpoint = createCheckpoints(second.instance, honest).sign(TENANT, { size: written.value.size, root });
  await ready.machine.agent.receive(JSON.stringify({ type: 'consistency', from: before.size, to: written.value.size, proof: await ledger.consistency(TENANT, before.size, written.value.size), checkpoint }));
  await settle();
  expect(ready.machine.followed().size).toBe(written.value.size);
});

/** Guarantee: wherever it is killed, whoever comes next goes on, and no log changes twice or is signed by two keys. */
test.each([0, 1, 2, 3])('killed before its commit number %i, it is gone on with, and every log has changed once', async (kill) => {
  const ready = await readyWorld();
  const { world } = ready;
  await world.call('/tenants', { pat: ready.admin, body: { id: 'UTD_OTHER_002', name: 'Other' } });
  await world.call('/v1/operators/me', { method: 'GET', from: '203.0.113.9' });
  let commits = 0;
  const dying: LogStore = { ...world.stores.leaves, commit: async (batch) => { if (commits++ >= kill) throw new Error('killed'); return world.stores.leaves.commit(batch); }, settle: async () => false };
  await rotate(world, 2, dying).catch(() => undefined);
  const { ring } = await rotate(world);
  expect(await unrotated({ ring, leaves: world.stores.leaves })).toEqual([]);
  expect((await rotate(world)).trees).toEqual([]);
  for (const tree of await world.stores.leaves.trees()) {
    const changes = world.stores.rows(tree).filter(({ bytes }) => bytes.includes('"log_key_rotated"'));
    expect([tree, changes.length]).toEqual([tree, 1]);
    const head = await world.stores.leaves.head(tree);
    expect(createCheckpoints(world.instance, ring).open(tree, head?.note ?? '')?.size).toBe(head?.size);
  }
  const second = await restarted(world);
  await moveTo(ready.machine, second);
  await aSession({ world: second, admin: ready.admin });
});
