import type { Clock } from '@argus/kit/clock.ts';
import type { SessionId } from '@argus/protocol/ids.ts';

/** Between the beginnings of two frames of one session. The server is not asked: this is the machine's own limit. */
export const FRAME_EVERY_MS = 1_000;

/** Who was shown a frame, and when. One is taken at a time: a camera that hangs does not get a second program or socket. */
export function createFramesTaken(clock: Pick<Clock, 'elapsed'>) {
  const takenAt = new Map<string, number>();
  let last: { readonly session: SessionId; readonly at: number } | null = null;
  let isTaking = false;

  return {
    /** False: not now. Whoever gets a yes says when it is through. */
    begin(session: SessionId): boolean {
      const at = clock.elapsed();
      if (isTaking || (last?.session === session && at - last.at < FRAME_EVERY_MS)) return false;
      last = { session, at };
      return (isTaking = true);
    },
    end: (): void => void (isTaking = false),
    took: (camera: string): void => void takenAt.set(camera, clock.elapsed()),
    /** Null: none since this process began. */
    ageS(camera: string): number | null {
      const at = takenAt.get(camera);
      return at === undefined ? null : Math.floor((clock.elapsed() - at) / 1_000);
    },
  };
}
export type FramesTaken = ReturnType<typeof createFramesTaken>;
