import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * What long bodies may take up in memory, all together, from the first byte until they are answered: a few tokens that send
 * much at once, or slowly, must not bring down the server for everybody. Bodies of an ordinary length are not counted.
 */
export const BODY_ROOM_BYTES = 64 * 1_048_576;

export function createBodyRoom({ usual, room = BODY_ROOM_BYTES }: { readonly usual: number; readonly room?: number }) {
  let taken = 0;
  return {
    taken: () => taken,
    /** False: there is no room now. What was taken is given back when the connection is through with this request, however. */
    take(request: IncomingMessage, answer: ServerResponse, most: number): boolean {
      const named = Number(request.headers['content-length'] ?? Number.NaN);
      const bytes = Number.isNaN(named) ? most : Math.min(named, most); // what does not say how long it is may be as long as any
      if (bytes <= usual) return true;
      if (taken + bytes > room) return false;
      taken += bytes;
      answer.once('close', () => (taken -= bytes));
      return true;
    },
  };
}
