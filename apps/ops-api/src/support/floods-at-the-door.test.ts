/** Floods as they come: through HTTP, at the ladders and at enrollment. */
import { isoTime } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { createTestApi, INSIDE, OPS_TOKEN, OUTSIDE } from '../../test/api.ts';
import { AGENT, START, TENANT } from '../../test/sample.ts';
import { SOURCES_MAX, TELL_EVERY_MS } from '../audit/flood.ts';
import { PRESETS } from '../people/principal.ts';
import { WRONG_MAX, WRONG_WITHIN_MS } from '../people/ops-token-guard.ts';

const ACTIVATE = `/support/agents/${AGENT}/activate`;
const COMMAND = `/support/tenants/${TENANT}/command`;

function gate(over: Parameters<typeof createTestApi>[0] = {}) {
  const made = createTestApi(over);
  const knock = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await made.http.inject({ method: 'POST', url, headers: { 'x-forwarded-for': OUTSIDE, ...headers } });
    return answer.body.replaceAll(/req_\w+/g, 'REQUEST');
  };
  const audit = () => made.memory.rows('operator').map((row) => row.audit).filter(({ action }) => action !== 'tripwire_fired'); // bounded by themselves
  return { ...made, knock, audit };
}

/** Guarantee: nobody can fill the disk from outside, and whether anybody counts never shows in the answer. */
test('hundreds of knocks at two ladders are two entries at once and two summaries, and every answer is the same', async () => {
  const { knock, audit, clock, memory } = gate();
  const answers = new Set<string>();
  for (let i = 0; i < 200; i++) for (const url of [ACTIVATE, COMMAND]) answers.add(await knock(url));
  expect(answers.size).toBe(1);
  expect(audit().map(({ action, code, args }) => [action, code, args])).toEqual([['remote_support_activation', 'ip_not_allowlisted', null], ['remote_support_command', 'ip_not_allowlisted', null]]);
  await clock.advance(TELL_EVERY_MS);
  const args = { count: 199, first: isoTime(START), last: isoTime(START) };
  expect(audit().slice(2)).toMatchObject([
    { action: 'remote_support_activation', code: 'ip_not_allowlisted', outcome: 'refused', ip: OUTSIDE, operator: 'unauthenticated', tenant_id: null, reason: '(not read)', gates_passed: [], args },
    { action: 'remote_support_command', args },
  ]);
  expect(JSON.parse(memory.rows('operator').at(-1)?.bytes ?? '{}')).toMatchObject({ phase: 'fact', args_commit: args }); // and in the log, in clear
});

test('a thousand addresses are a bounded number of entries', async () => {
  const { knock, audit, clock } = gate();
  for (let i = 0; i < 1_000; i++) await knock(ACTIVATE, { 'x-forwarded-for': `198.51.${i >> 8}.${i & 255}` });
  await clock.advance(TELL_EVERY_MS);
  expect(audit()).toHaveLength(SOURCES_MAX + 1);
  expect(audit().at(-1)).toMatchObject({ ip: null, args: { count: 1_000 - SOURCES_MAX, addresses: 'many' } });
});

test('what is counted when the server stops is written before it is gone', async () => {
  const { knock, audit, api } = gate();
  for (let i = 0; i < 7; i++) await knock(ACTIVATE);
  expect(audit()).toHaveLength(1);
  await api.close();
  expect(audit().at(-1)).toMatchObject({ code: 'ip_not_allowlisted', args: { count: 6 } });
});

test('a flood while the log is down is answered as always, said once in the output, and told when the log is back', async () => {
  const state = { isDown: true };
  const { knock, audit, clock, said } = gate({
    between: (stores) => ({ ...stores, leaves: { ...stores.leaves, commit: async (batch) => { if (state.isDown) throw new Error('gone'); return stores.leaves.commit(batch); } } }),
  });
  const answers = new Set<string>();
  for (let i = 0; i < 50; i++) answers.add(await knock(ACTIVATE));
  expect([answers.size, [...answers][0]]).toEqual([1, expect.stringContaining('ip_not_allowlisted')]);
  expect(said.filter(([, what]) => what === 'refusal_not_recorded')).toHaveLength(1);
  state.isDown = false;
  await clock.advance(TELL_EVERY_MS);
  expect(audit()).toMatchObject([{ args: { count: 50 } }]);
});

/** Guarantee: a right token is worth nothing after ten wrong ones from the same place, and nobody can tell that it was right. */
test('after ten wrong ops tokens the right one gets the answer of a wrong one, to the byte, and opens again after a minute', async () => {
  const { knock, clock, audit, newToken } = gate();
  const from = { 'x-forwarded-for': INSIDE, authorization: `Bearer ${await newToken(PRESETS['admin-full'])}` };
  const wrong = new Set<string>();
  for (let i = 0; i < WRONG_MAX; i++) wrong.add(await knock(ACTIVATE, { ...from, 'x-argus-ops-token': `wrong ${i} ${'x'.repeat(30)}` }));
  wrong.add(await knock(ACTIVATE, { ...from, 'x-argus-ops-token': OPS_TOKEN }));
  wrong.add(await knock(ACTIVATE, from));
  expect([wrong.size, [...wrong][0]]).toEqual([1, expect.stringContaining('bad_ops_token')]);
  expect(await knock(ACTIVATE, { ...from, 'x-forwarded-for': '10.1.2.4', 'x-argus-ops-token': OPS_TOKEN })).toContain('bad_request'); // past the gate, from the desk beside it
  await clock.advance(WRONG_WITHIN_MS);
  expect(await knock(ACTIVATE, { ...from, 'x-argus-ops-token': OPS_TOKEN })).toContain('bad_request');
  const refused = audit().filter(({ code }) => code === 'bad_ops_token');
  expect(refused.map(({ args }) => args?.['count'])).toEqual([undefined, WRONG_MAX + 1]);
  expect(JSON.stringify(audit())).not.toMatch(/ops-token-of-the-tests|wrong \d/);
});

test('enrollments that are refused are counted together too', async () => {
  const { http, clock, audit } = gate();
  const body = { code: `enr_${'a'.repeat(43)}`, public_key: Buffer.alloc(32, 1).toString('base64'), at: isoTime(START), signature: Buffer.alloc(64, 1).toString('base64'), agent_version: '1', platform: 'linux' };
  for (let i = 0; i < 40; i++) {
    const answer = await http.inject({ method: 'POST', url: '/agents/enroll', headers: { 'x-forwarded-for': OUTSIDE }, payload: body });
    expect(answer.json<{ code: string }>().code).toBe('enrollment_refused');
  }
  await clock.advance(TELL_EVERY_MS);
  expect(audit().map(({ action, args }) => [action, args?.['count']])).toEqual([['agent_enrollment_refused', undefined], ['agent_enrollment_refused', 39]]);
});

test('somebody who has passed the first gates is told of one by one', async () => {
  const { knock, audit, newToken } = gate();
  const headers = { 'x-forwarded-for': INSIDE, authorization: `Bearer ${await newToken(['tenants:read'])}`, 'x-argus-ops-token': OPS_TOKEN };
  for (let i = 0; i < 5; i++) await knock(ACTIVATE, headers);
  expect(audit().map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'missing_role'));
});
