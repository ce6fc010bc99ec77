/** A proposal is written by a program, maybe after reading hostile text. It may put one sentence on record, and nothing else. */
import { mustId } from '@argus/protocol/ids.ts';
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { PRESETS } from '../apps/ops-api/src/people/principal.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, TENANT } from './world.ts';

const OTHER = mustId('tenant', 'ACME_002');
const body = { tenant_id: TENANT, agent_id: AGENT, reason: "the camera is black since 12:00 (it's cam_3); look at the log?", minutes: 15 };

test('it is on record in the log of the tenant and opens nothing; the answer is what a person types', async () => {
  const { world, machine } = await readyWorld();
  const assistant = await world.newToken(PRESETS.assistant, [TENANT], 'assistant@argus.example');
  const before = world.hops.length;
  const answer = await world.call('/support/proposals', { pat: assistant, body });
  expect(answer).toMatchObject({ status: 201, body: { tenant_id: TENANT, agent_id: AGENT, minutes: 15, command_line: `argusctl support activate ${AGENT} --tenant ${TENANT} --minutes 15 --reason="${body.reason}"` } });
  expect(world.hops.slice(before)).toEqual([expect.stringMatching(new RegExp(`api +log +${TENANT} #${String(answer.body['leaf_index'])} session_proposed fact ok`))]);
  expect(machine.agent.session()).toBeNull();
});

/** Guarantee: who may propose may do nothing of what is proposed. */
test.each(['activate', 'revoke', 'explain'] as const)('the token of an assistant does not %s, not even with the ops token', async (act) => {
  const { world } = await readyWorld();
  const assistant = await world.newToken(PRESETS.assistant);
  const answer = act === 'explain' ? await world.call('/support/explain', { pat: assistant, headers: { 'x-argus-ops-token': 'ops-token-of-the-flow-tests-32-characters' }, body: { agent: AGENT, ...world.activation() } }) : await world[act](assistant);
  expect(answer).toMatchObject({ status: 403, body: { code: 'missing_role' } });
});

test('another tenant\'s agent and no agent get the same answer, in the operator tree', async () => {
  const { world } = await readyWorld();
  const limited = await world.newToken(PRESETS.assistant, [OTHER]);
  const ask = async (over: object) => JSON.stringify({ ...(await world.call('/support/proposals', { pat: limited, body: { ...body, ...over } })).body, request_id: '' });
  const foreign = await ask({});
  expect(foreign).toContain('agent_not_found');
  expect([await ask({ agent_id: 'agent_nobody_knows' }), await ask({ tenant_id: OTHER }), await ask({ tenant_id: 'NOBODYS' })]).toEqual([foreign, foreign, foreign]);
  expect(world.hops.filter((hop) => hop.includes('session_proposed')).every((hop) => hop.includes(' operator #'))).toBe(true);
});

test('ten in a minute and no more, told in one entry, and arming is not held up by it', async () => {
  const { world, admin } = await readyWorld();
  const answers = [];
  for (let i = 0; i < 40; i++) answers.push((await world.call('/support/proposals', { pat: admin, body })).status);
  expect(answers).toEqual([...Array.from({ length: 10 }, () => 201), ...Array.from({ length: 30 }, () => 429)]);
  expect(world.hops.filter((hop) => hop.includes('session_proposed'))).toHaveLength(11);
  expect((await world.call(`/support/tenants/${TENANT}/arm`, { pat: admin, body: { reason: 'contract 2026', confirm_tenant_id: TENANT } })).status).toBe(200);
});

const HOSTILE = [
  'black"; rm -rf ~; echo "', 'black $(touch /tmp/x)', 'black `id`', 'black \\" id', '!!', '%PATH%', 'a & calc.exe', 'a | sh', 'a > /etc/passwd', 'a < b', '“; calc; ”', 'x ^ y', '{a,b}', '*', '~root', 'line\nbreak', 'hidden\u200btext', '\u202egnp.exe',
];
/** Guarantee: what a program wrote does nothing in the command line of the person who pastes it. */
test('a reason that a command line would read is refused', async () => {
  const { world, admin } = await readyWorld();
  for (const reason of HOSTILE) expect((await world.call('/support/proposals', { pat: admin, body: { ...body, reason } })).body, reason).toMatchObject({ code: 'bad_request' });
});

test('what is let through is, in a real shell, one argument as it was written', async () => {
  const { world, admin } = await readyWorld();
  for (const reason of ["it's (not) a test; or # is it?", '--yes', "'; id #'", 'a=b@c+d/e.f', 'Überprüfung der Kamera 3']) {
    const { body: said } = await world.call('/support/proposals', { pat: admin, body: { ...body, reason } });
    const words = execFileSync('sh', ['-c', `set -- ${String(said['command_line'])}; for w in "$@"; do printf '%s\\n' "$w"; done`], { encoding: 'utf8' }).trimEnd().split('\n');
    expect(words).toEqual(['argusctl', 'support', 'activate', AGENT, '--tenant', TENANT, '--minutes', '15', `--reason=${reason}`]);
  }
});
