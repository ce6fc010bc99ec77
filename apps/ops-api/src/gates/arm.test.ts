import { climb } from '@argus/kit/gate.ts';
import { deny, type ErrorCode } from '@argus/protocol/errors.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { consentOf, OTHER_TENANT, START, TENANT, tenantOf } from '../../test/sample.ts';
import { armLadder, disarmLadder, type ArmFacts } from './arm.ts';

const good: ArmFacts = { tenant: tenantOf({ armed: null }), confirmed: TENANT, documentId: 'DOC-2026-014', now: START, waitMs: null, isShutting: false, stepUpProblem: null };

const broken: Record<string, readonly [Partial<ArmFacts>, ErrorCode]> = {
  turn: [{ waitMs: 1 }, 'rate_limited'],
  step_up: [{ stepUpProblem: deny('step_up_required') }, 'step_up_required'],
  tenant: [{ tenant: null }, 'tenant_not_found'],
  confirmed: [{ confirmed: OTHER_TENANT }, 'confirm_tenant_mismatch'],
  consent: [{ tenant: tenantOf({ consent: null }) }, 'tenant_consent_required'],
  document: [{ documentId: 'DOC-2026-015' }, 'consent_document_mismatch'],
};
const names = armLadder.map((gate) => gate.name);

test('on a good day every gate opens, and their names are the record', async () => {
  expect(await climb(armLadder, good)).toEqual({ passed: names, denial: null });
});

test('every gate has a row in the table above, in the same order', () => {
  expect(Object.keys(broken)).toEqual(names);
});

test.each(Object.entries(broken))('%s alone closes it, after every gate before it', async (name, [facts, code]) => {
  const { passed, denial } = await climb(armLadder, { ...good, ...facts });
  expect(denial?.code).toBe(code);
  expect(passed).toEqual(names.slice(0, names.indexOf(name)));
});

test('the first broken gate decides, whatever else is broken', async () => {
  await fc.assert(
    fc.asyncProperty(fc.subarray(names, { minLength: 1 }), async (which) => {
      const facts = Object.assign({}, good, ...names.filter((n) => which.includes(n)).toReversed().map((n) => broken[n]?.[0])) as ArmFacts;
      const first = names.find((name) => which.includes(name)) ?? '';
      expect((await climb(armLadder, facts)).denial?.code).toBe(broken[first]?.[1]);
    }),
  );
});

test('the document need not be named, and then the recorded one is asserted', async () => {
  expect((await climb(armLadder, { ...good, documentId: undefined })).denial).toBeNull();
});

test.each(['', TENANT.toLowerCase(), ` ${TENANT}`, `${TENANT}\n`])('%j does not confirm the tenant: it is typed exactly or not at all', async (confirmed) => {
  expect((await climb(armLadder, { ...good, confirmed })).denial?.code).toBe('confirm_tenant_mismatch');
});

test('an expired consent cannot be asserted', async () => {
  const tenant = tenantOf({ armed: null, consent: consentOf({ expiresAt: START }) });
  expect((await climb(armLadder, { ...good, tenant })).denial?.code).toBe('tenant_consent_required');
});

test.each(['tenant', 'confirmed'])('%s alone closes disarming too', async (name) => {
  const [facts, code] = broken[name] ?? expect.fail('no such row');
  expect((await climb(disarmLadder, { ...good, ...facts })).denial?.code).toBe(code);
});

/** Closing needs less than opening: whoever may arm may always disarm. */
test('disarming asks for the tenant and its confirmation, and never for consent or document', async () => {
  expect(disarmLadder.map((gate) => gate.name)).toEqual(['turn', 'tenant', 'confirmed']);
  expect((await climb(disarmLadder, { ...good, tenant: tenantOf({ consent: null }), documentId: 'another' })).denial).toBeNull();
  expect((await climb(disarmLadder, { ...good, confirmed: '' })).denial?.code).toBe('confirm_tenant_mismatch');
});

test.each([[1, 1], [999, 1], [1_000, 1], [1_001, 2], [59_999, 60], [60_000, 60]])('with %i ms to wait the answer says %i s: never less than is true', async (waitMs, seconds) => {
  expect((await climb(armLadder, { ...good, waitMs })).denial).toEqual({ code: 'rate_limited', facts: { retry_after_s: seconds } });
});

/** Guarantee: nobody can keep an open door from being shut by using up somebody's turns. */
test('without a turn, an open door is still shut, and nothing else is done', async () => {
  const open = { ...good, tenant: tenantOf(), waitMs: 1, isShutting: true };
  expect(await climb(disarmLadder, open)).toEqual({ passed: ['turn', 'tenant', 'confirmed'], denial: null });
  const others: readonly Partial<ArmFacts>[] = [{ tenant: tenantOf({ armed: null }) }, { tenant: null }, { confirmed: OTHER_TENANT }, { isShutting: false }];
  for (const facts of others) expect((await climb(disarmLadder, { ...open, ...facts })).denial?.code, JSON.stringify(facts)).toBe('rate_limited');
});
