import { settle } from '@argus/kit/clock.ts';
import { signProof } from '@argus/keys/consent.ts';
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import type { Leaf } from '@argus/protocol/leaf.ts';
import { proofInLeaf, type OperatorProof } from '@argus/protocol/operator-proof.ts';
import { expect, test } from 'vitest';
import { memoryConsent, OPERATOR_KEY, PINNED, signedReceipt } from '../testing/memory-consent.ts';
import { createMachine, isIo, type ManualMachine } from '../testing/machine.ts';
import { AGENT, INSTANCE, OPERATOR, OTHER_SESSION, SESSION, START, TENANT } from '../testing/signed-log.ts';

/** I1 on the machine itself: where the owner pinned a consent key, no session outside what it signed, and none beyond it. */
const MINUTE = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();
const pinnedMachine = () => createMachine({ consent: memoryConsent(PINNED) });

function asked(m: ManualMachine, text: string | undefined, { proof, leaf = {} }: { proof?: OperatorProof; leaf?: Partial<Leaf> } = {}) {
  const args_commit = { minutes: 30, ...(text !== undefined && { receipt: { sha256: sha256Hex(text) } }), ...(proof && { operator_proof: proofInLeaf(proof) }) };
  return m.activation({ args_commit, ...leaf }, { ...(text !== undefined && { receipt: text }), ...(proof && { operator_proof: proof }) });
}
async function awake(text = signedReceipt()): Promise<ManualMachine> {
  const m = pinnedMachine();
  m.connect();
  await m.hear(asked(m, text));
  expect(m.agent.session()).toBe(SESSION);
  await settle(3);
  m.forget();
  return m;
}
const ends = (m: ManualMachine) => m.heartbeats().flatMap((f) => f.ended ?? []).map(({ how }) => how);

test('without a receipt it stays dark: no indicator, nothing stored, nothing touched', async () => {
  const m = pinnedMachine();
  m.connect();
  m.forget();
  await m.hear(asked(m, undefined));
  expect([m.codes(), m.agent.session(), m.record.filter(isIo)]).toEqual([['tenant_consent_required'], null, []]);
});

test('the serial is on disk before anything is done by the receipt; where it cannot be, nothing is', async () => {
  const m = pinnedMachine();
  m.connect();
  m.consent.fails = true;
  m.forget();
  await m.hear(asked(m, signedReceipt()));
  expect([m.codes(), m.agent.session(), m.record.filter(isIo)]).toEqual([['activity_not_recorded'], null, []]);
  m.consent.fails = false;
  await m.hear(asked(m, signedReceipt(), { leaf: { session: OTHER_SESSION } }));
  expect(m.consent.state().highest).toEqual({ serial: 10, sha256: sha256Hex(signedReceipt()) });
});

/** Guarantee: a narrower receipt counts from the moment the machine saw it, whatever became of the activation it came with. */
test('a receipt that came with a refused activation counts as seen: the one before it is void', async () => {
  const m = pinnedMachine();
  m.connect();
  await m.hear(asked(m, signedReceipt({ serial: 11, agents: [] })));
  m.resync();
  await m.hear(asked(m, signedReceipt({ serial: 10 }), { leaf: { session: OTHER_SESSION } }));
  expect([m.codes(), m.agent.session(), m.consent.state().highest.serial]).toEqual([['tenant_consent_required', 'tenant_consent_required'], null, 11]);
});

test('a serial that was seen outlives the process', async () => {
  const m = await awake(signedReceipt({ serial: 12 }));
  m.agent.stop();
  const next = m.restart();
  next.connect();
  await next.hear(asked(next, signedReceipt({ serial: 11 }), { leaf: { session: OTHER_SESSION } }));
  expect([next.codes(), next.agent.session()]).toEqual([['tenant_consent_required'], null]);
});

test('the session ends when the receipt does, however long its box is', async () => {
  const m = await awake(signedReceipt({ not_after: iso(START + 10 * MINUTE) }));
  m.answerChallenges();
  await m.clock.advance(10 * MINUTE - 1);
  expect(m.agent.session()).toBe(SESSION);
  await m.clock.advance(1);
  expect([m.agent.session(), ends(m)]).toEqual([null, ['expired']]);
});
test('the session ends with the hours of the receipt', async () => {
  const m = await awake(signedReceipt({ hours: { time_zone: 'UTC', windows: [{ days: ['sun'], from: '11:00', to: '12:05' }] } }));
  m.answerChallenges();
  await m.clock.advance(5 * MINUTE - 1);
  expect(m.agent.session()).toBe(SESSION);
  await m.clock.advance(1);
  expect([m.agent.session(), ends(m)]).toEqual([null, ['expired']]);
});

test('every command is held to the receipt, whatever the consent on record says', async () => {
  const m = await awake(signedReceipt({ commands: ['ping', 'view_camera'], cameras: [] }));
  await m.hear(m.command({ command: 'agent_info' }));
  await m.hear(m.command({ command: 'ping' }));
  expect(m.codes()).toEqual(['consent_scope_exceeded', 'ok']);
});

test('revoked by its owner, the session is over before anything else: dark, signed, and nothing runs', async () => {
  const m = await awake();
  m.consent.revoke(10);
  expect(m.agent.lookAtConsent()).toBe(SESSION);
  await settle();
  expect([m.agent.session(), m.isLit(), ends(m)]).toEqual([null, false, ['consent_withdrawn']]);
  m.forget();
  await m.hear(m.command());
  expect(m.record).toEqual([]);
});
test('revoked by its file alone, the next command finds the session over', async () => {
  const m = await awake();
  m.consent.revoke(10);
  await m.hear(m.command({ command: 'agent_info' }));
  expect([m.record.filter((line) => line.startsWith('read')), ends(m)]).toEqual([[], ['consent_withdrawn']]);
});
test('a command that waits for the disk while the receipt is revoked does nothing', async () => {
  const m = await awake();
  m.waits.store.shut();
  const hearing = m.hear(m.command({ command: 'agent_info' }));
  await settle();
  m.consent.revoke(10);
  m.waits.store.open();
  await hearing;
  expect([m.record.includes('read config.yaml'), m.agent.session()]).toEqual([false, null]);
});
test('revoked while the session is just waking, it does not begin', async () => {
  const m = pinnedMachine();
  m.connect();
  m.waits.raise.shut();
  const hearing = m.hear(asked(m, signedReceipt()));
  await settle();
  m.consent.revoke(10);
  m.waits.raise.open();
  await hearing;
  await settle();
  expect([m.codes(), m.agent.session(), m.isLit()]).toEqual([['tenant_consent_required'], null, false]);
});

test('pinning a key ends a session that has no receipt, and one by another key', async () => {
  const m = createMachine();
  await m.wake();
  m.consent.pin(signingKeyOf(new Uint8Array(32).fill(70)));
  expect([m.agent.lookAtConsent(), m.agent.session()]).toEqual([SESSION, null]);
  const other = await awake();
  other.consent.pin(signingKeyOf(new Uint8Array(32).fill(70)));
  expect([other.agent.lookAtConsent(), other.agent.session()]).toEqual([SESSION, null]);
  expect(other.sentTypes()).toContain('manifest'); // the server shows which key it is
});

test('a proof of an operator opens one session, on this life of the daemon and the next', async () => {
  const m = pinnedMachine();
  m.connect();
  const text = signedReceipt({ operator_keys: [{ kind: 'ed25519', public_key: OPERATOR_KEY.publicKeyText }] });
  const of = { instance: INSTANCE, tenant: TENANT, agent: AGENT, operator: OPERATOR, reason: 'investigate alert', minutes: 30 };
  const proof = signProof(OPERATOR_KEY, of, { nonce: 'n'.repeat(22), timestamp: iso(START) });
  await m.hear(asked(m, text, { proof }));
  expect(m.agent.session()).toBe(SESSION);
  m.agent.stop();
  const next = m.restart();
  next.connect();
  await next.hear(asked(next, text, { proof, leaf: { session: OTHER_SESSION } }));
  expect([next.codes(), next.agent.session()]).toEqual([['operator_proof_required'], null]);
  next.resync();
  const again = signProof(OPERATOR_KEY, of, { nonce: 'm'.repeat(22), timestamp: iso(START) });
  await next.hear(asked(next, text, { proof: again, leaf: { session: OTHER_SESSION } }));
  expect(next.agent.session()).toBe(OTHER_SESSION);
});
