import type { IncomingMessage } from 'node:http';
import { fromUtf8 } from '@argus/kit/bytes.ts';
import type { Clock } from '@argus/kit/clock.ts';
import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';

/** An activation with the longest reason is 4 KB. */
export const BODY_BYTES_MAX = 16_384;
export const BODY_MS_MAX = 10_000;

/** The JSON of a request, as far as size and time allow. Whoever trickles loses the connection and hears nothing. */
export async function readBody(req: IncomingMessage, clock: Pick<Clock, 'after'>): Promise<Result<unknown, Denial>> {
  const cancel = clock.after(BODY_MS_MAX, () => req.destroy());
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    // Not ended when we stop reading: whoever sends too much is told so.
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_BYTES_MAX) return err(deny('body_too_large'));
      chunks.push(chunk);
    }
    return ok(JSON.parse(fromUtf8(Buffer.concat(chunks))) as unknown);
  } catch {
    return err(deny('malformed_request')); // broken off, not UTF-8, or not JSON
  } finally {
    cancel();
  }
}
