/** Guarantee: what a token opened ends with the token, and beats what is in flight, on whatever node. */
import { settle } from '@argus/kit/clock.ts';
import { mustId, type TokenId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { memoryStores } from '../apps/ops-api/src/adapters/memory/stores.ts';
import { factOf } from '../apps/ops-api/test/sample.ts';
import { readyWorld } from './ready-world.ts';
import { createWorld, TENANT, type WorldOptions } from './world.ts';

async function withOperator(options: WorldOptions = {}) {
  const ready = await readyWorld(options);
  const { world, admin } = ready;
  const pat = await world.newToken(['tenants:read', 'remote_support'], null, 'ben@argus.example');
  const token = mustId('token', String((await world.call('/operators/me', { method: 'GET', pat })).body['token_id']));
  const revoke = () => world.call(`/v1/pats/${token}`, { method: 'DELETE', pat: admin });
  const shown = async (session: unknown) => (await world.call(`/support/sessions/${String(session)}`, { method: 'GET', pat: admin })).body;
  return { ...ready, pat, token: token satisfies TokenId, revoke, shown, ends: () => world.hops.filter((hop) => hop.includes('remote_support_session_ended')) };
}

test('a token that is revoked ends the session it opened, in the name of who revoked it, and the machine sleeps', async () => {
  const { world, pat, machine, revoke, shown, ends } = await withOperator();
  const { body } = await world.activate(pat);
  expect((await revoke()).status).toBe(200);
  await settle();
  expect([machine.agent.session(), machine.isShown()]).toEqual([null, false]);
  expect(ends()).toHaveLength(1);
  expect(await shown(body['session_id'])).toMatchObject({ state: 'ended', ended_by: 'deactivate', ended_actor: 'operator', ended_operator: 'ana@argus.example', last_word: { state: 'signed' } });
  expect(world.stores.rows(TENANT).find(({ audit }) => audit.action === 'remote_support_session_ended')?.audit.reason).toBe('the token it was opened with was revoked');
});

test('the session of another token goes on', async () => {
  const { world, admin, machine, revoke, ends } = await withOperator();
  const { body } = await world.activate(admin);
  await revoke();
  expect((await world.command(admin, String(body['session_token']), { command: 'ping' })).status).toBe(200);
  expect([machine.isShown(), ends()]).toEqual([true, []]);
});

/** A commit that waits: of what this says. */
function gate(of: string) {
  let letGo = () => {};
  const until = new Promise<void>((go) => (letGo = go));
  const log: NonNullable<WorldOptions['log']> = (real) => ({ ...real, commit: async (batch) => { if (batch.rows.some(({ audit }) => audit.action === of)) await until; return real.commit(batch); } });
  return { log, letGo: () => letGo() };
}

test('an answer that comes while its token is being revoked is given to nobody', async () => {
  const { log, letGo } = gate('pat_revoked');
  const { world, pat, machine, revoke } = await withOperator({ log });
  const { body } = await world.activate(pat);
  const { wire } = machine.line;
  const held: string[] = [];
  machine.line.up = (text) => (held.push(text), null);
  const running = world.command(pat, String(body['session_token']), { command: 'ping' });
  await settle();
  const revoking = revoke();
  await settle();
  for (const text of held) wire?.message(text);
  machine.line.up = (text) => text;
  await settle();
  letGo();
  expect((await running).body).toMatchObject({ code: 'session_expired' });
  expect((await revoking).status).toBe(200);
});

test('a revocation that cannot be written ends nothing', async () => {
  const state = { isDown: false };
  const { world, pat, machine, revoke, ends } = await withOperator({ log: (real) => ({ ...real, commit: async (batch) => { if (state.isDown) throw new Error('gone'); return real.commit(batch); } }) });
  const { body } = await world.activate(pat);
  state.isDown = true;
  expect((await revoke()).body['code']).toBe('audit_unavailable');
  state.isDown = false;
  expect((await world.command(pat, String(body['session_token']), { command: 'ping' })).status).toBe(200);
  expect([machine.isShown(), ends()]).toEqual([true, []]);
});

test('a session that was being opened with it is never shown a token', async () => {
  const { world, pat, machine, revoke } = await withOperator();
  const held: string[] = [];
  const { wire } = machine.line;
  machine.line.up = (text) => (held.push(text), null);
  const opening = world.activate(pat);
  await settle();
  expect((await revoke()).status).toBe(200);
  for (const text of held) wire?.message(text);
  machine.line.up = (text) => text;
  const { status, body } = await opening;
  expect([status, body['session_token']]).toEqual([403, undefined]);
  await settle();
  expect([machine.agent.session(), machine.isShown()]).toEqual([null, false]);
});

test.each(['revoked on the other node', 'revoked on a node that then died'])('%s: the machine sleeps within a second, and the end is written once', async (how) => {
  const { world, admin, pat, token, machine, shown, ends } = await withOperator({ stores: memoryStores() });
  const other = createWorld({ beside: world });
  await Promise.all([world.begin(), other.begin()]);
  const { body } = await world.activate(pat);
  if (how === 'revoked on the other node') expect((await other.call(`/v1/pats/${token}`, { method: 'DELETE', pat: admin })).status).toBe(200);
  else await other.api.ledger.append(factOf({ at: world.clock.now(), type: 'pat_revoked', tenant: null, outcome: 'ok' }), [{ do: 'revoke_pat', id: token, at: world.clock.now() }]);
  await world.clock.advance(1_000);
  expect([machine.agent.session(), machine.isShown()]).toEqual([null, false]);
  await world.clock.advance(5_000);
  expect(ends()).toHaveLength(1);
  expect(await shown(body['session_id'])).toMatchObject({ ended_by: 'deactivate', ended_actor: how === 'revoked on the other node' ? 'operator' : 'server' });
  await Promise.all([world.api.close(), other.api.close()]);
});
