import type { Clock } from '@argus/kit/clock.ts';
import type { ReplyFrame } from '@argus/protocol/frames.ts';

/** What may wait on the socket before the next piece is put behind it: a challenge never waits for more than this. */
export const UNSENT_MAX = 2 * 65_536;
const LOOK_AGAIN_MS = 10;

export type PartsLine = {
  readonly clock: Clock;
  readonly send: (frame: ReplyFrame) => void;
  readonly unsent: () => number; // bytes on the socket that have not left
  readonly isCutShort: () => boolean;
};

/** False: the line broke or the session ended on the way, and the rest stayed here. */
export async function sendInParts(frames: readonly ReplyFrame[], { clock, send, unsent, isCutShort }: PartsLine): Promise<boolean> {
  for (const frame of frames) {
    while (!isCutShort() && unsent() > UNSENT_MAX) await new Promise<void>((look) => clock.after(LOOK_AGAIN_MS, look));
    if (isCutShort()) return false;
    send(frame);
  }
  return true;
}
