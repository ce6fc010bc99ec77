/** From a camera to a file: argusctl, the whole ops API and a real agent in one process. */
import { FRAME_BYTES_MAX, viewCamera } from '@argus/protocol/commands/view-camera.ts';
import { ERRORS } from '@argus/protocol/errors.ts';
import { beforeEach, expect, test } from 'vitest';
import { run, type Ran } from '../apps/argusctl/test/run.ts';
import { fetchInto } from '../apps/argusctl/test/world-fetch.ts';
import { readyWorld } from './ready-world.ts';
import { AGENT, TENANT, type FlowMachine, type World } from './world.ts';

let world: World;
let machine: FlowMachine;
let admin: string;
let session: string;
let saved: Map<string, Uint8Array>;
beforeEach(async () => {
  ({ world, machine, admin } = await readyWorld());
  session = String((await world.activate(admin)).body['session_token']);
  saved = new Map();
});

const ctl = (line: string, { whyNot = null, fails = null, tamper = (text: string) => text }: { whyNot?: string | null; fails?: string | null; tamper?: (text: string) => string } = {}): Promise<Ran> =>
  run(line.split(' '), {
    env: { ARGUS_PAT: admin, ARGUS_SESSION: session },
    clock: world.clock,
    fetch: async (url, init) => {
      const answer = await fetchInto(world)(url, init);
      return new Response(tamper(await answer.text()), { status: answer.status });
    },
    outFile: {
      whyNot: async () => whyNot,
      async save(path, bytes) {
        if (fails === null) saved.set(path, bytes);
        return fails;
      },
    },
  });
const VIEW = '--camera cam_3 --out lobby.jpg';

const LINES = [
  `agent view-camera ${AGENT} --tenant ${TENANT} ${VIEW}`,
  `agent view-camera ${AGENT} ${VIEW}`,
  `support view-camera ${TENANT} ${VIEW}`,
  `support view-camera ${AGENT} ${VIEW}`,
  `support view-camera ${TENANT} --tenant ${TENANT} ${VIEW}`,
];
test('however it is spelled, the picture is in the file and nowhere else', async () => {
  for (const line of LINES) {
    saved.clear();
    const { exit, stdout, stderr } = await ctl(line);
    expect([exit, stderr]).toEqual([0, '']);
    expect([...saved].map(([path, bytes]) => [path, bytes.length])).toEqual([['lobby.jpg', 300]]);
    expect(stdout).toMatch(/640 x 360, 300 bytes[^]*The picture names you[^]*asked #/);
    expect(stdout).not.toMatch(/[A-Za-z0-9+/]{100}/);
    await world.clock.advance(1_000);
  }
});

test('a second frame too soon says in how many seconds to ask again', async () => {
  await ctl(`support view-camera ${TENANT} ${VIEW}`);
  const { exit, stderr } = await ctl(`support view-camera ${TENANT} ${VIEW}`);
  expect([exit, stderr]).toEqual([ERRORS.rate_limited.exit, expect.stringContaining('try again in 1 s')]);
});

/** Guarantee: the largest frame there is gets through the whole path, byte by byte, and nothing of it is kept. */
test('a frame of 4 MiB arrives whole; the record has its digest and not its bytes', async () => {
  machine.faults.frameBytes = FRAME_BYTES_MAX;
  expect(await ctl(`support view-camera ${TENANT} ${VIEW}`)).toMatchObject({ exit: 0, stderr: '' });
  const bytes = saved.get('lobby.jpg') ?? new Uint8Array();
  expect([bytes.length, bytes[1_000_000], bytes.at(-1)]).toEqual([FRAME_BYTES_MAX, 1_000_000 & 127, 0xd9]);
  const { body } = await world.call(`/v1/tenants/${TENANT}/log/entries?from=0`, { method: 'GET', pat: admin });
  const outcome = (body['entries'] as { leaf: string }[]).map((one) => one.leaf).findLast((leaf) => leaf.includes('view_camera')) ?? '';
  expect(JSON.parse(outcome)).toMatchObject({ phase: 'outcome', outcome: 'ok', args_commit: { camera: 'cam_3' } });
  expect(outcome.length).toBeLessThan(4_000);
  expect(machine.agent.session()).not.toBeNull();
});

test('a machine that sends a byte more than 4 MiB is not believed', async () => {
  machine.faults.frameBytes = FRAME_BYTES_MAX + 4_000;
  const { exit } = await ctl(`support view-camera ${TENANT} ${VIEW}`);
  expect([exit, saved.size]).toEqual([46, 0]);
});

/** Guarantee: not one byte of a picture on the standard output, in whatever form is asked for. */
test('with --json everything is said but the picture', async () => {
  const { exit, stdout } = await ctl(`agent view-camera ${AGENT} ${VIEW} --json`);
  expect(exit).toBe(0);
  const { result } = JSON.parse(stdout) as { result: Record<string, unknown> };
  expect(result).toMatchObject({ width: 640, height: 360, size: 300, out: 'lobby.jpg', burned_in: true });
  expect(result).not.toHaveProperty('jpeg');
});

test('--out that is no file is refused before anything is sent', async () => {
  for (const out of ['-', '/dev/stdout', '/dev/tty', '/proc/self/fd/1', 'folder/']) {
    const { exit, sent, stderr } = await ctl(`agent view-camera ${AGENT} --camera cam_3 --out ${out}`);
    expect([exit, sent]).toEqual([2, []]);
    expect(stderr).toMatch(/--out/);
  }
});

test('a file that cannot be written is said before the camera is looked through', async () => {
  const { exit, sent, stderr } = await ctl(`support view-camera ${TENANT} ${VIEW}`, { whyNot: 'lobby.jpg is no plain file' });
  expect([exit, sent]).toEqual([110, []]);
  expect(stderr).toMatch(/no plain file; nothing was sent/);
});

test('a disk that is full by then is an error of its own, and leaves no file', async () => {
  const { exit, stderr } = await ctl(`support view-camera ${TENANT} ${VIEW}`, { fails: 'it could not be written (ENOSPC)' });
  expect([exit, saved.size]).toEqual([110, 0]);
  expect(stderr).toMatch(/ENOSPC/);
});

test('a picture that is not the one described is not saved', async () => {
  const { exit, stderr } = await ctl(`support view-camera ${TENANT} ${VIEW}`, { tamper: (text) => text.replace('"size":300', '"size":299') });
  expect([exit, saved.size]).toEqual([83, 0]);
  expect(stderr).toMatch(/not the one the machine describes/);
});

test('the refusals of the machine come through with their exit codes', async () => {
  expect((await ctl(`support view-camera ${TENANT} --camera cam_9 --out a.jpg`)).exit).toBe(34);
  expect((await ctl(`support view-camera ${TENANT} ${VIEW}`)).exit).toBe(0);
  expect((await ctl(`support view-camera ${TENANT} ${VIEW}`)).exit).toBe(8);
  machine.faults.camera = true;
  await world.clock.advance(1_000);
  expect((await ctl(`support view-camera ${TENANT} ${VIEW}`)).exit).toBe(36);
});

test('an agent without an open session is said as it is', async () => {
  machine.stop();
  await world.clock.advance(60_000);
  expect(await ctl(`agent view-camera ${AGENT} ${VIEW}`)).toMatchObject({ exit: 30, stdout: '' });
});

test('support command shows what came with a picture, and not the picture', async () => {
  const { stdout } = await run(['support', 'command', TENANT, '--command', 'view_camera', '--args', JSON.stringify(viewCamera.example)], { env: { ARGUS_PAT: admin, ARGUS_SESSION: session }, clock: world.clock, fetch: fetchInto(world) });
  expect(stdout).toMatch(/sha256[^]*view-camera writes it to a file/);
  expect(stdout).not.toMatch(/[A-Za-z0-9+/]{100}/);
});
