import { isoTime, manualClock } from '@argus/kit/clock.ts';
import { err, ok } from '@argus/kit/result.ts';
import { deny } from '@argus/protocol/errors.ts';
import { ExplainActivation } from '@argus/protocol/http/explain.ts';
import { describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, factOf, INSTANCE, NODE, principalOf, secretHash, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import { activationLadder } from '../gates/activation.ts';
import { commandLadder } from '../gates/command.ts';
import { createCustody } from '../sessions/custody.ts';
import type { Principal } from '../people/principal.ts';
import { makeActivate } from './activate.ts';
import type { Caller } from './caller.ts';
import { makeExplain } from './explain.ts';
import { ACTIVATION_WORDS, COMMAND_WORDS } from './explain-words.ts';

async function ready() {
  const [stores, clock, random] = [memoryStores(), manualClock(START), seededRandom('explain')];
  const ledger = ledgerOver(stores.leaves, clock);
  await consentedAndArmed(ledger);
  const lines = { line: () => null };
  const common = { clock, instance: INSTANCE, random, secretHash, ledger, ...stores, lines, node: { id: NODE, epoch: 1 }, enabled: true, log: () => undefined };
  const custody = createCustody({ ...common, endings: stores.endings });
  const explain = makeExplain({ ...common, activation: makeActivate({ ...common, custody }) });
  const who: { is: Principal | null } = { is: principalOf() };
  const caller: Caller = { ip: '10.1.2.3', fromOperatorNetwork: true, opsTokenMatches: () => true, principal: async () => who.is };
  const request = ok(ExplainActivation.parse({ agent: AGENT, tenant_id: TENANT, reason: 'investigate alert', nonce: 'n'.repeat(22), timestamp: isoTime(START) }));
  const entered = async () => {
    const in_ = await explain.enter(caller);
    return in_.ok ? in_.value : expect.unreachable(in_.error.code);
  };
  return { stores, ledger, explain, caller, request, entered, who };
}

/** Guarantee: a body can take its time; who asks has to be somebody still when it has arrived. */
test('a token that is revoked while the body is on its way is told nothing', async () => {
  const { explain, caller, request, entered, who, stores } = await ready();
  const passed = await entered();
  who.is = null;
  expect(await explain.explain(caller, { entered: passed, request })).toMatchObject({ ok: false, error: { code: 'missing_role' } });
  expect(stores.rows('operator').at(-1)?.audit).toMatchObject({ action: 'activation_explained', outcome: 'refused', code: 'missing_role', operator: 'unauthenticated', reason: '(not read)' });
});

test('a session whose time is up is not in the way, and stays for whoever ends it', async () => {
  const { explain, caller, request, entered, ledger, stores } = await ready();
  const expired = sessionOf({ state: 'activating', createdAt: START - 31 * 60_000, expiresAt: START - 60_000 });
  await ledger.append(factOf({ outcome: 'ok' }), [{ do: 'open_session', session: expired }]);
  const said = await explain.explain(caller, { entered: await entered(), request });
  expect(said.ok && said.value.gates.find(({ gate }) => gate === 'free')).toMatchObject({ state: 'passed', found: ['the agent has no other session'] });
  expect((await stores.sessions.openOf(AGENT))?.id).toBe(expired.id);
});

test.each(['malformed_request', 'unsupported_media_type', 'body_too_large', 'method_not_allowed', 'rate_limited'] as const)('what is no question, %s, is refused as such and on record', async (code) => {
  const { explain, caller, entered, stores } = await ready();
  expect(await explain.explain(caller, { entered: await entered(), request: err(deny(code)) })).toMatchObject({ ok: false, error: { code } });
  expect(stores.rows('operator').at(-1)?.audit).toMatchObject({ action: 'activation_explained', outcome: 'refused', code, gates_passed: ['network', 'ops_token', 'credential', 'identity'] });
});

describe('every gate says what it looks at', () => {
  test.each([['activation', activationLadder, ACTIVATION_WORDS], ['command', commandLadder, COMMAND_WORDS]] as const)('of the %s ladder', (_name, ladder, words) => {
    const names = ladder.map(({ name }) => name);
    expect(Object.keys(words).toSorted()).toEqual(names.toSorted());
    for (const { looksAt } of Object.values(words)) expect(looksAt).toMatch(/^(Whether|Where|What|The|From) .*\.$/);
  });
});
