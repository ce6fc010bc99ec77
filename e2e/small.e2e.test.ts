/**
 * The agent as its service starts it: one file, with the flags and the environment of the service definition. It holds
 * the largest of everything at once, and afterwards, or after a flood, it is about as small as it was.
 */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, type Json } from '@argus/kit/canonical-json.ts';
import { isoTime } from '@argus/kit/clock.ts';
import { sha256, sha256Hex } from '@argus/keys/hash.ts';
import { systemRandom } from '@argus/keys/random.ts';
import { newEnrollmentCode } from '@argus/keys/secrets.ts';
import { signValue } from '@argus/keys/signature.ts';
import { commitArgs } from '@argus/protocol/args-commit.ts';
import { contractFor } from '@argus/protocol/commands/index.ts';
import { FRAME_BYTES_MAX as PICTURE_BYTES_MAX } from '@argus/protocol/commands/view-camera.ts';
import { CHUNK_MAX } from '@argus/protocol/frames.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { PATCH_BYTES_MAX } from '@argus/protocol/patch.ts';
import { patiently } from '@argus/testkit/patience.ts';
import { expect, onTestFinished, test } from 'vitest';
import { IN_FLIGHT_MAX } from '../apps/agent/src/commands-in-flight.ts';
import { askDaemon } from '../apps/agent/src/adapters/local/ask.ts';
import { SMALL_ENV, SMALL_FLAGS } from '../apps/agent/src/service/definition.ts';
import { writeJpeg } from '../apps/agent/src/picture/write-jpeg.ts';
import { AGENT, createLog, keyOf, LOG_KEY, TENANT } from '../apps/agent/testing/signed-log.ts';
import { bundleAgent } from '../tools/build-agent.ts';
import { startControlPlane, type Line } from './hostile/control-plane.ts';
import { start, type Running } from './processes.ts';
import { until } from './until.ts';

const AS_ROOT = process.getuid?.() === 0 ? ['--allow-root'] : [];
const PATCH_KEY = keyOf(42);
const FLOOD_MS = 5_000;
const MORE_PATCHES = 4;
/** What the owner's switch may take, whatever else goes on. */
const OWNER_MS = 250;
const SESSION = mustId('session', `rss_${'m'.repeat(20)}`);

/** One picture of noise, filled up with comments to nearly the largest there may be. */
function largePicture(): Buffer {
  const [width, height] = [1_024, 768];
  const noise = Buffer.from(writeJpeg({ width, height, rgb: systemRandom(width * height * 3) }));
  const comments: Buffer[] = [];
  for (let room = PICTURE_BYTES_MAX - noise.length - 16; room > 65_537; room -= 65_537) comments.push(Buffer.from([0xff, 0xfe, 0xff, 0xff]), Buffer.alloc(65_533));
  return Buffer.concat([noise.subarray(0, 2), ...comments, noise.subarray(2)]);
}

async function cameraWith(picture: Buffer): Promise<string> {
  const camera = createServer((_, response) => response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture));
  await new Promise<void>((done) => camera.listen(0, '127.0.0.1', done));
  onTestFinished(() => void camera.close());
  return `http://127.0.0.1:${(camera.address() as AddressInfo).port}/frame.jpg`;
}

async function smallAgent() {
  const folder = await mkdtemp(join(tmpdir(), 'argus-small-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [script, state, install, lists] = ['argus-agent.mjs', 'state', 'install', 'lists'].map((name) => join(folder, name)) as [string, string, string, string];
  await bundleAgent(script);
  await Promise.all([mkdir(install), mkdir(lists)]);
  await writeFile(join(install, 'argus.log.1'), `${'\u2014'.repeat(86)}\n`.repeat(20_000));
  await writeFile(join(lists, 'cameras.json'), JSON.stringify([{ id: 'cam_3', name: 'Lobby', kind: 'http_jpeg', url: await cameraWith(largePicture()) }]));
  await writeFile(join(lists, 'keys.json'), JSON.stringify([{ key_id: 'release', public_key: PATCH_KEY.publicKeyText }]));
  const [passkey, log] = [systemRandom(32), createLog()];
  log.add({ type: 'agent_enrolled', phase: 'fact' });
  const plane = await startControlPlane({ passkey, log });
  const argus = (...words: readonly string[]) => start(process.execPath, [...SMALL_FLAGS, script, ...words, '--state', state, ...AS_ROOT], SMALL_ENV);
  const enrolling = argus('enroll', '--server', plane.url, '--code', newEnrollmentCode(systemRandom, LOG_KEY.publicKey), '--install-root', install, '--cameras', join(lists, 'cameras.json'), '--patch-keys', join(lists, 'keys.json'));
  expect([await enrolling.ended, enrolling.stderr()]).toEqual(['exit 0', '']);
  const followed = log.size();
  const daemon = argus('run');
  const line = await plane.line(0, 20_000);
  await line.hear((frame) => frame.type === 'manifest');
  return { daemon, line, log, install, state, followed };
}

function memoryOf(daemon: Running): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8');
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  return { now: mib('VmRSS'), most: mib('VmHWM') };
}

/** Milliseconds of a processor it has had, to the hundredth of a second. */
function workOf(daemon: Running): number {
  const [user = 0, system = 0] = readFileSync(`/proc/${daemon.pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
  return (user + system) * 10;
}

const patchArgs = (id = 'patch_0001'): { readonly patch: Json } => {
  const text = `# ${'y'.repeat(PATCH_BYTES_MAX - 3)}\n`;
  const file = { path: 'hotfix/large.yaml', sha256: sha256Hex(text), size: PATCH_BYTES_MAX, content_base64: Buffer.from(text).toString('base64') };
  const manifest = { v: 1, id, agent: AGENT, files: [file], not_before: isoTime(Date.now() - 60_000), not_after: isoTime(Date.now() + 3_600_000), note: '' };
  return { patch: { manifest, signatures: [{ key_id: 'release', sig: signValue(PATCH_KEY, 'patch', manifest) }] } };
};

/** As large as a patch can be, with as many signatures as it may carry: each would be a look at all of it. */
const spoiledPatchArgs = (): { readonly patch: Json } => ({ patch: { ...(patchArgs().patch as object), signatures: Array.from({ length: 16 }, () => ({ key_id: 'release', sig: `${'A'.repeat(86)}==` })) } });

type Act = { readonly command: string; readonly args: { readonly [name: string]: Json }; readonly request: ReturnType<typeof mustId<'request'>> };
/** One after the other on the line, and nobody waits for an answer in between. */
async function askAtOnce({ line, log, followed }: Awaited<ReturnType<typeof smallAgent>>, acts: readonly Act[]): Promise<void> {
  const minutes = { minutes: 5, scope: 'everything' };
  const waking = log.add({ at: isoTime(Date.now()), session: SESSION, type: 'remote_support_activation', args_commit: minutes });
  const salt = new Uint8Array(16).fill(4);
  const indices = acts.map(({ command, args, request }) => {
    const contract = contractFor(command);
    if (!contract) throw new Error(`no command ${command}`);
    return log.add({ at: isoTime(Date.now()), session: SESSION, request_id: request, command, args_commit: commitArgs(contract.args, args, { salt, sha256 }) });
  });
  const size = log.size();
  line.tell({ type: 'activate', session: SESSION, tenant: TENANT, agent: AGENT, epoch: 1, ...log.place(waking, { from: followed, size }) });
  await line.hear((frame) => frame.type === 'activated' && frame.indicator);
  for (const [n, { args, request }] of acts.entries()) {
    const text = canonicalJson(args);
    const parts = text.length > CHUNK_MAX ? Math.ceil(text.length / CHUNK_MAX) : 0;
    for (let part = 0; part < parts; part++) line.tell({ type: 'args', session: SESSION, request_id: request, part, chunk: text.slice(part * CHUNK_MAX, (part + 1) * CHUNK_MAX) });
    line.tell({ type: 'command', session: SESSION, tenant: TENANT, agent: AGENT, request_id: request, ...log.place(indices[n] ?? 0, { from: size, size }), args: parts > 0 ? {} : args, ...(parts > 0 && { args_parts: parts }), salt: Buffer.from(salt).toString('base64') });
  }
}

const codeOf = (line: Line, request: string) => line.hear((frame) => frame.type === 'reply' && frame.request_id === request && frame.end && (frame.end.code ?? 'ok'), { withinMs: 30_000 });

test('the largest picture, the largest patch and the largest piece of a log at once fit, and are let go again', async () => {
  const machine = await smallAgent();
  const { daemon, line } = machine;
  const idle = memoryOf(daemon).now;
  await line.hear((frame) => frame.type === 'heartbeat');
  const acts: readonly Act[] = [
    { command: 'apply_patch', args: patchArgs(), request: mustId('request', 'request_patch') },
    { command: 'view_camera', args: { camera: 'cam_3' }, request: mustId('request', 'request_camera') },
    { command: 'tail_log', args: { lines: 5_000, file: 'argus.log.1' }, request: mustId('request', 'request_tail') },
  ];
  await askAtOnce(machine, acts);
  expect(await Promise.all(acts.map(({ request }) => codeOf(line, request)))).toEqual(['ok', 'ok', 'ok']);
  expect(readFileSync(join(machine.install, 'hotfix/large.yaml')).length).toBe(PATCH_BYTES_MAX);
  line.tell({ type: 'deactivate', session: SESSION, why: 'deactivate' });
  await until(() => memoryOf(daemon).now < idle + 24, 40_000);
  expect(memoryOf(daemon).most).toBeLessThan(200);
  expect(await daemon.stop()).toBe('exit 0');
}, 120_000);

/** Guarantee: the limit of the heap is not a way to end the process from outside, and much work is none to keep it from its owner. */
test('the largest patches and as many of the largest reads at once as it takes do not use up its heap, each is answered, and its owner is heard meanwhile', async () => {
  const machine = await smallAgent();
  const { daemon, line } = machine;
  const reads = Array.from({ length: IN_FLIGHT_MAX - 1 - MORE_PATCHES }, (_, n): Act => ({ command: 'tail_log', args: { lines: 5_000, file: 'argus.log.1' }, request: mustId('request', `request_${n}`) }));
  const patches: readonly Act[] = [
    { command: 'apply_patch', args: spoiledPatchArgs(), request: mustId('request', 'request_spoiled') },
    ...Array.from({ length: MORE_PATCHES }, (_, n): Act => ({ command: 'apply_patch', args: patchArgs(`patch_000${n}`), request: mustId('request', `request_patch_${n}`) })),
  ];
  const acts = [...patches, ...reads];
  await askAtOnce(machine, acts);
  const through = new AbortController();
  const answers = Promise.all(acts.map(({ request }) => codeOf(line, request))).finally(() => through.abort());
  const waits: number[] = [];
  while (!through.signal.aborted) {
    const [from, worked] = [performance.now(), workOf(daemon)];
    expect(await askDaemon(join(machine.state, 'run'), 'status', 'status', 30_000)).toMatchObject({ ok: true });
    // Where others use the machine as well, what it did before it answered says more than how long that took.
    waits.push(Math.min(performance.now() - from, workOf(daemon) - worked));
  }
  const [spoiled, ...others] = await answers;
  expect(spoiled).toBe('patch_signature_invalid');
  // No more patches than fit; and where others use the machine as well, a read may have run out of its time. Each is answered.
  for (const code of others) expect(['ok', 'rate_limited', 'command_timed_out']).toContain(code);
  expect(others.slice(0, MORE_PATCHES)).toContain('rate_limited');
  expect(others.slice(MORE_PATCHES)).toContain('ok');
  process.stdout.write(`${waits.length} questions of the owner meanwhile, the slowest answered in ${Math.max(...waits).toFixed(0)} ms\n`);
  expect(Math.max(...waits)).toBeLessThan(patiently(OWNER_MS));
  expect(memoryOf(daemon).most).toBeLessThan(250);
  expect([line.isOpen(), daemon.isRunning()]).toEqual([true, true]);
  expect(await daemon.stop()).toBe('exit 0');
}, 120_000);

test('a flood of small frames, sealed well, does not make it large', async () => {
  const { daemon, line } = await smallAgent();
  const idle = memoryOf(daemon).now;
  const over = Date.now() + FLOOD_MS;
  while (Date.now() < over) {
    for (let n = 0; n < 500; n++) line.tell({ type: 'deactivate', session: SESSION, why: 'x' });
    await until(() => line.socket.bufferedAmount < 1_000_000, 20_000);
  }
  await line.fence();
  expect(memoryOf(daemon).most).toBeLessThan(idle + 40);
  await until(() => memoryOf(daemon).now < idle + 8, 40_000);
  expect(line.isOpen()).toBe(true);
  expect(await daemon.stop()).toBe('exit 0');
}, 120_000);
