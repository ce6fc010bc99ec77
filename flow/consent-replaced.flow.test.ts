/** Guarantee: what is armed is the consent somebody asserted. Another one, however recorded, opens nothing by itself. */
import { isoTime, settle } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { memoryStores } from '../apps/ops-api/src/adapters/memory/stores.ts';
import { readyWorld } from './ready-world.ts';
import { DOCUMENT, START, TENANT } from './world.ts';

type Ready = Awaited<ReturnType<typeof readyWorld>>;
const DAY_MS = 86_400_000;
const signed = { ...DOCUMENT, signed_at: isoTime(START - DAY_MS), signer: { name: 'Kim Park', email: 'kim@tenant.example' } };
const record = ({ world, admin }: Ready, over: object = {}) => world.call(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: admin, body: { ...signed, ...over } });
const arm = ({ world, admin }: Ready) => world.call(`/support/tenants/${TENANT}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } });
const isArmed = async ({ world, admin }: Ready) => (await world.call(`/v1/tenants/${TENANT}`, { method: 'GET', pat: admin })).body['armed'];
const ends = ({ world }: Ready) => world.hops.filter((hop) => hop.includes('remote_support_session_ended'));

const differences: readonly (readonly [string, object])[] = [
  ['another document', { document_id: 'DOC-2026-999' }],
  ['another hash', { document_sha256: 'cd'.repeat(32) }],
  ['another day of signing', { signed_at: isoTime(START - 2 * DAY_MS) }],
  ['another signer', { signer: { name: 'Eve Park', email: 'kim@tenant.example' } }],
  ['another address of the signer', { signer: { name: 'Kim Park', email: 'eve@tenant.example' } }],
  ['an expiry', { expires_at: isoTime(START + DAY_MS) }],
  ['a narrower scope', { scope: { commands: ['ping'] } }],
  ['a scope that names nothing', { scope: {} }],
];
test.each(differences)('a consent with %s disarms the tenant, says so in its entry, and ends what is live', async (_what, over) => {
  const ready = await readyWorld();
  const { world, admin, machine } = ready;
  const opened = await world.activate(admin);
  world.hops.length = 0;
  expect((await record(ready, over)).status).toBe(200);
  expect(world.hops.filter((hop) => hop.includes(' deed '))[0]).toContain('save_consent');
  expect(world.stores.rows(TENANT).findLast(({ audit }) => audit.action === 'consent_recorded')?.audit.reason).toMatch(/replaces .* disarmed/);
  expect(await isArmed(ready)).toBe(false);
  await settle();
  expect([machine.agent.session(), machine.isShown()]).toEqual([null, false]);
  expect(ends(ready)).toEqual([expect.stringContaining('fact ok disarmed')]);
  const token = String(opened.body['session_token']);
  expect((await world.command(admin, token, { command: 'ping' })).body['code']).toBe('session_expired');
  expect(await world.activate(admin)).toMatchObject({ status: 403, body: { code: 'tenant_not_armed' } });
  expect((await arm(ready)).status).toBe(200);
  expect((await world.activate(admin)).status).toBe(201);
});

test('the very same consent again is on record already: nothing is written, disarmed or ended, and its entry is named', async () => {
  const ready = await readyWorld();
  const { world, admin, machine } = ready;
  await world.activate(admin);
  const first = world.stores.rows(TENANT).find(({ audit }) => audit.action === 'consent_recorded');
  world.hops.length = 0;
  expect(await record(ready)).toMatchObject({ status: 200, body: { tenant_id: TENANT, consent: 'signed', leaf_index: first?.seq } });
  expect(world.hops).toEqual([]);
  expect([await isArmed(ready), machine.isShown()]).toEqual([true, true]);
});

test('after a withdrawal the same consent is recorded anew, and has to be asserted anew', async () => {
  const ready = await readyWorld();
  await ready.world.call(`/v1/tenants/${TENANT}/consent`, { method: 'DELETE', pat: ready.admin, body: { reason: 'contract ended' } });
  const before = ready.world.stores.rows(TENANT).length;
  expect(await record(ready)).toMatchObject({ status: 200, body: { leaf_index: before } });
  expect(await isArmed(ready)).toBe(false);
});

/** Guarantee: a result that was under way when the consent was replaced is given to nobody, from before anything is written. */
test('a command whose answer comes while another consent is being written: its result is withheld', async () => {
  let letGo = () => {};
  const until = new Promise<void>((go) => (letGo = go));
  const writing = { isHeld: false };
  const ready = await readyWorld({
    log: (real) => ({ ...real, commit: async (batch) => { if (writing.isHeld && batch.rows.some(({ audit }) => audit.action === 'consent_recorded')) await until; return real.commit(batch); } }),
  });
  const { world, admin, machine } = ready;
  const opened = await world.activate(admin);
  const { wire } = machine.line;
  const held: string[] = [];
  machine.line.up = (text) => (held.push(text), null);
  const running = world.command(admin, String(opened.body['session_token']), { command: 'ping' });
  await settle();
  expect(held.length).toBeGreaterThan(0);
  writing.isHeld = true;
  const recording = record(ready, { document_id: 'DOC-2026-999' });
  await settle();
  for (const text of held) wire?.message(text);
  machine.line.up = (text) => text;
  await settle();
  letGo();
  expect((await recording).status).toBe(200);
  expect((await running).body).toMatchObject({ code: 'session_expired' });
});

/** Guarantee: arming asserts the consent that was judged, also when another one is recorded before it is written. */
test('arming that was decided on one consent does not arm another that came in between', async () => {
  const memory = memoryStores();
  const between = { act: async () => {} };
  const ready = await readyWorld({ stores: { ...memory, tenants: { ...memory.tenants, byId: async (id) => { const seen = await memory.tenants.byId(id); const { act } = between; between.act = async () => {}; await act(); return seen; } } } });
  await ready.world.call(`/support/tenants/${TENANT}/disarm`, { pat: ready.admin, body: { reason: 'for the test', confirm_tenant_id: TENANT } });
  between.act = async () => { expect((await record(ready, { document_id: 'DOC-2026-999' })).status).toBe(200); };
  expect(await arm(ready)).toMatchObject({ status: 409, body: { code: 'consent_document_mismatch' } });
  expect(ready.world.stores.rows(TENANT).at(-1)?.audit).toMatchObject({ action: 'tenant_armed', outcome: 'refused', code: 'consent_document_mismatch' });
  expect(await isArmed(ready)).toBe(false);
  expect((await arm(ready)).status).toBe(200);
});
