import { isoTime, settle } from '@argus/kit/clock.ts';
import { keyFingerprint, signProof } from '@argus/keys/consent.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { passkeyProof, proofChallenge } from '@argus/keys/operator-proof.ts';
import { proofText, type OperatorProof, type ProvedActivation } from '@argus/protocol/operator-proof.ts';
import type { Receipt } from '@argus/protocol/receipt.ts';
import { expect, test } from 'vitest';
import { CONSENT_KEY, OPERATOR_KEY } from '../apps/agent/testing/memory-consent.ts';
import { keyOf } from '../apps/agent/testing/signed-log.ts';
import { readyWorld } from './ready-world.ts';
import { createAuthenticator, softKey, type Over } from '../packages/keys/testing/authenticator.ts';
import { OPERATORS, signedFor } from './receipts.ts';
import { AGENT, DOCUMENT, START, TENANT } from './world.ts';

/** I1 where the tenant pinned a key: what the server has on record opens nothing; what the tenant signed does, and no more. */
type Ready = Awaited<ReturnType<typeof readyWorld>>;
const HOUR = 3_600_000;
const OPERATOR = 'ana@argus.example';

const signed = ({ world }: Ready, over: Partial<Receipt> = {}, key = CONSENT_KEY): string => signedFor(world.instance, over, key);

const record = ({ world, admin }: Ready, over: Record<string, unknown> = {}) =>
  world.call(`/v1/tenants/${TENANT}/consent`, { method: 'PUT', pat: admin, body: { ...DOCUMENT, signed_at: isoTime(START - HOUR), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, ...over } });
const arm = ({ world, admin }: Ready) => world.call(`/support/tenants/${TENANT}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } });
const shown = async ({ world, admin }: Ready) => (await world.call(`/v1/tenants/${TENANT}`, { method: 'GET', pat: admin })).body;

async function pinned(): Promise<Ready> {
  const ready = await readyWorld();
  ready.machine.consent.pin(CONSENT_KEY);
  ready.machine.agent.lookAtConsent();
  await settle();
  return ready;
}
async function under(over: Partial<Receipt> = {}): Promise<Ready> {
  const ready = await pinned();
  expect((await record(ready, { receipt: signed(ready, over) })).status).toBe(200);
  expect((await arm(ready)).status).toBe(200);
  return ready;
}

test('a pinned machine refuses what is only on record, and takes what the tenant signed', async () => {
  const ready = await pinned();
  expect(await ready.world.activate(ready.admin)).toMatchObject({ status: 403, body: { code: 'tenant_consent_required', refused_by: 'machine', problems: [expect.stringContaining('The machine itself refused'), expect.stringContaining('pinned a consent key')] } });
  expect([ready.machine.agent.session(), ready.machine.isShown()]).toEqual([null, false]);
  const receipt = signed(ready);
  expect((await record(ready, { receipt })).status).toBe(200);
  await arm(ready);
  const opened = await ready.world.activate(ready.admin);
  expect(opened.status).toBe(201);
  expect((await ready.world.command(ready.admin, String(opened.body['session_token']), { command: 'ping' })).status).toBe(200);
  expect(ready.machine.consent.state().highest).toEqual({ serial: 10, sha256: sha256Hex(receipt) });
});

test('the entry of the consent, and that of every session under it, names the receipt by its digest', async () => {
  const ready = await under();
  await ready.world.activate(ready.admin);
  const digest = `"receipt":{"sha256":"${sha256Hex(signed(ready))}"}`;
  const leaves = ready.world.stores.rows(TENANT).map(({ bytes }) => bytes);
  for (const type of ['consent_recorded', 'remote_support_activation']) expect(leaves.filter((leaf) => leaf.includes(`"type":"${type}"`)).at(-1)).toContain(digest);
});

test('the session ends with the receipt, on both sides', async () => {
  const { world, admin, machine } = await under({ not_after: isoTime(START + 10 * 60_000) });
  const { body } = await world.activate(admin, { minutes: 30 });
  expect(body['expires_at']).toBe(isoTime(START + 10 * 60_000));
  await world.clock.advance(10 * 60_000);
  expect(machine.agent.session()).toBeNull();
  expect((await world.call(`/support/sessions/${String(body['session_id'])}`, { method: 'GET', pat: admin })).body['ended_by']).toBe('expired');
});

test('revoked on the machine, the session is over, the record says that the tenant did it, and nothing opens another', async () => {
  const { world, admin, machine } = await under();
  const { body } = await world.activate(admin);
  machine.consent.revoke(10);
  expect(machine.agent.lookAtConsent()).toBe(body['session_id']);
  await settle();
  expect(machine.isShown()).toBe(false);
  const session = await world.call(`/support/sessions/${String(body['session_id'])}`, { method: 'GET', pat: admin });
  expect(session.body).toMatchObject({ state: 'ended', ended_by: 'consent_withdrawn', ended_actor: 'tenant', last_word: { state: 'signed' } });
  expect(await world.activate(admin)).toMatchObject({ status: 403, body: { code: 'tenant_consent_required' } });
});

/** Guarantee: whoever holds the server widens nothing. Each is changed between the server's own checks and the wire. */
test.each<[string, (ready: Ready) => string | undefined]>([
  ['left out', () => undefined],
  ['signed by the server itself', (ready) => signed(ready, {}, keyOf(9))],
  ['of another tenant', (ready) => signed(ready, { tenant: mustId('tenant', 'OTHER_TENANT') })],
  ['one that was signed for another machine', (ready) => signed(ready, { agents: [mustId('agent', 'agent_somebody_else')] })],
  ['an older one of the tenant', (ready) => signed(ready, { serial: 9 })],
  ['another one, though a good one, than the log names', (ready) => signed(ready, { serial: 11 })],
])('a receipt that is %s wakes nobody', async (_how, instead) => {
  const ready = await under();
  await ready.world.call(`/support/sessions/${String((await ready.world.activate(ready.admin)).body['session_id'])}/deactivate`, { pat: ready.admin, body: {} });
  await settle();
  const line = ready.world.api.lines.line(AGENT) ?? expect.fail('it is not on the line');
  const { activate } = line;
  Object.assign(line, { activate: (ask: Parameters<typeof activate>[0], ms: number) => activate({ ...ask, consentReceipt: instead(ready) }, ms) });
  expect(await ready.world.activate(ready.admin)).toMatchObject({ status: 403, body: { code: 'tenant_consent_required' } });
  expect([ready.machine.agent.session(), ready.machine.isShown()]).toEqual([null, false]);
});

test('a command outside the receipt is refused, though the record never named a scope', async () => {
  const { world, admin } = await under({ commands: ['ping'] });
  const { body } = await world.activate(admin);
  expect(await world.command(admin, String(body['session_token']), { command: 'agent_info' })).toMatchObject({ status: 403, body: { code: 'consent_scope_exceeded' } });
  expect((await world.command(admin, String(body['session_token']), { command: 'ping' })).status).toBe(200);
});

// ---- what is recorded

test.each<[string, (ready: Ready) => Record<string, unknown>, string]>([
  ['no receipt at all', () => ({ receipt: 'yes' }), 'receipt: '],
  ['one whose signature is not over it', (ready) => ({ receipt: signed(ready).replace('"serial":10', '"serial":11') }), 'its signature'],
  ['one with another key beside it', (ready) => ({ receipt: signed(ready).replace(CONSENT_KEY.publicKeyText, OPERATOR_KEY.publicKeyText) }), 'its signature'],
  ['one of another tenant', (ready) => ({ receipt: signed(ready, { tenant: mustId('tenant', 'OTHER_TENANT') }) }), 'another tenant'],
  ['one of another installation', (ready) => ({ receipt: signed(ready, { instance: mustId('instance', `ins_${'z'.repeat(20)}`) }) }), 'another tenant or installation'],
  ['one about another document', (ready) => ({ receipt: signed(ready, { document_sha256: 'cd'.repeat(32) }) }), 'another document'],
  ['one with another end', (ready) => ({ receipt: signed(ready), expires_at: isoTime(START + 25 * HOUR) }), 'expires_at: is not the end'],
  ['one with another scope', (ready) => ({ receipt: signed(ready, { commands: ['ping'] }), scope: { commands: ['ping', 'agent_info'] } }), 'scope: is not the one'],
  ['one for all, beside a scope', (ready) => ({ receipt: signed(ready), scope: { commands: ['ping'] } }), 'scope: is not the one'],
  ['one that is over', (ready) => ({ receipt: signed(ready, { not_after: isoTime(START) }) }), 'expires_at: is not in the future'],
  ['one of a command there is not', (ready) => ({ receipt: signed(ready, { commands: ['shell'] }) }), 'a command that there is not'],
  ['one that is canonical no more', (ready) => ({ receipt: `${signed(ready)} ` }), 'canonical'],
])('%s is not recorded, and nothing changes', async (_what, body, why) => {
  const ready = await readyWorld();
  ready.world.hops.length = 0;
  const answer = await record(ready, body(ready));
  expect(answer).toMatchObject({ status: 422, body: { code: 'bad_request' } });
  expect(JSON.stringify(answer.body['problems'])).toContain(why);
  expect(ready.world.hops).toEqual([]);
});

test('of what was sent instead of a receipt nothing is said again: it may be a secret', async () => {
  const { body } = await record(await readyWorld(), { receipt: 'pat_s3cr3t' });
  expect(body).toMatchObject({ problems: ['receipt: the receipt is no JSON'] });
  expect(JSON.stringify(body)).not.toMatch(/s3cr|pat_/);
});

test('what the receipt says need not be said again: the record has its end and its scope, and the same again changes nothing', async () => {
  const ready = await readyWorld();
  const receipt = signed(ready, { commands: ['ping', 'agent_info'], agents: [AGENT] });
  const first = await record(ready, { receipt });
  expect(first.status).toBe(200);
  expect((await ready.world.stores.tenants.byId(TENANT))?.consent).toMatchObject({ expiresAt: START + 24 * HOUR, scope: { commands: ['ping', 'agent_info'], agents: [AGENT] }, receipt });
  expect((await record(ready, { receipt, scope: { agents: [AGENT], commands: ['agent_info', 'ping'] }, expires_at: '2026-03-02T13:00:00+01:00' })).body).toEqual(first.body);
});

test('a receipt below the one on record is not recorded, and one that has not begun opens nothing yet', async () => {
  const ready = await under();
  expect(JSON.stringify((await record(ready, { receipt: signed(ready, { serial: 9 }) })).body)).toContain('its serial is below 10');
  expect((await record(ready, { receipt: signed(ready, { serial: 11, not_before: isoTime(START + HOUR) }) })).status).toBe(200);
  const early = await arm(ready);
  expect(early).toMatchObject({ status: 403, body: { code: 'tenant_consent_required' } });
});

test('the tenant is shown with whose hand its consent is in, and which machine has another key', async () => {
  const ready = await readyWorld();
  expect(await shown(ready)).toMatchObject({ consent_kind: 'recorded', receipt: null, instance: ready.world.instance, consent_keys: [{ agent_id: AGENT, key_fingerprint: null, pinned: 'none' }] });
  ready.machine.consent.pin(CONSENT_KEY);
  ready.machine.agent.lookAtConsent();
  await settle();
  expect(await shown(ready)).toMatchObject({ consent_keys: [{ pinned: 'another_key' }] });
  await record(ready, { receipt: signed(ready) });
  const fingerprint = keyFingerprint(CONSENT_KEY.publicKeyText);
  expect(await shown(ready)).toMatchObject({
    consent_kind: 'tenant_signed',
    receipt: { serial: 10, key_fingerprint: fingerprint, not_before: isoTime(START - HOUR), not_after: isoTime(START + 24 * HOUR), needs_operator_proof: false, sha256: sha256Hex(signed(ready)) },
    consent_keys: [{ agent_id: AGENT, key_fingerprint: fingerprint, pinned: 'same_key' }],
  });
  ready.machine.consent.pin(OPERATOR_KEY);
  ready.machine.agent.lookAtConsent();
  await settle();
  expect(await shown(ready)).toMatchObject({ consent_keys: [{ pinned: 'another_key' }] });
});

test('a receipt exchanged in the database opens nothing: its digest is in the log', async () => {
  const ready = await under();
  const { byId } = ready.world.stores.tenants;
  ready.world.stores.tenants.byId = async (id) => {
    const tenant = await byId(id);
    return tenant && { ...tenant, consent: tenant.consent && { ...tenant.consent, receipt: signed(ready, { serial: 11 }) } };
  };
  expect(await ready.world.activate(ready.admin)).toMatchObject({ status: 403, body: { code: 'tenant_consent_required' } });
});

// ---- who asks

const asked = ({ world }: Ready): ProvedActivation => ({ instance: world.instance, tenant: TENANT, agent: AGENT, operator: OPERATOR, reason: 'investigate alert', minutes: 30 });
const withProof = (ready: Ready, key = OPERATOR_KEY, over: Partial<ProvedActivation> = {}) => {
  const body = ready.world.activation();
  return { ...body, operator_proof: signProof(key, { ...asked(ready), ...over }, { nonce: body.nonce, timestamp: body.timestamp }) };
};

test('where the receipt names operators, a proof by one of them opens a session, and the log has it', async () => {
  const ready = await under(OPERATORS);
  const body = withProof(ready);
  expect((await ready.world.activate(ready.admin, body)).status).toBe(201);
  const leaf = ready.world.stores.rows(TENANT).map(({ bytes }) => bytes).findLast((bytes) => bytes.includes('"phase":"intent"'));
  expect(leaf).toContain(body.operator_proof.signature);
});
test.each<[string, (ready: Ready) => Record<string, unknown>]>([
  ['none', () => ({})],
  ['one by another key', (ready) => withProof(ready, keyOf(66))],
  ['one for another operator', (ready) => withProof(ready, OPERATOR_KEY, { operator: 'eve@argus.example' })],
  ['one of another nonce', (ready) => ({ ...withProof(ready), nonce: 'x'.repeat(22) })],
])('with %s the server says so before anything is written, and the nonce is not spent', async (_what, body) => {
  const ready = await under(OPERATORS);
  const sent = body(ready);
  ready.world.hops.length = 0;
  expect(await ready.world.activate(ready.admin, sent)).toMatchObject({ status: 403, body: { code: 'operator_proof_required' } });
  expect(ready.world.hops.filter((hop) => hop.includes('open_session') || hop.includes('activate'))).toEqual([]);
});
test.each<[string, (proof: OperatorProof) => OperatorProof | undefined]>([
  ['takes it out', () => undefined],
  ['puts another in', (proof) => ({ ...proof, nonce: 'x'.repeat(22) })],
])('a server that %s on the way wakes nobody', async (_how, change) => {
  const ready = await under(OPERATORS);
  const line = ready.world.api.lines.line(AGENT) ?? expect.fail('it is not on the line');
  const { activate } = line;
  Object.assign(line, { activate: (ask: Parameters<typeof activate>[0], ms: number) => activate({ ...ask, operatorProof: ask.operatorProof && change(ask.operatorProof) }, ms) });
  expect(await ready.world.activate(ready.admin, withProof(ready))).toMatchObject({ status: 403, body: { code: 'operator_proof_required' } });
  expect(ready.machine.agent.session()).toBeNull();
});

/** One touch of a passkey that the tenant named is the proof, for the server and for the machine. RSA is the longest. */
test('where the receipt names a passkey, a touch of it opens a session, and the log has it; a page of another site does not', async () => {
  const soft = createAuthenticator({ origin: 'https://argus.example', rpId: 'argus.example', key: softKey('RS256') });
  const ready = await under({ operator_keys: [{ kind: 'passkey', ...soft.key.key, rp_id: 'argus.example', origins: ['https://argus.example'] }] });
  const touched = (over: Over) => {
    const body = ready.world.activation();
    return { ...body, operator_proof: passkeyProof(soft.key.key.public_key, soft.assert(proofChallenge(proofText(asked(ready), body)), over), body) };
  };
  expect(await ready.world.activate(ready.admin, touched({ origin: 'https://evil.test' }))).toMatchObject({ status: 403, body: { code: 'operator_proof_required', problems: ['the passkey of the proof: the origin is not one of ours'] } });
  const body = touched({});
  expect((await ready.world.activate(ready.admin, body)).status).toBe(201);
  expect(ready.world.stores.rows(TENANT).map(({ bytes }) => bytes).findLast((bytes) => bytes.includes('"phase":"intent"'))).toContain(body.operator_proof.signature);
});
