import { fromBase64, toHex, utf8 } from '@argus/kit/bytes.ts';
import { sha256 } from '@argus/keys/hash.ts';
import { leafHash } from '@argus/ledger/hash.ts';
import { verifyInclusion } from '@argus/ledger/proofs.ts';
import type { SessionReplay } from '@argus/protocol/http/evidence.ts';
import { newRequestId, type SessionId } from '@argus/protocol/ids.ts';
import { beforeEach, expect, test } from 'vitest';
import { createTestApi } from '../../test/api.ts';
import { agentNamed, factOf, newSessionId, NODE, OTHER_TENANT, seededRandom, sessionOf, TENANT } from '../../test/sample.ts';
import { checkpoints } from '../../test/honest-record.ts';
import { consentedAndArmed } from '../../test/tenants.ts';
import type { Attempt } from '../audit/attempt.ts';

const random = seededRandom('replay');
const AGENT = agentNamed('replayed');
type World = Awaited<ReturnType<typeof worldOf>>;
let world: World;
let session: SessionId;

async function worldOf(...over: Parameters<typeof createTestApi>) {
  const made = createTestApi(...over);
  await consentedAndArmed(made.api.ledger, TENANT, AGENT);
  const pat = await made.newToken(['logs:read']);
  const must = async (attempt: Attempt, ...deeds: NonNullable<Parameters<typeof made.api.ledger.append>[1]>) => {
    const written = await made.api.ledger.append(attempt, deeds);
    if (!written.ok) throw new Error(written.error.internal ?? written.error.code);
    return written.value;
  };
  const open = sessionOf({ tenant: TENANT, agent: AGENT, state: 'activating', node: NODE });
  const about = { tenant: TENANT, agent: AGENT, session: open.id } as const;
  await must(factOf({ ...about, outcome: 'ok' }), { do: 'open_session', session: open });
  async function command(name: string, answer: Partial<Attempt> | null = { outcome: 'unknown', code: 'command_timed_out' }) {
    const { outcome: _outcome, code: _code, ...asked } = factOf({ ...about, type: 'remote_support_command', command: name, requestId: newRequestId(random) });
    const intent = await must({ ...asked, phase: 'intent' });
    await must(factOf()); // somebody else's
    if (answer) await must({ ...asked, phase: 'outcome', ...answer, answer: { intentSha256: toHex(intent.leafHash), ...answer.answer } });
    return intent.seq;
  }
  const ask = (query = '', token = pat, id: SessionId = open.id) => made.http.inject({ method: 'GET', url: `/support/sessions/${id}/replay${query}`, headers: { authorization: `Bearer ${token}` } });
  const read = async (query?: string) => (await ask(query)).json<SessionReplay>();
  return { ...made, pat, must, command, ask, read, session: open.id, about };
}
beforeEach(async () => {
  world = await worldOf();
  ({ session } = world);
});

/** With nothing but the answer and the key of the log. */
function checkAlone({ checkpoint, size, steps }: SessionReplay): number {
  const head = checkpoints.open(TENANT, checkpoint) ?? expect.fail('not signed');
  expect(head.size).toBe(size);
  const entries = steps.flatMap(({ proofs }) => proofs);
  for (const { index, leaf, inclusion } of entries) {
    const claim = { index, size, leafHash: leafHash(sha256, utf8(leaf)), root: head.root, proof: inclusion.map((text) => fromBase64(text) ?? new Uint8Array()) };
    expect(verifyInclusion(sha256, claim), `entry ${index}`).toBe(true);
  }
  return entries.length;
}

test('tells what was asked and what came of it, each step with its entries under one checkpoint', async () => {
  const ping = await world.command('ping', { outcome: 'ok', by: 'agent', answer: { resultSha256: 'ab'.repeat(32) } });
  const open = await world.command('tail_log', null);
  await world.must(factOf({ ...world.about, type: 'remote_support_session_ended', outcome: 'ok', code: 'deactivate' }));
  const told = await world.read();
  expect(told).toMatchObject({ session_id: session, tenant_id: TENANT, agent_id: AGENT, next: null });
  expect(told.steps.map(({ index, command, answer }) => [index, command, answer?.outcome, answer?.code])).toEqual([
    [5, undefined, 'ok', 'tenant_not_armed'], [ping, 'ping', 'ok', undefined], [open, 'tail_log', undefined, undefined], [11, undefined, 'ok', 'deactivate'],
  ]);
  expect(told.steps[1]?.answer?.result_sha256).toBe('ab'.repeat(32));
  expect(told.steps.map(({ proofs }) => proofs.map(({ index }) => index))).toEqual([[5], [6, 8], [9], [11]]);
  expect(checkAlone(told)).toBe(5);
});

test('in pages under the same checkpoint, whatever is added meanwhile', async () => {
  for (let i = 0; i < 220; i++) await world.command('ping', null);
  const first = await world.read();
  expect(first.steps).toHaveLength(200);
  await world.command('ping');
  const second = await world.read(`?from=${first.next}&size=${first.size}`);
  expect([second.steps.length, second.next, second.checkpoint]).toEqual([21, null, first.checkpoint]);
  checkAlone(first);
  checkAlone(second);
  expect((await world.ask('?size=99999')).json()).toMatchObject({ code: 'bad_request' });
});

/** Guarantee: a step whose entries do not prove it is not shown as one. */
test('when an entry is missing, unreadable or without its hashes, nothing is told', async () => {
  const damage: Parameters<typeof createTestApi>[0][] = [
    { between: (s) => ({ ...s, evidence: { ...s.evidence, leavesAt: async (...args) => (await s.evidence.leavesAt(...args)).slice(1) } }) },
    { between: (s) => ({ ...s, evidence: { ...s.evidence, leavesAt: async (...args) => (await s.evidence.leavesAt(...args)).map((row) => ({ ...row, bytes: '{}' })) } }) },
    { between: (s) => ({ ...s, evidence: { ...s.evidence, hashes: async (_tree, places) => places.map(() => new Uint8Array()) } }) },
  ];
  for (const over of damage) {
    const damaged = await worldOf(over);
    await damaged.command('ping');
    expect((await damaged.ask()).json()).toMatchObject({ status: 500, code: 'log_damaged' });
  }
});

test('to the operator of sessions, to who reads logs, and to the tenant itself; to another tenant there is no such session', async () => {
  for (const token of [await world.newToken(['remote_support']), await world.newToken(['own_log:read'], [TENANT]), await world.newToken(['logs:read'], [TENANT])])
    expect((await world.ask('', token)).statusCode).toBe(200);
  for (const token of [await world.newToken(['own_log:read'], [OTHER_TENANT]), await world.newToken(['logs:read'], [OTHER_TENANT])])
    expect((await world.ask('', token)).json()).toMatchObject({ code: 'session_not_found' });
  expect((await world.ask('', world.pat, newSessionId())).json()).toMatchObject({ code: 'session_not_found' });
});

test('is on record before it is told, under the scope that opened it', async () => {
  await world.ask('', await world.newToken(['own_log:read'], [TENANT]));
  const { rows } = await world.memory.records.apiCalls({ tenants: null, match: { route: '/support/sessions/{session}/replay' }, limit: 9 });
  expect(rows).toMatchObject([{ status: 200, tenant: TENANT, scope: 'own_log:read' }]);
});
