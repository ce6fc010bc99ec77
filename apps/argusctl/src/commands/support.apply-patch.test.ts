import { applyPatch } from '@argus/protocol/commands/apply-patch.ts';
import { manualClock } from '@argus/kit/clock.ts';
import { expect, test } from 'vitest';
import { fetchInto } from '../../test/world-fetch.ts';
import { LOGGED_IN, run, START } from '../../test/run.ts';
import { readyWorld } from '../../../../flow/ready-world.ts';

const { patch } = applyPatch.example;
const { manifest } = patch as { manifest: object };
const file = (content: unknown) => ({ 'it.json': { kind: 'text', text: typeof content === 'string' ? content : JSON.stringify(content), isPrivate: false } as const });
const apply = (...more: string[]) => ['support', 'apply-patch', 'UTD_7ELEVEN_001', '--patch', 'it.json', ...more];
const over = (change: object) => file({ ...(patch as object), manifest: { ...manifest, ...change } });

test.each<[string, number, ReturnType<typeof file>, string[]]>([
  ['patch_wrong_target', 66, file(patch), ['--agent', 'agent_other_01']],
  ['patch_expired', 67, over({ not_after: '2026-02-01T00:00:00.000Z' }), []],
  ['patch_not_yet_valid', 68, over({ not_before: '2026-04-01T00:00:00.000Z' }), []],
  ['patch_target_not_allowlisted', 72, over({ files: [{ path: 'trust.json', sha256: 'ab'.repeat(32), size: 0, content_base64: '' }] }), []],
  ['bad_args', 42, file('{"manifest": 1}'), []],
  ['bad_args', 42, file('not JSON'), []],
])('%s is said before anything is sent', async (code, exit, files, more) => {
  const ran = await run(apply(...more), { files });
  expect([ran.exit, ran.sent, ran.stderr.includes(`(${code})`), ran.stderr.includes('Nothing was sent.')]).toEqual([exit, [], true, true]);
});

test('a patch that is not there is a sentence', async () => {
  const { exit, stderr } = await run(apply());
  expect([exit, stderr]).toEqual([2, 'error: There is no patch at it.json.\n']);
});

test('a signed patch is applied, and what it did is shown', async () => {
  const { world, admin } = await readyWorld();
  const { body } = await world.activate(admin);
  const env = { ...LOGGED_IN, ARGUS_PAT: admin, ARGUS_SESSION: String(body['session_token']) };
  const ran = await run(apply(), { env, files: file(patch), fetch: fetchInto(world), clock: manualClock(START) });
  expect([ran.exit, ran.stderr]).toEqual([0, '']);
  expect(ran.stdout).toMatch(/hotfix\/streams\.yaml[\s\S]*c464bbf3[\s\S]*In the tenant's log: asked #\d+, answered #\d+/);
  const again = await run(apply(), { env, files: file(patch), fetch: fetchInto(world) });
  expect([again.exit, again.stderr.includes('(patch_replayed)')]).toEqual([69, true]);
});
