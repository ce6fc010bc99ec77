/** A frame from a real camera on loopback to the operator, through real processes; and what is left of it afterwards. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decoded, encoded } from '../apps/agent/testing/cameras/decoded.ts';
import type { Answer } from './http.ts';
import { ready, type Ready, type Session } from './ready.ts';
import { lookInto, lookIntoFiles, lookIntoTables, type Secret } from './secrets.ts';
import { until } from './until.ts';

const PASSWORD = 'hunter2-of-the-camera-in-the-lobby';
let world: Ready;
let session: Session;
let door: Server;
const asked: (string | undefined)[] = [];
/** Large enough to travel in many pieces: noise does not pack. */
const SEEN = encoded('1600x900', '-vf', 'noise=alls=100:allf=t', '-q:v', '2');
const secrets: Secret[] = [{ name: 'the password of a camera', text: PASSWORD }];

beforeAll(async () => {
  door = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(SEEN);
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  world = await ready('embedded', [
    { id: 'cam_1', name: 'Door', kind: 'http_jpeg', url: `http://root:${PASSWORD}@127.0.0.1:${port}/snap.jpg?token=${PASSWORD}` },
    { id: 'cam_2', name: 'Yard', kind: 'rtsp', url: `rtsp://root:${PASSWORD}@127.0.0.1:1/live` },
    { id: 'cam_3', name: 'Lobby', kind: 'test_pattern' },
  ]);
  session = await world.activate();
}, 120_000);
afterAll(() => void door?.close());

type Frame = { readonly jpeg: string; readonly sha256: string; readonly size: number; readonly width: number; readonly height: number; readonly burned_in: boolean };
/** As soon as the machine takes another frame in this second. */
async function looked(camera: string): Promise<Answer> {
  let answer: Answer | null = null;
  await until(async () => (answer = await world.command(session, 'view_camera', { args: { camera } })).status !== 429, 10_000);
  return answer ?? expect.unreachable('no answer');
}
async function view(camera: string): Promise<Frame> {
  const { status, body } = await looked(camera);
  expect(status, JSON.stringify(body).slice(0, 500)).toBe(200);
  const frame = body['result'] as Frame;
  const bytes = Buffer.from(frame.jpeg, 'base64');
  expect([frame.size, frame.sha256]).toEqual([bytes.length, createHash('sha256').update(bytes).digest('hex')]);
  expect(decoded(bytes).length).toBe(frame.width * frame.height * 3);
  secrets.push(...[400, bytes.length - 400].map((at) => ({ name: `bytes of a frame of ${camera}`, text: bytes.subarray(at, at + 48).toString('base64'), bytes: bytes.subarray(at, at + 48) })));
  return frame;
}

test('a test pattern arrives, marked', async () => expect(await view('cam_3')).toMatchObject({ width: 640, height: 360, burned_in: true }));

test('a frame of a network camera arrives whole, in many pieces, marked, and the camera was given its password', async () => {
  const frame = await view('cam_1');
  expect(frame).toMatchObject({ width: 1600, height: 900, burned_in: true });
  expect(frame.size).toBeGreaterThan(500_000);
  expect(asked).toEqual([`Basic ${Buffer.from(`root:${PASSWORD}`).toString('base64')}`]);
});

test('a camera that cannot be reached has failed; why is in the journal of the machine, without the address', async () => {
  expect(await looked('cam_2')).toMatchObject({ status: 502, body: { code: 'camera_failed' } });
  expect(await looked('cam_9')).toMatchObject({ status: 404, body: { code: 'camera_not_found' } });
  expect(world.agent().stdout()).toMatch(/"what":"command_failed",.*"code":"camera_failed","why":"cam_2 \(rtsp\): It cannot be reached\."/);
});

test('agent_info says when each camera was last looked through', async () => {
  const { body } = await world.command(session, 'agent_info');
  expect((body['result'] as { cameras: unknown }).cameras).toEqual([
    { id: 'cam_1', name: 'Door', last_frame_age_s: expect.any(Number) },
    { id: 'cam_2', name: 'Yard', last_frame_age_s: null },
    { id: 'cam_3', name: 'Lobby', last_frame_age_s: expect.any(Number) },
  ]);
});

test('the log has the digest of each answer, and verifies', async () => {
  const { entries } = await world.verify();
  const outcomes = entries.map(({ leaf }) => leaf).filter((leaf) => leaf.command === 'view_camera' && leaf.phase === 'outcome' && leaf.code !== 'rate_limited');
  expect(outcomes.map((leaf) => [leaf.outcome, leaf.code ?? null])).toEqual([['ok', null], ['ok', null], ['refused', 'camera_failed'], ['refused', 'camera_not_found']]);
  expect(outcomes.every((leaf) => /^[0-9a-f]{64}$/.test(String(leaf.result_sha256)))).toBe(true);
});

/** Guarantee: not a byte of a frame and no password of a camera in a row, an entry, a line or the exported trust file. */
test('afterwards nothing is kept of frames and passwords but in the trust file of the machine', async () => {
  const said = [world.api(), world.agent()].flatMap((one) => [one.stdout(), one.stderr()]).join('\n') + (await world.entries()).join('\n') + JSON.stringify(await world.machine.trust());
  expect(lookInto(said, 'what was said', secrets)).toEqual([]);
  expect((await lookIntoTables(world.installation, secrets)).found).toEqual([]);
  const isTheirs = (path: string) => /^machines\/[^/]+\/(state\/trust\.json|cameras\.json)$/.test(path);
  const { found, files } = await lookIntoFiles(world.installation.dataDir, secrets, isTheirs);
  expect(found).toEqual([]);
  expect(files).toBeGreaterThan(10);
}, 60_000);
