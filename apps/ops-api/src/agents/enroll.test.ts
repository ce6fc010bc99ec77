import { fromBase64 } from '@argus/kit/bytes.ts';
import { isoTime, manualClock } from '@argus/kit/clock.ts';
import { signingKeyOf, type SigningKey } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { unseal } from '@argus/keys/seal.ts';
import { codeNamesLogKey } from '@argus/keys/secrets.ts';
import { signValue } from '@argus/keys/signature.ts';
import { EnrollAgent } from '@argus/protocol/http/shapes.ts';
import { mustId, type EnrollmentCode } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { AGENT, INSTANCE, LOG_KEY, MASTER_KEY, newId, OTHER_TENANT, principalOf, secretHash, seededRandom, START, TENANT } from '../../test/sample.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import { createCheckpoints } from '../ledger/checkpoints.ts';
import { createLedger } from '../ledger/ledger.ts';
import type { Deed } from '../ports.ts';
import { CODE_VALID_MS, makeEnroll, SAME_KEY_RETRY_MS } from './enroll.ts';

const actor = { principal: principalOf(), ip: '10.1.2.3' };
const machineKey = signingKeyOf(new Uint8Array(32).fill(1));
const otherKey = signingKeyOf(new Uint8Array(32).fill(2));
const FROM = '198.51.100.4';

async function desk({ revokedAt = null as number | null } = {}) {
  const stores = memoryStores();
  const clock = manualClock(START);
  const checkpoints = createCheckpoints(INSTANCE, LOG_KEY);
  const ledger = createLedger({ store: stores.leaves, checkpoints, instance: INSTANCE, clock, newId });
  const doing = (deed: Deed) => ledger.append({ at: START, type: 'tenant_created', phase: 'fact', tenant: TENANT, operator: 'x', by: 'operator', reason: 'test', outcome: 'ok' }, [deed]);
  for (const id of [TENANT, OTHER_TENANT]) await doing({ do: 'create_tenant', id, name: 'x', at: START });
  const agents = { ...stores.agents, byId: async (id: typeof AGENT) => { const agent = await stores.agents.byId(id); return agent && { ...agent, revokedAt }; } };
  const use = makeEnroll({ clock, random: seededRandom('enroll'), masterKey: MASTER_KEY, secretHash, instance: INSTANCE, logPublicKey: LOG_KEY.publicKey, ledger, tenants: stores.tenants, agents, log: () => undefined });
  const issue = async (over: { agent_id?: typeof AGENT; public_key?: string } = {}, tenant = TENANT) => {
    const issued = await use.issueCode(actor, tenant, { agent_id: AGENT, ...over });
    return issued.ok ? issued.value.enrollment_code : issued.error.code;
  };
  const bodyOf = (code: string, { key = machineKey, claims = key, at = clock.now(), over = {} }: { key?: SigningKey; claims?: SigningKey; at?: number; over?: Record<string, unknown> } = {}) => {
    const signed = { code_sha256: sha256Hex(code), public_key: claims.publicKeyText, at: isoTime(at) };
    return EnrollAgent.parse({ code, public_key: claims.publicKeyText, at: isoTime(at), signature: signValue(key, 'enroll', signed), agent_version: '1.4.0', platform: 'linux', ...over });
  };
  const enroll = async (code: string, how: Parameters<typeof bodyOf>[1] = {}) => use.enroll(FROM, bodyOf(code, how));
  return { stores, clock, doing, use, issue, enroll, bodyOf, checkpoints, last: (tree: typeof TENANT | 'operator' = TENANT) => stores.rows(tree).at(-1)?.audit };
}
const codeOf = (result: { ok: boolean; error?: { code: string } }) => (result.ok ? 'ok' : result.error?.code);

describe('an enrollment code', () => {
  test('names the log key, is stored as a hash, lasts a day, and is on record without itself', async () => {
    const { stores, issue, last } = await desk();
    const code = await issue();
    expect(codeNamesLogKey(code as EnrollmentCode, LOG_KEY.publicKey)).toBe(true);
    expect((await stores.agents.codeByHash(secretHash('enrollment_code', code)))?.row.expiresAt).toBe(START + CODE_VALID_MS);
    expect(last()).toMatchObject({ action: 'agent_enrollment_code_created', agent_id: AGENT });
    expect(JSON.stringify(stores.rows(TENANT).map((row) => [row.audit, row.bytes]))).not.toContain(code);
  });
  test('is not made for a tenant that does not exist, nor for an id another tenant has, a machine has enrolled as, or that was revoked', async () => {
    const { issue, enroll } = await desk();
    expect(await issue({}, mustId('tenant', 'NOBODY'))).toBe('tenant_not_found');
    const code = await issue();
    expect(await issue({}, OTHER_TENANT)).toBe('agent_exists');
    expect(codeOf(await enroll(code))).toBe('ok');
    expect(await issue()).toBe('agent_exists');
  });
  test('is neither made nor taken for a revoked id: it is spent for good', async () => {
    const { issue, use } = await desk({ revokedAt: START });
    expect(await issue()).not.toBe('agent_exists');
    expect(codeOf(await use.issueCode(actor, TENANT, { agent_id: AGENT }))).toBe('agent_exists');
  });
});

/** Guarantee: with the agent die all its codes, those that nobody used and the one that a machine may ask about again. */
describe('after the agent was revoked', () => {
  test.each([
    ['an open code', async (d: Awaited<ReturnType<typeof desk>>) => d.issue()],
    ['a code this very machine has used', async (d: Awaited<ReturnType<typeof desk>>) => { const code = await d.issue(); expect(codeOf(await d.enroll(code))).toBe('ok'); return code; }],
  ])('%s gives nothing, and whoever tries is on record', async (_what, arrange) => {
    const d = await desk();
    const code = await arrange(d);
    await d.doing({ do: 'revoke_agent', agent: AGENT, at: START });
    expect(await d.enroll(code)).toMatchObject({ ok: false, error: { code: 'enrollment_refused' } });
    expect(d.last()).toMatchObject({ action: 'agent_enrollment_refused', agent_id: AGENT, outcome: 'refused' });
    expect(await d.issue()).toBe('agent_exists');
  });
});

describe('enrolling', () => {
  test('gives the machine its passkey, the log key and a checkpoint with its enrollment in it; we keep the passkey sealed', async () => {
    const { stores, issue, enroll, checkpoints, last } = await desk();
    const answer = await enroll(await issue());
    if (!answer.ok) throw new Error(answer.error.internal);
    const passkey = fromBase64(answer.value.passkey) ?? new Uint8Array();
    expect(answer.value).toMatchObject({ instance: INSTANCE, tenant_id: TENANT, agent_id: AGENT });
    expect(checkpoints.open(TENANT, answer.value.checkpoint)?.size).toBe(stores.rows(TENANT).length);
    const agent = await stores.agents.byId(AGENT);
    const purpose = { purpose: 'passkey', tenant: TENANT, agent: AGENT } as const;
    const sealed = agent?.keys?.sealedPasskey ?? new Uint8Array();
    expect(Buffer.from(unseal(MASTER_KEY, sealed, purpose) ?? [])).toEqual(Buffer.from(passkey));
    expect(unseal(MASTER_KEY, sealed, { ...purpose, tenant: OTHER_TENANT })).toBeNull();
    expect(last()).toMatchObject({ action: 'agent_enrolled', ip: FROM, args: { public_key: machineKey.publicKeyText } });
    expect(JSON.stringify(stores.rows(TENANT).map((row) => [row.audit, row.bytes]))).not.toContain(answer.value.passkey);
  });

  const refused: readonly (readonly [string, (d: Awaited<ReturnType<typeof desk>>) => Promise<readonly [string, Parameters<Awaited<ReturnType<typeof desk>>['bodyOf']>[1]?]>, string, 'known' | 'unknown'])[] = [
    ['a code nobody made', async () => [`enr_${'a'.repeat(43)}`], 'no such code', 'unknown'],
    ['a code that expired this millisecond', async (d) => { const code = await d.issue(); await d.clock.advance(CODE_VALID_MS); return [code]; }, 'expired', 'known'],
    ['a code meant for another key', async (d) => [await d.issue({ public_key: otherKey.publicKeyText })], 'another key', 'known'],
    ['a code another key has used', async (d) => { const code = await d.issue(); await d.enroll(code); return [code, { key: otherKey }]; }, 'another key', 'known'],
    ['a code the same key used too long ago', async (d) => { const code = await d.issue(); await d.enroll(code); await d.clock.advance(SAME_KEY_RETRY_MS + 1); return [code]; }, 'used before', 'known'],
    ['a key whose other half is somebody else\'s', async (d) => [await d.issue(), { key: otherKey, claims: machineKey }], 'not proved', 'known'],
    ['a proof that is old', async (d) => [await d.issue(), { at: START - 600_001 }], 'not proved', 'known'],
    ['a proof from the future', async (d) => [await d.issue(), { at: START + 600_001 }], 'not proved', 'known'],
    ['a proof for another code', async (d) => { const code = await d.issue(); return [code, { over: { signature: d.bodyOf(`enr_${'b'.repeat(43)}`).signature } }]; }, 'not proved', 'known'],
    ['a second code, after a first was used for the same id', async (d) => { const [one, two] = [await d.issue(), await d.issue()]; await d.enroll(one); return [two, { key: otherKey }]; }, 'a moment ago', 'known'],
  ];
  /** Guarantee: one answer for all of them; the record says which it was, in the tenant's own log when the code is real. */
  test.each(refused)('with %s is refused with one answer, and on record', async (_what, arrange, why, known) => {
    const d = await desk();
    const [code, how] = await arrange(d);
    const before = (await d.stores.agents.byId(AGENT))?.keys?.publicKey;
    const answer = await d.enroll(code, how ?? {});
    expect(answer).toMatchObject({ ok: false, error: { code: 'enrollment_refused' } });
    expect(answer.ok || answer.error.facts).toBeUndefined();
    const row = d.last(known === 'known' ? TENANT : 'operator');
    expect(row).toMatchObject({ action: 'agent_enrollment_refused', outcome: 'refused', code: 'enrollment_refused', ip: FROM, reason: expect.stringContaining(why) });
    expect((await d.stores.agents.byId(AGENT))?.keys?.publicKey).toBe(before);
  });

  test('again with the same key, within ten minutes, gives the same passkey and enrolls nothing twice', async () => {
    const d = await desk();
    const code = await d.issue();
    const first = await d.enroll(code);
    const rows = d.stores.rows(TENANT).length;
    await d.clock.advance(SAME_KEY_RETRY_MS);
    const second = await d.enroll(code);
    expect(second.ok && first.ok && second.value.passkey === first.value.passkey).toBe(true);
    expect(d.stores.rows(TENANT)).toHaveLength(rows);
  });

  test('twice at once with the same key is one enrollment, and no alarm', async () => {
    const d = await desk();
    const code = await d.issue();
    const both = await Promise.all([d.enroll(code), d.enroll(code)]);
    expect(both.map((answer) => (answer.ok ? answer.value.passkey : answer.error.code))).toEqual([both[0].ok && both[0].value.passkey, both[0].ok && both[0].value.passkey]);
    expect(d.stores.rows(TENANT).filter((row) => row.audit.action === 'agent_enrollment_refused')).toEqual([]);
  });

  test('twice at once with two keys is one enrollment, and one refusal on record', async () => {
    const d = await desk();
    const code = await d.issue();
    const both = await Promise.all([d.enroll(code), d.enroll(code, { key: otherKey })]);
    expect(both.map(codeOf)).toEqual(['ok', 'enrollment_refused']);
    expect(d.last()).toMatchObject({ action: 'agent_enrollment_refused' });
    expect((await d.stores.agents.byId(AGENT))?.keys?.publicKey).toBe(machineKey.publicKeyText);
  });
});
