import { settle } from '@argus/kit/clock.ts';
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { expect, test } from 'vitest';
import { flowPage } from '../tools/reference/flow-page.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, OPS_TOKEN, TENANT } from './world.ts';

test('an operator pings a machine, and every hop is on record', async () => {
  const { world, admin, machine } = await readyWorld();
  world.hops.length = 0;
  const { body } = await world.activate(admin);
  const pinged = await world.command(admin, String(body['session_token']), { command: 'ping' });
  expect(pinged).toMatchObject({ status: 200, body: { result: { version: '1.4.0' } } });
  expect(machine.isShown()).toBe(true);
  await world.call(`/support/sessions/${String(body['session_id'])}/deactivate`, { pat: admin, body: {} });
  await settle();
  expect(machine.isShown()).toBe(false);
  const transcript = `${world.hops.join('\n')}\n`;
  await expect(transcript).toMatchFileSnapshot('./command.flow.golden.txt');
  await expect(flowPage(transcript)).toMatchFileSnapshot('../docs/FLOW.md');
});

test('the transcript holds no secret: no session token, no passkey, no PAT, no ops token', async () => {
  const { world, admin, machine } = await readyWorld();
  const { body } = await world.activate(admin);
  await world.command(admin, String(body['session_token']), { command: 'agent_info' });
  const written = world.hops.join('\n');
  for (const secret of [String(body['session_token']), admin, OPS_TOKEN, Buffer.from(machine.passkey).toString('base64')])
    expect(written).not.toContain(secret);
});

test.each(COMMANDS.map((c) => [c.name, c.example] as const))('%s: the documented example works', async (command, args) => {
  const { world, admin } = await readyWorld();
  const { body } = await world.activate(admin);
  const answer = await world.command(admin, String(body['session_token']), { command, args });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
});

test('the intent is in the log before the frame leaves, and the outcome names the intent and carries the signature', async () => {
  const { world, admin } = await readyWorld();
  const { body } = await world.activate(admin);
  world.hops.length = 0;
  const answer = await world.command(admin, String(body['session_token']), { command: 'ping' });
  const order = world.hops.map((hop) => hop.slice(0, 17).trim() + (hop.includes(' intent ') ? ' intent' : hop.includes(' outcome ') ? ' outcome' : ''));
  expect(order).toEqual(['api     log intent', 'api   → agent', 'agent   witness', 'agent → api', 'api     log outcome']);
  const receipt = answer.body['receipt'] as { leaf_index: number; outcome_index: number; agent_signature: string };
  const { body: entries } = await world.call(`/v1/tenants/${TENANT}/log/entries?from=${receipt.leaf_index}`, { method: 'GET', pat: admin });
  const [intent, outcome] = (entries['entries'] as { leaf: string }[]).map((e) => JSON.parse(e.leaf) as Record<string, unknown>);
  expect(intent).toMatchObject({ phase: 'intent', command: 'ping', operator: 'ana@argus.example', reason: 'investigate alert' });
  expect(outcome).toMatchObject({ phase: 'outcome', outcome: 'ok', by: 'agent', agent_signature: receipt.agent_signature });
});

test('thirty-two commands at once are all answered, in one unbroken log', async () => {
  const { world, admin } = await readyWorld();
  const { body } = await world.activate(admin);
  const answers = await Promise.all(Array.from({ length: 32 }, () => world.command(admin, String(body['session_token']), { command: 'ping' })));
  expect(answers.map((a) => a.status)).toEqual(Array.from({ length: 32 }, () => 200));
  const indexes = answers.flatMap((a) => [(a.body['receipt'] as { leaf_index: number }).leaf_index, (a.body['receipt'] as { outcome_index: number }).outcome_index]);
  expect(new Set(indexes).size).toBe(64);
});

test('a dormant machine runs nothing, whoever asks', async () => {
  const { world, admin, machine } = await readyWorld();
  const answer = await world.command(admin, `rst_${'A'.repeat(43)}`, { command: 'ping' });
  expect(answer).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
  expect(machine.agent.counters()).toMatchObject({ commands: 0 });
});

test('a command the agent does not have is refused with its code and is in the log, without the word the caller used', async () => {
  const { world, admin } = await readyWorld();
  const { body } = await world.activate(admin);
  const answer = await world.command(admin, String(body['session_token']), { command: 'exec', args: { cmd: 'id' } });
  expect(answer).toMatchObject({ status: 403, body: { code: 'command_not_allowlisted' } });
  expect(world.hops.at(-1)).toContain('remote_support_command fact refused command_not_allowlisted');
  expect(world.hops.at(-1)).not.toContain('exec');
});

test('a session opened for one agent does not reach another, or another tenant', async () => {
  const { world, admin } = await readyWorld();
  const { body } = await world.activate(admin);
  const token = String(body['session_token']);
  expect(await world.command(admin, token, { command: 'ping', agent_id: 'agent_somebody_else' })).toMatchObject({ body: { code: 'session_mismatch' } });
  expect(await world.command(admin, token, { command: 'ping' }, 'OTHER_TENANT')).toMatchObject({ body: { code: 'session_mismatch' } });
  expect(await world.command(admin, token, { command: 'ping', agent_id: AGENT })).toMatchObject({ status: 200 });
});

test('a session belongs to the credential it was opened with', async () => {
  const { world, admin } = await readyWorld();
  const { body } = await world.activate(admin);
  const other = await world.newToken(['remote_support'], null, 'eve@argus.example');
  expect(await world.command(other, String(body['session_token']), { command: 'ping' })).toMatchObject({ status: 403, body: { code: 'session_mismatch' } });
});
