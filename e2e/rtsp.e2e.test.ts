/** RTSP cameras on loopback, read by the real ffmpeg: what it shows, what it hides, and what makes it stop. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manualClock } from '@argus/kit/clock.ts';
import { mustId } from '@argus/protocol/ids.ts';
import { afterEach, expect, test } from 'vitest';
import { localCameras } from '../apps/agent/src/adapters/cameras/cameras.ts';
import { decoded, FFMPEG } from '../apps/agent/testing/cameras/decoded.ts';
import { below, isAlive } from '../apps/agent/testing/cameras/processes.ts';
import { rtspSource, type RtspBehaviour, type RtspSource } from '../apps/agent/testing/cameras/rtsp-source.ts';
import { scratch } from '../apps/agent/testing/scratch.ts';

const SECRET = 'hunter2';
const LOGIN = `root:pa ss@'${SECRET}`;
const mark = { operator: 'ana@argus.example', session: `rss_${'s'.repeat(20)}` };
const sources: RtspSource[] = [];
afterEach(() => {
  for (const source of sources.splice(0)) source.close();
});
async function camera(behaviour: RtspBehaviour = {}): Promise<RtspSource> {
  const source = await rtspSource(behaviour);
  sources.push(source);
  return source;
}
function looking(port: number, { login = '', over = new AbortController().signal, ffmpegPaths = [FFMPEG] as readonly string[] } = {}) {
  const clock = manualClock(Date.UTC(2026, 2, 1, 12));
  const [user = '', password = ''] = login.split(':');
  const at = login === '' ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password).replaceAll('%27', "'")}@`;
  const config = { id: mustId('camera', 'cam_2'), name: 'Door', kind: 'rtsp' as const, url: `rtsp://${at}127.0.0.1:${port}/live?token=${SECRET}'x` };
  return { clock, taken: localCameras({ clock, breathe: async () => undefined, ffmpegPaths }).take(config, mark, over) };
}
const failed = (why: RegExp) => ({ ok: false, error: { code: 'camera_failed', internal: expect.stringMatching(why) } });
const ours = () => below(process.pid, '/usr/bin/ffmpeg');

test('a frame of an RTSP camera, over TCP and with its password, marked for whom it was taken', async () => {
  const source = await camera({ login: LOGIN });
  const taken = await looking(source.port, { login: LOGIN }).taken;
  expect(taken).toMatchObject({ ok: true, value: { width: 320, height: 240, isMarked: true } });
  expect(taken.ok && decoded(taken.value.jpeg).length).toBe(320 * 240 * 3);
  expect(source.asked.find((one) => one.startsWith('SETUP'))).toMatch(/RTP\/AVP\/TCP/);
}, 30_000);

/** Guarantee: whoever lists processes on the machine reads no address and no password. */
test('while ffmpeg waits for the camera, nothing of the address stands in the process list or the environment', async () => {
  const source = await camera({ login: LOGIN, isMute: true });
  const over = new AbortController();
  const { taken } = looking(source.port, { login: LOGIN, over: over.signal });
  await expect.poll(() => source.asked.some((one) => one.startsWith('PLAY')), { timeout: 10_000 }).toBe(true);
  const [one, ...more] = ours();
  expect(more).toEqual([]);
  for (const name of ['cmdline', 'environ', 'comm']) expect(readFileSync(`/proc/${one?.pid}/${name}`, 'utf8')).not.toMatch(new RegExp(`${SECRET}|root|127|${source.port}|live`));
  expect(one?.cmdline).toContain('-protocol_whitelist\u0000pipe,tcp');
  over.abort();
  expect(await taken).toMatchObject(failed(/session ended/));
  await expect.poll(() => isAlive(one?.pid ?? 0)).toBe(false);
}, 30_000);

test('a camera that plays and sends nothing is given up after 12 s, and ffmpeg with it', async () => {
  const source = await camera({ isMute: true });
  const { clock, taken } = looking(source.port);
  await expect.poll(() => source.asked.some((one) => one.startsWith('PLAY')), { timeout: 10_000 }).toBe(true);
  await clock.advance(12_000);
  expect(await taken).toMatchObject(failed(/within 12 s/));
  await expect.poll(() => ours()).toEqual([]);
}, 30_000);

test.each<[string, RtspBehaviour, RegExp]>([
  ['wants another password', { login: 'root:other' }, /user name or password/],
  ['has nothing there', { describe: (cseq) => `RTSP/1.0 404 Not Found\r\nCSeq: ${cseq}\r\n\r\n` }, /nothing at the address/],
  ['points to a file', { describe: (cseq) => `RTSP/1.0 302 Found\r\nCSeq: ${cseq}\r\nLocation: file:///etc/passwd\r\n\r\n` }, /cam_2/],
  ['points to a page', { describe: (cseq) => `RTSP/1.0 302 Found\r\nCSeq: ${cseq}\r\nLocation: http://127.0.0.1:1/\r\n\r\n` }, /cam_2/],
  ['describes a file as its stream', { describe: (cseq) => sdp(cseq, 'a=control:file:///etc/passwd') }, /cam_2/],
  ['sends HTML', { describe: () => '<!doctype html><title>Sign in</title>'.repeat(50) + '\r\n\r\n' }, /cam_2/],
  ['is wider than any picture may be', { size: '8208x16' }, /8208 x 16|larger than/],
])('a camera that %s has failed, and the sentence holds no secret', async (_what, behaviour, why) => {
  const source = await camera(behaviour);
  const { clock, taken } = looking(source.port, { login: LOGIN });
  let isAnswered = false;
  const answering = taken.finally(() => (isAnswered = true));
  // One that gets as far as playing has nothing to play: it is given up.
  const isStuck = () => behaviour.describe !== undefined && source.asked.some((one) => one.startsWith('PLAY'));
  await expect.poll(() => isAnswered || isStuck(), { timeout: 15_000 }).toBe(true);
  if (!isAnswered) await clock.advance(12_000);
  const answer = await answering;
  expect(answer).toMatchObject(failed(why));
  expect(JSON.stringify(answer)).not.toMatch(/hunter2|root|passwd|127\.0/);
}, 30_000);

const sdp = (cseq: string, control: string): string => {
  const body = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=camera', 't=0 0', 'm=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', control, ''].join('\r\n');
  return `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

test('without ffmpeg there is a sentence that says so', async () => {
  expect(await looking(1, { ffmpegPaths: [] }).taken).toMatchObject(failed(/install it on the machine/));
});

/** Guarantee: an agent that is killed leaves no program behind that still looks. */
test('when the agent is killed, ffmpeg is gone with it', async () => {
  const source = await camera({ isMute: true });
  const script = join(scratch(), 'look.ts');
  const at = (path: string) => JSON.stringify(join(import.meta.dirname, '..', path));
  writeFileSync(
    script,
    `import { localCameras } from ${at('apps/agent/src/adapters/cameras/cameras.ts')};\nimport { systemClock } from ${at('packages/kit/src/clock.ts')};\nsetInterval(() => {}, 1_000);\nawait localCameras({ clock: systemClock, breathe: async () => {} }).take({ id: 'cam_2', name: 'Door', kind: 'rtsp', url: 'rtsp://127.0.0.1:${source.port}/' } as never, ${JSON.stringify(mark)}, new AbortController().signal);\n`,
  );
  const child = spawn(process.execPath, [script], { stdio: 'ignore' });
  await expect.poll(() => source.asked.some((one) => one.startsWith('PLAY')), { timeout: 15_000 }).toBe(true);
  const [one] = below(child.pid ?? 0, '/usr/bin/ffmpeg');
  expect(isAlive(one?.pid ?? 0)).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(() => isAlive(one?.pid ?? 0), { timeout: 5_000 }).toBe(false);
}, 30_000);
