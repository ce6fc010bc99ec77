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
  'support arm': ['support', 'arm', 'UTD_7ELEVEN_001', '--reason', 'contract 2026', '--document-id', 'DOC-2026-014'],
  'support disarm': ['support', 'disarm', 'UTD_7ELEVEN_001', '--reason', 'incident closed'],
  'support deactivate': ['support', 'deactivate', RSS, '--reason', 'done'],
  'agent revoke': ['agent', 'revoke', 'agent_macpro_lobby_01', '--tenant', 'UTD_7ELEVEN_001', '--reason', 'stolen from the lobby', '--yes'],
  'agent enroll-code': ['agent', 'enroll-code', 'agent_oven_display', '--tenant', 'BAKERY_SOUTH'],
  'tenant add': ['tenant', 'add', 'BAKERY_SOUTH', '--name', 'Bakery South'],
  'tenant consent record': [
    'tenant', 'consent', 'record', 'BAKERY_SOUTH', '--document', 'contract.pdf', '--document-id', 'DOC-7', '--signed-at', '2026-03-01T11:00:00Z', '--signer-name', 'Kim Park', '--signer-email', 'kim@bakery.example',
    '--expires-at', '2027-03-01T11:00:00Z', '--agents', 'agent_oven_display,agent_till_01', '--commands', 'ping,tail_log', '--cameras', 'cam_1', '--hours', 'hours.json',
  ],
  'tenant consent withdraw': ['tenant', 'consent', 'withdraw', 'UTD_7ELEVEN_001', '--reason', 'the contract has ended'],
  'audit acknowledge': ['audit', 'acknowledge', '0196a0a0-0000-7000-8000-000000000002', '--reason', 'it was a test'],
  'audit reconcile': ['audit', 'reconcile', '--from', '7d', '--to', '2026-03-01T11:00:00+01:00'],
  'pat create': ['pat', 'create', '--name', 'laptop', '--preset', 'support-operator', '--tenants', 'UTD_7ELEVEN_001', '--days', '30'],
  'pat revoke': ['pat', 'revoke', `tok_${'k'.repeat(20)}`],
  'support command': ['support', 'command', 'UTD_7ELEVEN_001', '--command', 'ping', '--args', '{}'],
};

/** What the lines above name on the disk. */
const BESIDE = {
  digests: { 'contract.pdf': { kind: 'digest', sha256: 'ab'.repeat(32), bytes: 12_345 } },
  files: { 'hours.json': { kind: 'text', text: '{"time_zone":"Europe/Berlin","windows":[{"days":["mon"],"from":"08:00","to":"17:00"}]}', isPrivate: false } },
} as const;

test('every write has a preview here', () => expect(Object.keys(WRITES).toSorted()).toEqual(COMMANDS.filter((c) => c.writes).map((c) => c.name).toSorted()));

test.each(Object.entries(WRITES))('%s --dry-run: what would be sent, and nothing is', async (name, argv) => {
  const { exit, stdout, stderr, sent } = await run([...argv, '--dry-run'], BESIDE);
  expect([exit, stderr, sent]).toEqual([0, '', []]);
  await expect(stdout).toMatchFileSnapshot(`../golden/dry-run/${name.replaceAll(' ', '.')}.txt`);
});

/** The keeper would catch it too; what is printed must not hold it in the first place. */
test.each(Object.entries(WRITES))('%s --dry-run --json: secrets are not in it', async (_name, argv) => {
  const { exit, stdout } = await run([...argv, '--dry-run', '--json'], BESIDE);
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
