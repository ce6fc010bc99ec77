import type { Clock } from '@argus/kit/clock.ts';
import type { ErrorCode } from '@argus/protocol/errors.ts';
import { rawProblem } from './mount.ts';

/** How long a peer has to take the answer and leave. A half-open socket would otherwise be ours for good. */
const LEAVE_MS = 2_000;

type RawSocket = { readonly writable: boolean; end(text: string, done: () => void): unknown; destroy(): unknown };

/** The last word to somebody who does not speak HTTP as we do: answered, then gone, whether they leave or not. */
export function refuseRaw(socket: RawSocket, { code, requestId, after }: { code: ErrorCode; requestId: string; after: Clock['after'] }): void {
  after(LEAVE_MS, () => socket.destroy());
  if (socket.writable) socket.end(rawProblem(code, requestId), () => socket.destroy());
  else socket.destroy();
}
