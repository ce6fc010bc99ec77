import { toHex } from '@argus/kit/bytes.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { newSessionToken } from '@argus/keys/secrets.ts';
import { signValue } from '@argus/keys/signature.ts';
import { RunCommand } from '@argus/protocol/http/shapes.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import { describe, expect, test } from 'vitest';
import { ledgerOver } from '../../test/ledger.ts';
import { AGENT, factOf, INSTANCE, principalOf, secretHash, seededRandom, sessionOf, START, TENANT } from '../../test/sample.ts';
import { consentedAndArmed, IDENTITY } from '../../test/tenants.ts';
import { memoryStores } from '../adapters/memory/stores.ts';
import type { CommandAsk, Link } from '../agents/link.ts';
import type { AgentReply } from '../agents/reply.ts';
import type { Deed } from '../ports.ts';
import type { Caller } from './caller.ts';
import { LOOK_YOUNG_MS } from '../people/once.ts';
import { makeCommand } from './command.ts';

const random = seededRandom('command');

/** A live session whose agent never answers: these tests are about what happens before a command leaves. */
async function live(answer: (ask: CommandAsk) => Result<AgentReply, Denial> = () => err(deny('command_timed_out'))) {
  const stores = memoryStores();
  const clock = manualClock(START);
  const ledger = ledgerOver(stores.leaves, clock);
  await consentedAndArmed(ledger);
  const session = sessionOf({ state: 'activating' });
  const token = newSessionToken(random);
  const doing = (deed: Deed) => ledger.append(factOf({ outcome: 'ok' }), [deed]);
  await doing({ do: 'open_session', session });
  await doing({ do: 'start_session', id: session.id, secretHash: secretHash('session_token', token) });
  const sent: string[] = [];
  const line = { identity: { publicKey: IDENTITY.publicKeyText }, command: async (ask: CommandAsk) => { sent.push('command'); return answer(ask); } } as unknown as Link; // all that a command uses
  const use = makeCommand({ clock, random, secretHash, instance: INSTANCE, ledger, sessions: stores.sessions, tenants: stores.tenants, requests: stores.requests, lines: { line: () => line }, custody: { isLive: () => true }, enabled: true, log: () => undefined });
  const caller: Caller = { ip: '10.1.2.3', fromOperatorNetwork: true, opsTokenMatches: () => false, principal: async () => principalOf() };
  const enter = async () => {
    const entered = await use.enter(caller, { tenantNamed: TENANT, sessionToken: token });
    if (!entered.ok) throw new Error(entered.error.code);
    return entered.value;
  };
  const request = ok(RunCommand.parse({ command: 'ping' }));
  const run = async (entered: Awaited<ReturnType<typeof enter>>) => {
    const answer = await use.command(caller, { entered, request });
    return answer.ok ? 'ok' : answer.error.code;
  };
  return { stores, clock, session, doing, enter, run, sent };
}

/** Guarantee: a body that trickles in for half a minute is judged by what is true when it is there, not by what was true when it began. */
describe('what changes while the body arrives counts', () => {
  const changes: readonly (readonly [string, (w: Awaited<ReturnType<typeof live>>) => Promise<unknown>, string])[] = [
    ['disarmed', ({ doing }) => doing({ do: 'disarm', tenant: TENANT }), 'tenant_not_armed'],
    ['consent withdrawn', ({ doing }) => doing({ do: 'withdraw_consent', tenant: TENANT, by: 'x', at: START }), 'tenant_consent_required'],
    ['session ended', ({ doing, session }) => doing({ do: 'end_session', id: session.id, at: START, by: 'deactivate' }), 'session_expired'],
    ['time up', async ({ clock }) => clock.setWall(START + 30 * 60_000), 'session_expired'],
  ];
  test.each(changes)('%s', async (_what, change, code) => {
    const w = await live();
    const entered = await w.enter();
    await change(w);
    await w.clock.advance(LOOK_YOUNG_MS + 1); // a body that was not there with its headers
    expect(await w.run(entered)).toBe(code);
    expect(w.sent).toEqual([]);
    expect(w.stores.rows(TENANT).filter((row) => row.audit.phase === 'intent')).toEqual([]);
  });

  test('nothing changed: the command leaves', async () => {
    const w = await live();
    expect(await w.run(await w.enter())).toBe('command_timed_out');
    expect(w.sent).toEqual(['command']);
  });
});

/** Guarantee: silence is not a refusal, also when it is the machine that says its time was up: the log says unknown. */
test.each([
  ['command_timed_out', 'unknown', 'command_timed_out'],
  ['bad_args', 'refused', 'bad_args'],
  ['unauthenticated', 'refused', 'agent_refused'], // else the console would sign its operator out
  ['step_up_required', 'refused', 'agent_refused'], // and ask for a second factor
])('a machine that signs %s leaves an outcome that is %s, and is answered as %s', async (signed_code, outcome, code) => {
  const w = await live(({ requestId, session, receipt }) => {
    const said = { code: signed_code, result_sha256: sha256Hex(''), at: '2026-03-01T12:00:05.000Z' };
    const signed = { instance: INSTANCE, tenant: TENANT, agent: AGENT, session, request_id: requestId, leaf_hash: toHex(receipt.leafHash), ...said };
    return ok({ text: '', end: { ...said, signature: signValue(IDENTITY, 'reply', signed) } });
  });
  expect(await w.run(await w.enter())).toBe(code);
  expect(w.stores.rows(TENANT).at(-1)?.audit).toMatchObject({ phase: 'outcome', outcome, code });
});
