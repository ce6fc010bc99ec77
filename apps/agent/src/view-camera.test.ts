/** `view_camera` on the machine, on ports in memory: who is shown what, how often, and what ends it. */
import { settle } from '@argus/kit/clock.ts';
import type { CommandFrame, ReplyFrame } from '@argus/protocol/frames.ts';
import { expect, test } from 'vitest';
import { createMachine, type ManualMachine as Machine } from '../testing/machine.ts';
import { OPERATOR, OTHER_SESSION, SESSION, TRUST } from '../testing/signed-log.ts';
import { createFramesTaken } from './frames-taken.ts';
import { sendInParts, UNSENT_MAX } from './send-in-parts.ts';

const viewing = (m: Machine, camera = 'cam_3', session = SESSION): CommandFrame => m.command({ command: 'view_camera', session, args_commit: { camera } }, { args: { camera } });
const seen = (m: Machine): unknown[] => m.replies().flatMap(({ chunk }) => (chunk === '' ? [] : [JSON.parse(chunk)]));

test('a frame is taken for the operator the log names, in the session it is for, after the act is stored', async () => {
  const m = createMachine();
  await m.wake();
  await m.hear(viewing(m));
  expect(m.record).toEqual(['store #1 of 2', 'stored', `look through cam_3 for ${OPERATOR} in ${SESSION}`, 'send reply']);
  expect(seen(m)).toMatchObject([{ width: 8, height: 8, size: 300, burned_in: true, taken_at: '2026-03-01T12:00:00.000Z' }]);
});

test('a camera that is not in the trust file is not found, and nothing is looked through', async () => {
  const m = createMachine();
  await m.wake();
  await m.hear(viewing(m, 'cam_9'));
  expect(m.codes()).toEqual(['camera_not_found']);
  expect(m.notes).toMatchObject([{ what: 'command_failed', facts: { code: 'camera_not_found', why: 'the trust file names no camera cam_9' } }]);
  expect(m.record.filter((line) => line.startsWith('look'))).toEqual([]);
});

test.each(['../cam_3', 'http://127.0.0.1/', 'CAM_3', ''])('%j is no camera id: no address ever comes over the wire', async (camera) => {
  const m = createMachine();
  await m.wake();
  await m.hear(viewing(m, camera));
  expect(m.codes()).toEqual(['bad_args']);
});

/** Guarantee: the machine keeps to one frame per second and session by itself. */
test('a second frame within a second is refused, and the one after it is not', async () => {
  const m = createMachine();
  await m.wake();
  await m.hear(viewing(m));
  await m.clock.advance(999);
  await m.hear(viewing(m));
  await m.clock.advance(1);
  await m.hear(viewing(m));
  expect(m.codes()).toEqual(['ok', 'rate_limited', 'ok']);
});

test('while one frame is being taken there is no second one, whichever camera it is of', async () => {
  const m = createMachine({ trust: { ...TRUST, cameras: [...TRUST.cameras, { ...TRUST.cameras[0], id: 'cam_4' } as (typeof TRUST.cameras)[number]] } });
  await m.wake();
  m.answerChallenges();
  await m.tick(m.lastChallenge());
  m.waits.cameras.shut();
  const first = m.hear(viewing(m));
  await m.clock.advance(3_000);
  await m.hear(viewing(m, 'cam_4'));
  expect(m.codes()).toEqual(['rate_limited']);
  m.waits.cameras.open();
  await first;
  await m.hear(viewing(m, 'cam_4'));
  expect(m.codes()).toEqual(['rate_limited', 'ok', 'ok']);
});

test('a camera that fails or breaks frees its place', async () => {
  const m = createMachine();
  await m.wake();
  m.fails.cameras = true;
  await m.hear(viewing(m));
  m.fails.cameras = false;
  await m.clock.advance(1_000);
  await m.hear(viewing(m));
  expect(m.codes()).toEqual(['internal', 'ok']);
});

/** Guarantee: the end of a session beats a frame that is being taken. */
test('when the session ends, the camera is told to stop and nothing of the frame is sent', async () => {
  const m = createMachine();
  await m.wake();
  m.waits.cameras.shut();
  const heard = m.hear(viewing(m));
  await settle();
  await m.hear({ type: 'deactivate', session: SESSION, why: 'disarmed' });
  m.waits.cameras.open();
  await heard;
  expect(m.record).toContain('stopped looking');
  expect([m.codes(), seen(m)]).toEqual([['session_expired'], []]);
});

test('agent_info says how old the last frame of each camera is', async () => {
  const m = createMachine();
  await m.wake();
  await m.hear(m.command({ command: 'agent_info' }));
  await m.hear(viewing(m));
  await m.clock.advance(2_500);
  await m.hear(m.command({ command: 'agent_info' }));
  const ages = seen(m).flatMap((result) => ((result as { cameras?: { last_frame_age_s: number | null }[] }).cameras ?? []).map((camera) => camera.last_frame_age_s));
  expect(ages).toEqual([null, 2]);
});

test('another session starts with a clean slate, but not beside a frame that is still being taken', () => {
  let now = 0;
  const frames = createFramesTaken({ elapsed: () => now });
  expect([frames.begin(SESSION), frames.begin(OTHER_SESSION)]).toEqual([true, false]);
  frames.end();
  expect([frames.begin(OTHER_SESSION)]).toEqual([true]);
  frames.end();
  now = 999;
  expect(frames.begin(OTHER_SESSION)).toBe(false);
});

// ---- a large result on a slow line

/** Guarantee: a challenge gets out between the pieces of a large frame, so that the lease goes on. */
test('on a line that takes one piece a second, a frame of 4 MiB does not cost the lease', async () => {
  const m = createMachine();
  m.frame.bytes = 4 * 1_048_576;
  let unsent = 0;
  await m.wake();
  m.connect({ unsent: () => unsent, sending: (length) => (unsent += length) });
  const waited: number[] = [];
  m.onChallenge((echo) => {
    waited.push(unsent); // what is before it on the line
    echo();
  });
  m.forget();
  const heard = m.hear(viewing(m));
  for (let second = 0; second < 100; second++) {
    unsent = Math.max(0, unsent - 65_536);
    await m.clock.advance(1_000);
  }
  await heard;
  expect(m.agent.session()).toBe(SESSION);
  expect(m.replies().length).toBeGreaterThan(80);
  expect(m.replies().at(-1)?.end?.ok).toBe(true);
  expect(m.activity.at(-1)).toMatchObject({ phase: 'outcome', command: 'view_camera', outcome: 'ok' });
  expect(waited.length).toBeGreaterThan(15);
  expect(Math.max(...waited)).toBeLessThan(UNSENT_MAX + 2 * 70_000);
});

const frames = Array.from({ length: 5 }, (_, part): ReplyFrame => ({ type: 'reply', request_id: 'request_1' as ReplyFrame['request_id'], part, chunk: 'x' }));
test('what is left of a large result stays here when the line breaks or the session ends', async () => {
  const m = createMachine();
  const sent: number[] = [];
  const isWhole = await sendInParts(frames, { clock: m.clock, send: ({ part }) => sent.push(part), unsent: () => 0, isCutShort: () => sent.length === 2 });
  expect([isWhole, sent]).toEqual([false, [0, 1]]);
});

test('a session that ends between two pieces ends the answer, and the machine says what became of it', async () => {
  const m = createMachine();
  m.frame.bytes = 1_048_576;
  await m.wake();
  m.connect({ unsent: () => UNSENT_MAX + 1 });
  m.forget();
  const heard = m.hear(viewing(m));
  await settle();
  await m.hear({ type: 'deactivate', session: SESSION, why: 'deactivate' });
  await m.clock.advance(20);
  await heard;
  expect(m.replies()).toEqual([]);
  m.agent.heartbeat();
  expect(m.heartbeats().at(-1)?.late).toMatchObject([{ ok: true }]);
});

/** The owner's record does not depend on how large an answer is, nor on whether all of it got through. */
test.each([
  ['whole', 0],
  ['cut short by the end of the session', UNSENT_MAX + 1],
])('an answer of many parts that leaves %s has its outcome in the record', async (_, unsent) => {
  const m = createMachine();
  await m.wake();
  m.connect({ unsent: () => unsent });
  m.frame.bytes = 200_000;
  const answering = m.hear(viewing(m));
  await settle();
  m.switchOff();
  await m.clock.advance(20);
  await answering;
  expect(m.activity.filter(({ what, phase }) => what === 'command' && phase === 'outcome')).toMatchObject([{ command: 'view_camera', outcome: 'ok' }]);
});
