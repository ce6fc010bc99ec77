import { climb } from '@argus/kit/gate.ts';
import { deny, type ErrorCode } from '@argus/protocol/errors.ts';
import { expect, test } from 'vitest';
import { ladderSuite } from '../../test/ladder-suite.ts';
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

ladderSuite({ ladder: armLadder, good, broken });

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
