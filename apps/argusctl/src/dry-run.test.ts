import { expect, test } from 'vitest';
import { LOGGED_IN, OPS_TOKEN, PAT, run, SESSION } from '../test/run.ts';
import { COMMANDS } from './commands/index.ts';

const RSS = `rss_${'a'.repeat(20)}`;
const activation = ['agent_macpro_lobby_01', '--tenant', 'UTD_7ELEVEN_001', '--reason', 'investigate alert', '--minutes', '45'];

/** One for every write; a write without a row here fails below. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  'tenant arm': ['tenant', 'arm', 'UTD_7ELEVEN_001', '--reason', 'contract 2026', '--document-id', 'DOC-2026-014'],
  'tenant disarm': ['tenant', 'disarm', 'UTD_7ELEVEN_001', '--reason', 'incident closed'],
  'agent activate': ['agent', 'activate', ...activation],
  'support activate': ['support', 'activate', ...activation],
  'agent deactivate': ['agent', 'deactivate', RSS, '--reason', 'done'],
  'agent view-camera': ['agent', 'view-camera', 'agent_macpro_lobby_01', '--tenant', 'UTD_7ELEVEN_001', '--camera', 'cam_3', '--out', 'lobby.jpg'],
  'support view-camera': ['support', 'view-camera', 'UTD_7ELEVEN_001', '--camera', 'cam_3', '--out', 'lobby.jpg'],
  'support apply-patch': ['support', 'apply-patch', 'UTD_7ELEVEN_001', '--patch', 'patch.json'],
  'support command': ['support', 'command', 'UTD_7ELEVEN_001', '--command', 'ping', '--args', '{}'],
};

test('every write has a preview here', () => expect(Object.keys(WRITES).toSorted()).toEqual(COMMANDS.filter((c) => c.writes).map((c) => c.name).toSorted()));

test.each(Object.entries(WRITES))('%s --dry-run: what would be sent, and nothing is', async (name, argv) => {
  const { exit, stdout, stderr, sent } = await run([...argv, '--dry-run']);
  expect([exit, stderr, sent]).toEqual([0, '', []]);
  await expect(stdout).toMatchFileSnapshot(`../golden/dry-run/${name.replaceAll(' ', '.')}.txt`);
});

/** The keeper would catch it too; what is printed must not hold it in the first place. */
test.each(Object.entries(WRITES))('%s --dry-run --json: secrets are not in it', async (_name, argv) => {
  const { exit, stdout } = await run([...argv, '--dry-run', '--json']);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ dry_run: true, headers: { authorization: '[redacted]' } });
  for (const secret of [PAT, OPS_TOKEN, SESSION]) expect(stdout).not.toContain(secret);
});

test('both spellings of activate are one request', async () => {
  const [agent, support] = [await run([...(WRITES['agent activate'] ?? []), '--dry-run']), await run([...(WRITES['support activate'] ?? []), '--dry-run'])];
  expect(support).toEqual(agent);
});

test('a dry run asks nothing to find out what it would send', async () => {
  const { exit, stdout, sent } = await run(['agent', 'deactivate', 'agent_macpro_lobby_01', '--dry-run']);
  expect([exit, sent]).toEqual([0, []]);
  await expect(stdout).toMatchFileSnapshot('../golden/dry-run/agent.deactivate.by-agent.txt');
});

test('both spellings of view-camera are one request, and an agent alone says what would be looked up', async () => {
  const argv = (WRITES['agent view-camera'] ?? []).slice(1);
  expect(await run(['support', ...argv, '--dry-run'])).toEqual(await run(['agent', ...argv, '--dry-run']));
  const { exit, stdout, sent } = await run(['agent', 'view-camera', 'agent_macpro_lobby_01', '--camera', 'cam_3', '--out', 'lobby.jpg', '--dry-run']);
  expect([exit, sent]).toEqual([0, []]);
  expect(stdout).toContain('{the tenant of agent_macpro_lobby_01}');
});

test('without any secret it shows which are lacking', async () => {
  const { exit, stdout } = await run([...(WRITES['agent activate'] ?? []), '--dry-run'], { env: {} });
  expect(exit).toBe(0);
  expect(stdout).toContain('authorization: [not set]');
  expect(stdout).toContain('x-argus-ops-token: [not set]');
});

test('what is wrong is wrong in a dry run too', async () => {
  const { exit } = await run(['agent', 'activate', 'agent_a_1', '--tenant', 'UTD_7ELEVEN_001', '--dry-run'], { env: LOGGED_IN });
  expect(exit).toBe(2);
});
