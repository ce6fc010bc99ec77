/**
 * The cameras of the trust file. Nothing of what takes a picture is loaded before the first one is asked for, and one
 * that does not deliver in time is given up: what it held (socket, program) is gone with it.
 */
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { CameraConfig } from '@argus/protocol/trust.ts';
import { slowly } from '../../in-steps.ts';
import type { Jpeg } from '../../picture/read-jpeg.ts';
import type { Cameras, Frame, FrameMark } from '../../ports.ts';

export type CameraLimits = { readonly takeMs: number; readonly markMs: number };
/** Together less than the 20 s of the command, so that the answer still says what was wrong. */
const LIMITS: CameraLimits = { takeMs: 12_000, markMs: 5_000 };

export type CameraSetting = { readonly clock: Clock; readonly breathe: () => Promise<void>; readonly limits?: CameraLimits; readonly ffmpegPaths?: readonly string[] };

export function localCameras({ clock, breathe, limits = LIMITS, ffmpegPaths }: CameraSetting): Cameras {
  /** A signal for the end of the session or of our patience, whichever comes first. */
  const within = (ms: number, over: AbortSignal) => {
    const patience = new AbortController();
    const cancel = clock.after(ms, () => patience.abort());
    return { signal: AbortSignal.any([over, patience.signal]), isLate: () => patience.signal.aborted, cancel };
  };

  async function inTime<T>(ms: number, over: AbortSignal, work: (signal: AbortSignal) => Promise<Result<T, string>>): Promise<Result<T, string>> {
    const { signal, isLate, cancel } = within(ms, over);
    try {
      const done = await work(signal);
      if (over.aborted) return err('The session ended before the picture was there');
      return done.ok || !isLate() ? done : err(`It did not deliver a whole picture within ${ms / 1_000} s`);
    } finally {
      cancel();
    }
  }

  async function take(camera: CameraConfig, mark: FrameMark, over: AbortSignal): Promise<Result<Frame, string>> {
    if (camera.kind === 'test_pattern') return patternOf(camera, { mark, at: clock.now(), breathe });
    const { findFfmpeg } = await import('./ffmpeg.ts');
    const ffmpeg = await findFfmpeg(ffmpegPaths);
    const taken = await inTime(limits.takeMs, over, (signal) => pictureOf(camera, { ffmpeg, signal }));
    if (!taken.ok) return taken;
    const takenAt = clock.now();
    if (ffmpeg === null) return ok({ ...frameOf(taken.value), takenAt, isMarked: false });
    const { burnIn } = await import('./burn-in.ts');
    const marked = await inTime(limits.markMs, over, (signal) => burnIn(taken.value, { mark, at: takenAt, ffmpeg, signal }));
    return marked.ok ? ok({ ...frameOf(marked.value.jpeg), takenAt, isMarked: marked.value.isMarked }) : marked;
  }

  return {
    async take(camera, mark, over) {
      if (over.aborted) return err(failed(camera, 'The session is over'));
      const taken = await take(camera, mark, over);
      return taken.ok ? taken : err(failed(camera, taken.error));
    },
  };
}

/** For the journal of the machine. Never the address: it may carry a password. */
const failed = ({ id, kind }: CameraConfig, why: string): Denial => deny('camera_failed', `${id} (${kind}): ${why}.`);
const frameOf = ({ bytes, width, height }: Jpeg) => ({ jpeg: bytes, width, height });

type Reaching = { readonly ffmpeg: string | null; readonly signal: AbortSignal };
async function pictureOf(camera: Exclude<CameraConfig, { kind: 'test_pattern' }>, { ffmpeg, signal }: Reaching): Promise<Result<Jpeg, string>> {
  if (camera.kind !== 'rtsp') {
    const { httpFrame } = await import('./http.ts');
    return httpFrame(camera, signal);
  }
  if (ffmpeg === null) return err('A camera of this kind is read through ffmpeg, and there is none in the places where it is looked for; install it on the machine');
  const { rtspFrame } = await import('./rtsp.ts');
  return rtspFrame(camera.url, { ffmpeg, signal });
}

async function patternOf({ name }: CameraConfig, { mark, at, breathe }: { readonly mark: FrameMark; readonly at: number; readonly breathe: () => Promise<void> }): Promise<Result<Frame, string>> {
  const [{ bannerFor }, { PATTERN, testPattern }, { jpegSteps }] = await Promise.all([import('../../picture/mark.ts'), import('../../picture/test-pattern.ts'), import('../../picture/write-jpeg.ts')]);
  const banner = bannerFor(PATTERN, mark, at);
  return ok({ ...PATTERN, jpeg: await slowly(jpegSteps(testPattern({ name, at, banner })), breathe), takenAt: at, isMarked: banner !== null });
}
