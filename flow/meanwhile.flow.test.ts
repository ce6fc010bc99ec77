/** Guarantee: what is shut while an intent is being written stays shut: nothing leaves on the word of an earlier look. */
import { isoTime } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { memoryStores } from '../apps/ops-api/src/adapters/memory/stores.ts';
import { readyWorld } from './ready-world.ts';
import { turnstile } from './turnstile.ts';
import { DOCUMENT, START, TENANT } from './world.ts';

test.each([
  ['replaced', false, 'tenant_not_armed'],
  ['replaced, and armed anew', true, 'tenant_consent_required'],
])('no session opens under a consent that was %s while the activation was decided', async (_how, isArmedAnew, code) => {
  const stores = memoryStores();
  const at = turnstile();
  const { burn } = stores.nonces;
  const { world, admin, machine } = await readyWorld({ stores: { ...stores, nonces: { ...stores.nonces, burn: async (...asked) => { await at.wait(); return burn(...asked); } } } });
  at.shut();
  const opening = world.activate(admin);
  await at.here;
  const narrower = { ...DOCUMENT, signed_at: isoTime(START - 86_400_000), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, scope: { commands: ['ping'] } };
  expect((await world.call(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: admin, body: narrower })).status).toBe(200);
  if (isArmedAnew) expect((await world.call(`/support/tenants/${TENANT}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } })).status).toBe(200);
  at.open();
  expect(await opening).toMatchObject({ status: 403, body: { code } });
  expect(machine.agent.session()).toBeNull();
});
