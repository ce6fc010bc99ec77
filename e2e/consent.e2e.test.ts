/** I1 with real processes: a machine whose owner pinned a consent key, a server that has everything but that key. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askDaemon } from '../apps/agent/src/adapters/local/ask.ts';
import { signProof } from '@argus/keys/consent.ts';
import { newSigningKey } from '@argus/keys/ed25519.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { patiently } from '@argus/testkit/patience.ts';
import { beforeAll, expect, test } from 'vitest';
import { ask } from './http.ts';
import { OPS_TOKEN } from './ops-api.ts';
import { runToEnd } from './processes.ts';
import { activation, ready, TENANT, type Ready } from './ready.ts';
import { until } from './until.ts';

const REVOKED_WITHIN_MS = 250;
const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];
const DOCUMENT = 'the consent of Seven Eleven, page 1 of 1';

let world: Ready;
const at = (name: string) => join(world.installation.dataDir, name);
const consent = (...args: string[]) => runToEnd('apps/agent/src/main.ts', ['consent', ...args, '--state', world.machine.state, ...AS_ROOT]);

async function sign(name: string, ...more: string[]): Promise<string> {
  const signed = await consent('sign', '--key', at('consent.key'), '--passphrase-file', at('passphrase'), '--document', at('contract.txt'), '--agents', '*', '--commands', 'ping,agent_info', '--cameras', '*', '--not-after', '2099-01-01T00:00:00Z', '--out', at(name), ...more);
  expect(signed.end, signed.stderr()).toBe('exit 0');
  return readFileSync(at(name), 'utf8');
}
async function record(receipt: string): Promise<void> {
  const { receipt: said } = JSON.parse(receipt) as { receipt: { document_sha256: string } };
  const body = { document_id: 'DOC-2026-015', document_sha256: said.document_sha256, signed_at: new Date(Date.now() - 60_000).toISOString(), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, receipt };
  const recorded = await ask(world.api().url, `/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: world.pat, body });
  expect(recorded.status, JSON.stringify(recorded.body)).toBe(200);
  expect((await world.post(`/support/tenants/${TENANT}/arm`, { reason: 'contract 2026', confirm_tenant_id: TENANT })).status).toBe(200);
}
const session = async (id: string) => (await world.get(`/support/sessions/${id}`)).body;

beforeAll(async () => {
  world = await ready();
  writeFileSync(at('passphrase'), 'correct horse battery\n', { mode: 0o600 });
  writeFileSync(at('contract.txt'), DOCUMENT);
  expect((await consent('keygen', '--out', at('consent.key'), '--passphrase-file', at('passphrase'))).end).toBe('exit 0');
}, 120_000);

test('pinned under a live session, the session is over, and what is only on record opens nothing', async () => {
  const before = await world.activate();
  expect((await consent('pin', at('consent.key.pub'))).end).toBe('exit 0');
  expect(world.machine.status().remote_support).toBe('dormant');
  await until(async () => (await session(before.id))['ended_by'] === 'consent_withdrawn', 5_000);
  await expect(world.activate()).rejects.toThrow('tenant_consent_required');
  expect(world.machine.status().remote_support).toBe('dormant');
}, 60_000);

test('what the tenant signed opens it, no further than it says; the server shows whose key it is', async () => {
  await record(await sign('receipt.json'));
  const live = await world.activate();
  expect((await world.command(live, 'ping')).status).toBe(200);
  expect((await world.command(live, 'tail_log')).body['code']).toBe('consent_scope_exceeded');
  expect((await world.get(`/v1/tenants/${TENANT}`)).body).toMatchObject({ consent_kind: 'tenant_signed', consent_keys: [{ pinned: 'same_key' }] });
  expect((await consent('show')).stdout()).toContain('The highest serial seen is ');
  await world.post(`/support/sessions/${live.id}/deactivate`, {});
}, 60_000);

test('revoked, the session is over within 250 ms; a restart changes nothing, and a newer receipt opens it again', async () => {
  await until(async () => world.machine.status().remote_support === 'dormant', 5_000);
  const live = await world.activate();
  const highest = (await world.machine.trust()).highest_consent_serial ?? 0;
  // What `consent revoke` does, without the start of a process in between.
  writeFileSync(join(world.machine.state, 'consent-revoked.json'), `{"through":${highest}}\n`);
  const from = performance.now();
  const answer = await askDaemon(join(world.machine.state, 'run'), 'owner', 'consent');
  const tookMs = performance.now() - from;
  expect([live.id, null]).toContain(answer.ok ? answer.value['ended'] : answer.error); // null: it had come upon the file by itself
  expect(world.machine.status().remote_support).toBe('dormant');
  process.stdout.write(`revoked to dormant in ${tookMs.toFixed(1)} ms\n`);
  expect(tookMs).toBeLessThan(patiently(REVOKED_WITHIN_MS));
  await until(async () => (await session(live.id))['ended_by'] === 'consent_withdrawn', 5_000);
  expect(await session(live.id)).toMatchObject({ ended_actor: 'tenant', last_word: { state: 'signed' } });
  await expect(world.activate()).rejects.toThrow('tenant_consent_required');
  await world.restartAgent();
  await expect(world.activate()).rejects.toThrow('tenant_consent_required');
  await record(await sign('again.json', '--serial', String(highest + 1)));
  await world.activate();
}, 120_000);

test('revoked by its file alone, without a word to the daemon, the session is over all the same', async () => {
  const highest = (await world.machine.trust()).highest_consent_serial ?? 0;
  const from = performance.now();
  writeFileSync(join(world.machine.state, 'consent-revoked.json'), `{"through":${highest}}\n`);
  await until(() => world.machine.status().remote_support === 'dormant', 2_000);
  process.stdout.write(`revoked by its file alone to dormant in ${(performance.now() - from).toFixed(0)} ms, polling included\n`);
}, 60_000);

test('typed by the owner with the server out of reach, it is over at once, and the server learns it when it is back', async () => {
  const highest = (await world.machine.trust()).highest_consent_serial ?? 0;
  await record(await sign('third.json', '--serial', String(highest + 1)));
  const live = await world.activate();
  world.proxy.aim(null);
  world.proxy.cut();
  const revoked = await consent('revoke');
  expect([revoked.end, revoked.stdout().includes(`The session ${live.id} was ended.`)]).toEqual(['exit 0', true]);
  expect(world.machine.status().remote_support).toBe('dormant');
  world.proxy.aim(world.api().port);
  await world.untilOnline();
  expect(await until(async () => (await session(live.id))['ended_by'], 30_000)).toBe('consent_withdrawn');
  const activity = await runToEnd('apps/agent/src/main.ts', ['activity', '--state', world.machine.state, ...AS_ROOT]);
  expect(activity.stdout()).toContain('the consent was revoked on this machine');
}, 120_000);

test('where the receipt names an operator, only a proof by their key opens it', async () => {
  const operator = newSigningKey();
  writeFileSync(at('operators.json'), JSON.stringify([{ kind: 'ed25519', public_key: operator.publicKeyText }]));
  const later = Math.floor(Date.now() / 1_000) + 3_600; // above what was revoked just now
  await record(await sign('operators-receipt.json', '--operator-keys', at('operators.json'), '--serial', String(later)));
  await expect(world.activate()).rejects.toThrow('operator_proof_required');
  const { instance, agent, tenant } = await world.machine.trust();
  const body = activation();
  const me = String((await world.get('/v1/operators/me')).body['operator']);
  const proof = signProof(operator, { instance, tenant: mustId('tenant', tenant), agent, operator: me, reason: body.reason, minutes: body.minutes }, body);
  const opened = await ask(world.api().url, `/support/agents/${agent}/activate`, { pat: world.pat, headers: { 'x-argus-ops-token': OPS_TOKEN }, body: { ...body, operator_proof: proof } });
  expect(opened.status, JSON.stringify(opened.body)).toBe(201);
  await world.verify();
}, 60_000);
