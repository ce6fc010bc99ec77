import { isoTime } from '@argus/kit/clock.ts';
import { climb } from '@argus/kit/gate.ts';
import { err, ok } from '@argus/kit/result.ts';
import { deny, type ErrorCode } from '@argus/protocol/errors.ts';
import { RevokeAgent } from '@argus/protocol/http/shapes.ts';
import { expect, test } from 'vitest';
import { ladderSuite } from '../../test/ladder-suite.ts';
import { agentOf, OTHER_TENANT, principalOf, START, TENANT, unconfirmed } from '../../test/sample.ts';
import { SCOPES, type Scope } from '../people/principal.ts';
import { activationLadder } from './activation.ts';
import { network } from './factors.ts';
import { REVOKE_RUNGS_BEFORE_BODY, revokeLadder, type RevokeFacts } from './revoke.ts';
import { FRESH_MS } from './request.ts';

const sent = { tenant_id: TENANT, reason: 'stolen from the lobby', confirm: true, nonce: 'n'.repeat(22), timestamp: isoTime(START) };
const body = (over: Record<string, unknown> = {}) => RevokeAgent.parse({ ...sent, ...over });

const good: RevokeFacts = {
  fromOperatorNetwork: true,
  opsTokenMatches: () => true,
  principal: async () => principalOf(),
  enabled: true,
  request: () => ok(body()),
  now: START,
  agent: async () => agentOf(),
  burnNonce: async () => true,
};

const broken: Record<string, readonly [Partial<RevokeFacts>, ErrorCode]> = {
  network: [{ fromOperatorNetwork: false }, 'ip_not_allowlisted'],
  ops_token: [{ opsTokenMatches: () => false }, 'bad_ops_token'],
  credential: [{ principal: async () => null }, 'missing_role'],
  enabled: [{ enabled: false }, 'remote_support_disabled'],
  request: [{ request: () => err(deny('bad_request')) }, 'bad_request'],
  fresh: [{ request: () => ok(body({ timestamp: isoTime(START - FRESH_MS - 1) })) }, 'stale_request'],
  step_up: [{ principal: async () => unconfirmed() }, 'step_up_required'],
  agent: [{ agent: async () => null }, 'agent_not_found'],
  nonce: [{ burnNonce: async () => false }, 'nonce_replayed'],
};
const names = revokeLadder.map((gate) => gate.name);

ladderSuite({ ladder: revokeLadder, good, broken });

/** Guarantee: the nonce cannot be taken back, so it is asked for last. */
test.each(names.slice(0, -1))('refused at %s, the nonce is not burned', async (name) => {
  let burned = 0;
  await climb(revokeLadder, { ...good, ...broken[name]?.[0], burnNonce: async () => (burned++, true) });
  expect(burned).toBe(0);
});

test('the rungs before the body are those of activation, and never ask for the body', async () => {
  const unread = () => { throw new Error('asked too early'); };
  const { passed } = await climb(revokeLadder.slice(0, REVOKE_RUNGS_BEFORE_BODY), { ...good, request: unread, agent: unread, burnNonce: unread });
  expect(passed).toEqual(['network', 'ops_token', 'credential', 'enabled']);
});

/** Guarantee: what revoking asks of a caller, activating asks too; what it asks of the tenant and the line, it does not. */
test('it is the ladder of activation without consent, operator proof, armed, online and free, and no assertion stands in for the network', () => {
  expect(activationLadder.map((gate) => gate.name).filter((name) => !['identity', 'consent', 'operator_proof', 'armed', 'online', 'free'].includes(name))).toEqual(names);
  expect(revokeLadder.slice(4)).toEqual(activationLadder.filter((gate) => names.slice(4).includes(gate.name)));
  expect(revokeLadder[0]).toBe(network);
});

test.each(Object.keys(SCOPES).filter((scope) => scope !== 'remote_support') as Scope[])('the scope %s does not revoke', async (scope) => {
  expect((await climb(revokeLadder, { ...good, principal: async () => principalOf({ scopes: [scope] }) })).denial?.code).toBe('missing_role');
});

test.each([
  ['never enrolled', { agent: async () => agentOf({ keys: null }) }, undefined],
  ['revoked before', { agent: async () => agentOf({ revokedAt: START - 1 }) }, 'agent_not_found'],
  ['of another tenant than the body names', { agent: async () => agentOf({ tenant: OTHER_TENANT }) }, 'agent_not_found'],
  ['of a tenant outside the credential', { principal: async () => principalOf({ tenants: [OTHER_TENANT] }) }, 'agent_not_found'],
] as const)('an agent that is %s', async (_what, facts, code) => {
  expect((await climb(revokeLadder, { ...good, ...facts })).denial?.code).toBe(code);
});

/** Guarantee: nobody revokes by a slip. */
test.each([[{ confirm: false }], [{ confirm: 'true' }], [{ confirm: 1 }], [{ confirm: undefined }], [{ reason: 'x' }], [{ nonce: 'short' }], [{ tenant_id: undefined }], [{ force: true }]])(
  'a body with %j does not fit',
  (over) => expect(RevokeAgent.safeParse({ ...sent, ...over }).success).toBe(false),
);
