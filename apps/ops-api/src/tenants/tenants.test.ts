import { isoTime, manualClock } from '@argus/kit/clock.ts';
import { ConsentScope } from '@argus/protocol/consent-scope.ts';
import { RecordConsent } from '@argus/protocol/http/shapes.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { mustId, type TenantId } from '@argus/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, agentNamed, consentOf, DAY_MS, INSTANCE, OTHER_TENANT, principalOf, START, TENANT, tenantOf } from '../../test/sample.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import type { Ending } from '../sessions/custody.ts';
import { makeArm } from './arm.ts';
import { makeConsent } from './consent.ts';
import { makeShowTenant } from './show.ts';
import { makeTenants } from './create.ts';
import { ARMED_DAYS, carriedScope, consentedUntil, isArmed, isConsentStanding, outsideConsent, tenantView } from './tenant.ts';

const actor = { principal: principalOf({ operator: 'ana@argus.example' }), ip: '10.1.2.3' };

function desk() {
  const stores = memoryStores();
  const clock = manualClock(START);
  const ended: (readonly [TenantId, Ending, boolean])[] = [];
  const state = { isDown: false };
  const store = { ...stores.leaves, commit: async (batch: Parameters<typeof stores.leaves.commit>[0]) => { if (state.isDown) throw new Error('gone'); return stores.leaves.commit(batch); } };
  const ledger = ledgerOver(store, clock);
  // What custody sees when it is asked: is the door shut by then?
  const custody = { beginClosing: () => () => undefined, endAllOfTenant: async (id: TenantId, ending: Ending) => void ended.push([id, ending, (await stores.tenants.byId(id))?.armed !== null]) };
  const deps = { clock, instance: INSTANCE, ledger, tenants: stores.tenants, arming: stores.arming, custody, log: () => undefined };
  return { stores, clock, ended, state, tenants: makeTenants(deps), show: makeShowTenant({ ...deps, agents: stores.agents }), consent: makeConsent(deps), arm: makeArm(deps), last: (tree: TenantId | 'operator' = TENANT) => stores.rows(tree).at(-1)?.audit };
}
const signed = (over: Record<string, unknown> = {}) =>
  RecordConsent.parse({ document_id: 'DOC-2026-014', document_sha256: 'ab'.repeat(32), signed_at: isoTime(START - DAY_MS), signer: { name: 'Kim Park', email: 'kim@tenant.example' }, ...over });
const armBody = (over: Record<string, unknown> = {}) => ({ reason: 'contract 2026', confirm_tenant_id: TENANT, ...over });
async function created() {
  const d = desk();
  await d.tenants.create(actor, { id: TENANT, name: 'Seven Eleven' });
  return d;
}
async function consented() {
  const d = await created();
  await d.consent.record(actor, TENANT, signed());
  d.ended.length = 0;
  return d;
}
const codeOf = (result: { ok: boolean; error?: { code: string } }) => (result.ok ? 'ok' : result.error?.code);

describe('a new tenant', () => {
  test('begins with the entry that made it', async () => {
    const d = await created();
    expect(d.stores.rows(TENANT)).toHaveLength(1);
    expect(d.last()).toMatchObject({ action: 'tenant_created', outcome: 'ok', operator: 'ana@argus.example', ip: '10.1.2.3' });
    expect(await d.show(TENANT)).toMatchObject({ ok: true, value: { consent: 'missing', armed: false, armed_until: null } });
  });
  test('takes an id once, and of two at once one gets it', async () => {
    const d = desk();
    const both = await Promise.all([d.tenants.create(actor, { id: TENANT, name: 'One' }), d.tenants.create(actor, { id: TENANT, name: 'Two' })]);
    expect(both.map(codeOf)).toEqual(['ok', 'tenant_exists']);
    expect(codeOf(await d.tenants.create(actor, { id: TENANT, name: 'Three' }))).toBe('tenant_exists');
    expect((await d.stores.tenants.byId(TENANT))?.name).toBe('One');
  });
  test('is not made by a credential for other tenants', async () => {
    const other = { ...actor, principal: principalOf({ tenants: [OTHER_TENANT] }) };
    expect(codeOf(await desk().tenants.create(other, { id: TENANT, name: 'x' }))).toBe('missing_role');
  });
  test('is not there when the log cannot be written', async () => {
    const d = desk();
    d.state.isDown = true;
    expect(codeOf(await d.tenants.create(actor, { id: TENANT, name: 'x' }))).toBe('audit_unavailable');
    expect(await d.stores.tenants.byId(TENANT)).toBeNull();
  });
});

describe('consent', () => {
  test('is recorded with an entry that pins every field of it', async () => {
    const d = await consented();
    expect(d.last()).toMatchObject({
      action: 'consent_recorded', operator: 'ana@argus.example',
      args: { document_id: 'DOC-2026-014', document_sha256: 'ab'.repeat(32), signed_at: isoTime(START - DAY_MS), signer_name: 'Kim Park', signer_email: 'kim@tenant.example', expires_at: 'never', scope: 'everything' },
    });
    const tenant = await d.stores.tenants.byId(TENANT);
    expect(tenant && isConsentStanding(tenant, START)).toBe(true);
  });

  const wide = (n: number) => ConsentScope.parse({ commands: ['ping'], cameras: Array.from({ length: n }, (_, i) => `cam_${i}_${'x'.repeat(50)}`.slice(0, 64)) });
  /** Guarantee: whatever may be recorded has an entry that can be read, and stands. */
  test.each([0, 1, 15, 16, 17, 300, 900])('that names %i cameras stands, and pins each of them', async (n) => {
    const d = await created();
    expect(codeOf(await d.consent.record(actor, TENANT, signed({ scope: wide(n) })))).toBe('ok');
    const tenant = await d.stores.tenants.byId(TENANT);
    expect(tenant && isConsentStanding(tenant, START)).toBe(true);
    const [consent, consentLeaf] = [tenant?.consent ?? null, tenant?.consentLeaf ?? null];
    if (!tenant || !consent) throw new Error('it was recorded');
    const wider = { ...consent, scope: { ...wide(n), cameras: [...(wide(n).cameras ?? []), mustId('camera', 'one_more')] } };
    expect(isConsentStanding({ ...tenant, consent: wider, consentLeaf }, START)).toBe(false);
  });

  const refused: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ['signed in the future', { signed_at: isoTime(START + 1) }, 'signed_at: is in the future'],
    ['that has expired', { expires_at: isoTime(START - 1) }, 'expires_at: is not in the future'],
    ['that expires this very moment', { expires_at: isoTime(START) }, 'expires_at: is not in the future'],
  ];
  test.each(refused)('%s is not recorded', async (_what, over, problem) => {
    const d = await created();
    expect(await d.consent.record(actor, TENANT, signed(over))).toMatchObject({ ok: false, error: { code: 'bad_request', facts: { problems: [problem] } } });
    expect((await d.stores.tenants.byId(TENANT))?.consent).toBeNull();
  });

  test('of nobody is of nobody', async () => {
    expect(codeOf(await desk().consent.record(actor, TENANT, signed()))).toBe('tenant_not_found');
    expect(codeOf(await desk().consent.withdraw(actor, TENANT, { reason: 'ended' }))).toBe('tenant_not_found');
  });

  /** Guarantee: when sessions are looked for, the door is shut already: none slips in behind. */
  test('withdrawn: disarmed first, then the live sessions end', async () => {
    const d = await consented();
    await d.arm.arm(actor, TENANT, armBody());
    expect(codeOf(await d.consent.withdraw(actor, TENANT, { reason: 'contract ended' }))).toBe('ok');
    expect(d.ended).toEqual([[TENANT, { by: 'consent_withdrawn', actor: 'operator', operator: 'ana@argus.example', ip: '10.1.2.3' }, false]]);
    expect(await d.stores.tenants.byId(TENANT)).toMatchObject({ consent: null, armed: null });
  });

  test('replaced by another: disarmed first, then the live sessions end; the very same again does nothing', async () => {
    const d = await consented();
    await d.arm.arm(actor, TENANT, armBody());
    expect(codeOf(await d.consent.record(actor, TENANT, signed()))).toBe('ok');
    expect([d.ended, (await d.stores.tenants.byId(TENANT))?.armed]).toEqual([[], expect.anything()]);
    expect(codeOf(await d.consent.record(actor, TENANT, signed({ document_id: 'DOC-2' })))).toBe('ok');
    expect(d.ended).toEqual([[TENANT, { by: 'disarmed', actor: 'operator', operator: 'ana@argus.example', ip: '10.1.2.3' }, false]]);
  });

  test('that a hand has edited in its row is recorded anew, also when it is the very same', async () => {
    const d = await consented();
    const { byId } = d.stores.tenants;
    d.stores.tenants.byId = async (id) => { const t = await byId(id); return t && { ...t, consent: consentOf({ documentId: 'DOC-2' }) }; };
    await d.consent.record(actor, TENANT, signed());
    expect(d.stores.rows(TENANT).filter(({ audit }) => audit.action === 'consent_recorded')).toHaveLength(2);
  });

  test('that cannot be logged is neither recorded nor withdrawn, and ends nothing', async () => {
    const d = await consented();
    d.state.isDown = true;
    expect(codeOf(await d.consent.withdraw(actor, TENANT, { reason: 'contract ended' }))).toBe('audit_unavailable');
    expect(codeOf(await d.consent.record(actor, TENANT, signed({ document_id: 'DOC-2' })))).toBe('audit_unavailable');
    expect(d.ended).toEqual([]);
    expect((await d.stores.tenants.byId(TENANT))?.consent?.documentId).toBe('DOC-2026-014');
  });

  const use = (name: string) => ({ agent: AGENT, at: START, command: { name, args: {} } });
  test('covers what it names, and everything when it names nothing', () => {
    const some = consentOf({ scope: { commands: ['ping'], agents: [AGENT] } });
    expect([outsideConsent(consentOf(), use('ping')), outsideConsent(some, use('ping'))]).toEqual([null, null]);
    expect([outsideConsent(some, use('agent_info')), outsideConsent(some, use('PING')), outsideConsent(some, { ...use('ping'), agent: agentNamed('other') })]).toEqual(['the consent names other commands', 'the consent names other commands', 'the consent names other agents']);
  });

  /** Guarantee: a session ends with what was signed for, whatever its time box says. */
  test('lasts until the box is over, the hours end or the consent expires, whichever comes first', () => {
    const box = { from: START, until: START + 30 * 60_000 };
    const hours = { time_zone: 'UTC', windows: [{ days: ['sun' as const], from: '11:00', to: '12:20' }] };
    expect(consentedUntil(consentOf(), box)).toBe(box.until);
    expect(consentedUntil(consentOf({ scope: { hours } }), box)).toBe(START + 20 * 60_000);
    expect(consentedUntil(consentOf({ expiresAt: START + 1_000 }), box)).toBe(START + 1_000);
    expect(consentedUntil(consentOf({ scope: { hours }, expiresAt: START + 1_000 }), box)).toBe(START + 1_000);
  });

  test('reaches a machine as its text, or as its digest with the text beside it when it is long', () => {
    expect(carriedScope(consentOf())).toEqual({ pinned: 'everything', text: undefined });
    expect(carriedScope(consentOf({ scope: { commands: ['ping'] } }))).toEqual({ pinned: '{"commands":["ping"]}', text: undefined });
    const { pinned, text } = carriedScope(consentOf({ scope: wide(300) }));
    expect(pinned).toEqual({ sha256: sha256Hex(text ?? '') });
    expect(JSON.parse(text ?? '')).toEqual(wide(300));
  });
});

describe('arming', () => {
  test('opens the tenant for thirty days, to the millisecond', async () => {
    const d = await consented();
    const answer = await d.arm.arm(actor, TENANT, armBody());
    const until = START + ARMED_DAYS * DAY_MS;
    expect(answer).toMatchObject({ ok: true, value: { armed: true, armed_until: isoTime(until), consent: 'signed' } });
    const tenant = await d.stores.tenants.byId(TENANT);
    expect(tenant && [isArmed(tenant, until - 1), isArmed(tenant, until)]).toEqual([true, false]);
    expect(d.last()).toMatchObject({ action: 'tenant_armed', outcome: 'ok', reason: 'contract 2026', gates_passed: ['turn', 'step_up', 'tenant', 'confirmed', 'consent', 'document'] });
  });

  const refusals: readonly (readonly [string, () => ReturnType<typeof created>, TenantId, Record<string, unknown>, string])[] = [
    ['nobody', async () => desk(), TENANT, {}, 'tenant_not_found'],
    ['another than was typed', consented, TENANT, { confirm_tenant_id: OTHER_TENANT }, 'confirm_tenant_mismatch'],
    ['without consent', created, TENANT, {}, 'tenant_consent_required'],
    ['with another document', consented, TENANT, { document_id: 'DOC-1' }, 'consent_document_mismatch'],
  ];
  test.each(refusals)('%s is refused, and on record', async (_what, make, id, over, code) => {
    const d = await make();
    expect(codeOf(await d.arm.arm(actor, id, armBody(over)))).toBe(code);
    const tree = code === 'tenant_not_found' ? 'operator' : TENANT;
    expect(d.last(tree)).toMatchObject({ action: 'tenant_armed', outcome: 'refused', code });
    expect((await d.stores.tenants.byId(TENANT))?.armed ?? null).toBeNull();
  });

  test('when consent goes away in between is refused by the store, not by luck', async () => {
    const d = await consented();
    const [armed] = await Promise.all([d.arm.arm(actor, TENANT, armBody()), d.consent.withdraw(actor, TENANT, { reason: 'contract ended' })]);
    expect(['ok', 'tenant_consent_required']).toContain(codeOf(armed));
    expect((await d.stores.tenants.byId(TENANT))?.armed).toBeNull();
  });

  test('disarmed: the door first, then the sessions, only this tenant\'s', async () => {
    const d = await consented();
    await d.arm.arm(actor, TENANT, armBody());
    expect(await d.arm.disarm(actor, TENANT, armBody())).toMatchObject({ ok: true, value: { armed: false, consent: 'signed' } });
    expect(d.ended).toEqual([[TENANT, expect.objectContaining({ by: 'disarmed' }), false]]);
  });

  test('disarming that is refused ends nothing', async () => {
    const d = await consented();
    await d.arm.arm(actor, TENANT, armBody());
    expect(codeOf(await d.arm.disarm(actor, TENANT, armBody({ confirm_tenant_id: 'x' })))).toBe('confirm_tenant_mismatch');
    d.state.isDown = true;
    expect(codeOf(await d.arm.disarm(actor, TENANT, armBody()))).toBe('audit_unavailable');
    expect(d.ended).toEqual([]);
  });
});

test('a view says what stands now, not what was written once', () => {
  const views = [
    tenantView(tenantOf(), START), tenantView(tenantOf({ consent: null, armed: null }), START), tenantView(tenantOf({ consent: consentOf({ expiresAt: START }) }), START),
    tenantView(tenantOf({ consentLeaf: null }), START), tenantView(tenantOf(), START + 40 * DAY_MS),
  ];
  expect(views.map((v) => [v.consent, v.armed])).toEqual([['signed', true], ['missing', false], ['expired', true], ['expired', true], ['signed', false]]);
});
