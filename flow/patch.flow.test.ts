/** Patches from the request to the file and back into the log. Real keys, real signatures; the install root is in memory. */
import { signingKeyOf } from '@argus/keys/ed25519.ts';
import { sha256Hex } from '@argus/keys/hash.ts';
import { signValue } from '@argus/keys/signature.ts';
import { ARGS_BYTES_MAX } from '@argus/protocol/commands/index.ts';
import { CHUNK_MAX, FRAME_BYTES_MAX } from '@argus/protocol/frames.ts';
import { EXAMPLE_PATCH_KEY, PATCH_BYTES_MAX } from '@argus/protocol/patch.ts';
import { expect, test } from 'vitest';
import { readyWorld } from './ready-world.ts';
import { AGENT, TENANT } from './world.ts';

const key = signingKeyOf(new Uint8Array(32).fill(1)); // whom the machines of these tests trust
const stranger = signingKeyOf(new Uint8Array(32).fill(2));
const SECRET = 'camera-password: hunter2-hunter2\n';

function patchOf(text: string, { signer = key, over = {} }: { signer?: typeof key; over?: object } = {}) {
  const file = { path: 'config.yaml', sha256: sha256Hex(text), size: Buffer.byteLength(text), content_base64: Buffer.from(text).toString('base64') };
  const manifest = { v: 1, id: 'patch_flow', agent: AGENT, files: [file], not_before: '2026-03-01T00:00:00.000Z', not_after: '2026-03-02T00:00:00.000Z', note: '', ...over };
  return { manifest, signatures: [{ key_id: EXAMPLE_PATCH_KEY.key_id, sig: signValue(signer, 'patch', manifest) }] };
}
async function inSession() {
  const { world, admin, machine } = await readyWorld();
  const { body } = await world.activate(admin);
  const token = String(body['session_token']);
  const apply = (patch: unknown, over: object = {}) => world.command(admin, token, { command: 'apply_patch', args: { patch }, ...over });
  return { world, admin, machine, token, apply };
}
const written = (machine: Awaited<ReturnType<typeof inSession>>['machine']) => Buffer.from(machine.patches.contents.get('config.yaml') ?? []).toString();

test('a signed patch is applied, answered with its digests, and the log has the intent before and the outcome after', async () => {
  const { world, machine, apply } = await inSession();
  world.hops.length = 0;
  const { status, body } = await apply(patchOf(SECRET));
  expect([status, body['result']]).toEqual([200, { applied: [{ path: 'config.yaml', before_sha256: null, after_sha256: sha256Hex(SECRET) }] }]);
  expect(written(machine)).toBe(SECRET);
  const order = world.hops.map((hop) => hop.slice(0, 17).trim());
  expect(order).toEqual(['api     log', 'api   → agent', 'agent   witness', 'agent   fs', 'agent → api', 'api     log'].map((hop) => expect.stringContaining(hop)));
});

/** Guarantee: of what a patch writes, the record has a digest and never a byte. */
test('neither the record nor the log nor the calls hold any of the content, plain or in base64', async () => {
  const { world, admin, apply } = await inSession();
  await apply(patchOf(SECRET));
  await apply(patchOf(SECRET, { signer: stranger, over: { id: 'patch_other' } }));
  await world.clock.advance(1_000);
  const get = (path: string) => world.call(path, { method: 'GET', pat: admin });
  const pages = await Promise.all(['/v1/support-audit', '/v1/events', '/v1/audit-log', `/v1/tenants/${TENANT}/log/entries?from=0`, '/v1/alerts'].map(get));
  const all = JSON.stringify(pages.map(({ body }) => body));
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  for (const part of ['hunter2', Buffer.from(SECRET).toString('base64').slice(0, 20), 'content_base64', 'patch_flow']) expect(all).not.toContain(part);
  expect(all).toContain('apply_patch');
});

test.each<[string, number, ReturnType<typeof patchOf>]>([
  ['patch_signature_invalid', 403, patchOf('x', { signer: stranger })],
  ['patch_wrong_target', 403, patchOf('x', { over: { agent: 'agent_other_01' } })],
  ['patch_expired', 403, patchOf('x', { over: { not_before: '2026-02-01T00:00:00.000Z', not_after: '2026-02-02T00:00:00.000Z' } })],
  ['patch_not_yet_valid', 403, patchOf('x', { over: { not_before: '2026-03-01T13:00:00.000Z' } })],
  ['patch_target_not_allowlisted', 403, patchOf('x', { over: { files: [{ ...patchOf('x').manifest.files[0], path: 'trust.json' }] } })],
  ['patch_mode_forbidden', 403, patchOf('#!/bin/sh\n')],
])('%s: the operator hears it from the machine, and the outcome is in the log', async (code, status, patch) => {
  const { world, machine, apply } = await inSession();
  expect(await apply(patch)).toMatchObject({ status, body: { code } });
  expect(machine.patches.contents.size).toBe(0);
  expect(world.hops.at(-1)).toContain(`remote_support_command outcome apply_patch refused ${code}`);
});

test('a patch is applied once, whatever request carries it', async () => {
  const { apply } = await inSession();
  const patch = patchOf('one\n');
  expect(await apply(patch)).toMatchObject({ status: 200 });
  expect(await apply(patch)).toMatchObject({ status: 409, body: { code: 'patch_replayed' } });
});

/** Guarantee: somebody is told of every patch whose signatures are not good, also when it is nothing like a patch. */
test.each<[string, unknown]>([['signed by a stranger', patchOf('x', { signer: stranger })], ['not signed', { manifest: patchOf('x').manifest, signatures: [] }], ['nothing', {}]])('a patch that is %s trips a wire', async (_name, patch) => {
  const { world, admin, apply } = await inSession();
  expect(await apply(patch)).toMatchObject({ body: { code: 'patch_signature_invalid' } });
  await world.clock.advance(1_000);
  const { body } = await world.call('/v1/alerts', { method: 'GET', pat: admin });
  expect(body['alerts']).toMatchObject([{ kind: 'patch_signature_failed', severity: 'high', tenant_id: TENANT, agent_id: AGENT, operator: 'ana@argus.example' }]);
});

// ---- size

test('a patch of 4 MiB goes through, in frames no longer than others, and pings go through beside it', async () => {
  const { world, admin, machine, token, apply } = await inSession();
  const longest: number[] = [];
  machine.line.down = (text) => (longest.push(text.length), text);
  const [patched, pinged] = await Promise.all([apply(patchOf('x'.repeat(PATCH_BYTES_MAX))), world.command(admin, token, { command: 'ping' })]);
  expect([patched.status, pinged.status, written(machine).length]).toEqual([200, 200, PATCH_BYTES_MAX]);
  expect(Math.max(...longest)).toBeLessThan(2 * CHUNK_MAX);
  expect(Math.max(...longest)).toBeLessThan(FRAME_BYTES_MAX);
}, 20_000);

test('two long patches at once are both whole', async () => {
  const { apply } = await inSession();
  const patches = ['patch_one', 'patch_two'].map((id, n) => patchOf(String(n).repeat(300_000), { over: { id } }));
  expect((await Promise.all(patches.map((patch) => apply(patch)))).map(({ status }) => status)).toEqual([200, 200]);
}, 20_000);

test('more than the longest arguments is refused by the server, and other commands take no more than they did', async () => {
  const { world, admin, token, apply } = await inSession();
  expect(await apply({ x: 'x'.repeat(ARGS_BYTES_MAX) })).toMatchObject({ status: 422, body: { code: 'bad_args' } });
  expect(await apply({ x: 'x'.repeat(ARGS_BYTES_MAX + 8_192) })).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  expect(await apply({ x: Array.from({ length: 50_000 }, () => []) })).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  expect(await world.command(admin, token, { command: 'ping', args: { x: 'x'.repeat(70_000) } })).toMatchObject({ status: 422, body: { code: 'bad_args' } });
});

/** Guarantee: who has not passed the rungs before the body makes the server read none of it. */
test.each<[string, Parameters<Awaited<ReturnType<typeof inSession>>['world']['call']>[1]]>([
  ['from outside', { from: '203.0.113.9' }],
  ['without a credential', { pat: `pat_${'A'.repeat(43)}` }],
])('a caller %s is refused before a body of 5 MiB is looked at', async (_name, over) => {
  const { world, admin, token } = await inSession();
  const answer = await world.call(`/support/tenants/${TENANT}/command`, { pat: admin, headers: { 'x-argus-session': token, 'content-type': 'application/json', 'content-length': '5000000' }, body: '{"not": "read', ...over });
  expect([answer.status, ['ip_not_allowlisted', 'missing_role'].includes(String(answer.body['code']))]).toEqual([403, true]);
});
