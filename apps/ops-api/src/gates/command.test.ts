import { climb } from '@argus/kit/gate.ts';
import { err, ok } from '@argus/kit/result.ts';
import { COMMANDS, parseCall } from '@argus/protocol/commands/index.ts';
import { deny, type ErrorCode } from '@argus/protocol/errors.ts';
import { RunCommand } from '@argus/protocol/http/shapes.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { expect, test } from 'vitest';
import { breaking, ladderSuite } from '../../test/ladder-suite.ts';
import { AGENT, consentOf, OTHER_TENANT, principalOf, sessionOf, START, TENANT, tenantOf } from '../../test/sample.ts';
import type { SessionInContext } from '../ports.ts';
import { COMMAND_RUNGS_BEFORE_BODY, commandLadder, type CommandFacts } from './command.ts';

const sent = (over: Record<string, unknown> = {}) => ok(RunCommand.parse({ command: 'agent_info', ...over }));
const inContext = (session: Partial<SessionInContext['session']> = {}, tenant: Parameters<typeof tenantOf>[0] = {}) => async () =>
  ({ session: { ...sessionOf(), ...session }, tenant: tenantOf(tenant) }) as SessionInContext; // a partial of either state

const good: CommandFacts = {
  fromOperatorNetwork: true,
  principal: async () => principalOf(),
  enabled: true,
  session: inContext(),
  tenantNamed: TENANT,
  now: START,
  request: () => sent(),
  call: () => parseCall('agent_info', {}),
};

const broken: Record<string, readonly [Partial<CommandFacts>, ErrorCode]> = {
  network: [{ fromOperatorNetwork: false, access: undefined }, 'ip_not_allowlisted'],
  credential: [{ principal: async () => null }, 'missing_role'],
  identity: [{ fromOperatorNetwork: false, access: () => ok({ email: 'mallory@argus.example' }) }, 'identity_mismatch'],
  enabled: [{ enabled: false }, 'remote_support_disabled'],
  session: [{ session: async () => null }, 'session_not_found'],
  operator: [{ principal: async () => principalOf({ operator: 'eve@argus.example' }) }, 'session_mismatch'],
  request: [{ request: () => err(deny('bad_request')) }, 'bad_request'],
  bound: [{ tenantNamed: OTHER_TENANT }, 'session_mismatch'],
  consent: [{ session: inContext({}, { consent: null }) }, 'tenant_consent_required'],
  armed: [{ session: inContext({}, { armed: null }) }, 'tenant_not_armed'],
  known: [{ call: () => parseCall('rm_rf', {}) }, 'command_not_allowlisted'],
  covered: [{ session: inContext({}, { consent: consentOf({ scope: { commands: ['ping'] } }) }) }, 'consent_scope_exceeded'],
  args: [{ call: () => parseCall('agent_info', { path: '/etc/passwd' }) }, 'bad_args'],
};
const names = commandLadder.map((gate) => gate.name);

const withBroken = breaking({ ladder: commandLadder, good, broken });

ladderSuite({ ladder: commandLadder, good, broken });

/** Guarantee: an unlisted caller gets one answer, and neither credential nor session is looked at for it. */
test('an unlisted caller touches nothing', async () => {
  const asked: string[] = [];
  const spied = Object.fromEntries(
    Object.entries(withBroken(names)).map(([name, fact]) => [name, typeof fact === 'function' ? () => asked.push(name) : fact]),
  ) as unknown as CommandFacts; // every function fact only counts
  expect((await climb(commandLadder, spied)).denial).toEqual({ code: 'ip_not_allowlisted' });
  expect(asked).toEqual([]);
});

test('the rungs before the body ask for nothing in it, and look at the session', async () => {
  const unread = () => { throw new Error('asked too early'); };
  const { passed } = await climb(commandLadder.slice(0, COMMAND_RUNGS_BEFORE_BODY), { ...good, request: unread, call: unread });
  expect(passed).toEqual(['network', 'credential', 'identity', 'enabled', 'session', 'operator']);
});

const sessions: readonly (readonly [string, Partial<CommandFacts>, ErrorCode | undefined])[] = [
  ['activating: its token was not shown yet', { session: inContext({ state: 'activating' }) }, 'session_not_found'],
  ['of a tenant the credential may not see', { principal: async () => principalOf({ tenants: [OTHER_TENANT] }) }, 'session_not_found'],
  ['ended', { session: inContext({ state: 'ended', endedAt: START, endedBy: 'deactivate' }) }, 'session_expired'],
  ['past its time, to the millisecond', { session: inContext({ expiresAt: START }) }, 'session_expired'],
  ['in its last millisecond', { session: inContext({ expiresAt: START + 1 }) }, undefined],
];
test.each(sessions)('a session that is %s', async (_what, facts, code) => {
  expect((await climb(commandLadder, { ...good, ...facts })).denial?.code).toBe(code);
});

const strangers: readonly (readonly [string, Partial<CommandFacts>])[] = [
  ['another operator', { principal: async () => principalOf({ operator: 'eve@argus.example' }) }],
  ['the same operator with another token', { principal: async () => principalOf({ tokenId: mustId('token', `tok_${'b'.repeat(20)}`) }) }],
  ['a body that names another agent', { request: () => sent({ agent_id: 'agent_other_001' }) }],
  ['an address that names another tenant', { tenantNamed: OTHER_TENANT }],
  ['an address that names no tenant', { tenantNamed: '' }],
  ['a tenant id in another case', { tenantNamed: TENANT.toLowerCase() }],
];
test.each(strangers)('a session token in the hands of %s is a mismatch', async (_who, facts) => {
  expect((await climb(commandLadder, { ...good, ...facts })).denial?.code).toBe('session_mismatch');
});

test('a body may name the session\'s own agent', async () => {
  expect((await climb(commandLadder, { ...good, request: () => sent({ agent_id: AGENT }) })).denial).toBeNull();
});

test('a consent that names commands covers those and no other', async () => {
  const context = inContext({}, { consent: consentOf({ scope: { commands: ['ping'] } }) });
  const codes: Record<string, string | null> = {};
  for (const { name } of COMMANDS)
    codes[name] = (await climb(commandLadder, { ...good, session: context, request: () => sent({ command: name }), call: () => parseCall(name, {}) })).denial?.code ?? null;
  expect(codes).toEqual(Object.fromEntries(COMMANDS.map(({ name }) => [name, name === 'ping' ? null : 'consent_scope_exceeded'])));
});

test('a consent that names no command covers none; one that names only cameras covers all', async () => {
  const denialWith = async (scope: NonNullable<ReturnType<typeof consentOf>['scope']>) =>
    (await climb(commandLadder, { ...good, session: inContext({}, { consent: consentOf({ scope }) }) })).denial?.code;
  expect(await denialWith({ commands: [] })).toBe('consent_scope_exceeded');
  expect(await denialWith({ cameras: [] })).toBeUndefined();
});

const hoursWith = (from: string, to: string) => ({ time_zone: 'UTC', windows: [{ days: ['sun' as const], from, to }] }); // START is a Sunday at noon
const outside: readonly (readonly [string, NonNullable<ReturnType<typeof consentOf>['scope']>, string | null])[] = [
  ['for these hours', { hours: hoursWith('08:00', '18:00') }, null],
  ['whose hours ended while the session went on', { hours: hoursWith('08:00', '12:00') }, 'the consent is for other hours; the next begin at 2026-03-08T08:00:00.000Z'],
  ['for this agent', { agents: [AGENT] }, null],
  ['that was replaced by one for other agents', { agents: [] }, 'the consent names other agents'],
  ['for other commands', { commands: ['ping'] }, 'the consent names other commands'],
];
test.each([
  ['the header X-Argus-Session is missing', ['the header X-Argus-Session is missing']],
  [undefined, undefined],
])('a session that is not found, where %s', async (sessionProblem, problems) => {
  const { denial } = await climb(commandLadder, { ...good, session: async () => null, sessionProblem });
  expect([denial?.code, denial?.facts?.problems]).toEqual(['session_not_found', problems]);
});
test('a consent that is over is said to be', async () => {
  const { denial } = await climb(commandLadder, { ...good, session: inContext({}, { consent: consentOf({ expiresAt: START }) }) });
  expect(denial).toEqual({ code: 'tenant_consent_required', facts: { problems: ['the consent expired at 2026-03-01T12:00:00.000Z'] } });
});
test.each(outside)('a consent %s', async (_what, scope, problem) => {
  const { denial } = await climb(commandLadder, { ...good, session: inContext({}, { consent: consentOf({ scope }) }) });
  expect(denial).toEqual(problem === null ? null : { code: 'consent_scope_exceeded', facts: { problems: [problem] } });
});
