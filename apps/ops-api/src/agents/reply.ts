import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { ReplyFrame } from '@argus/protocol/frames.ts';
import type { ReplyRoom } from './reply-room.ts';

/** An answer as it arrives: pieces in order, never more than the command may send, nor more than there is room for. */
export type ReplyInParts = { readonly text: string[]; length: number; readonly max: number; readonly room: ReplyRoom };
export type AgentReply = { readonly text: string; readonly end: NonNullable<ReplyFrame['end']> };

/** Null while more is to come. What it takes of the room is given back by `letGo`. */
export function collectReply(parts: ReplyInParts, frame: ReplyFrame): Result<AgentReply | null, Denial> {
  if (frame.part !== parts.text.length) return err(deny('bad_frame', `reply part ${frame.part} came as ${parts.text.length}`));
  if (parts.length + frame.chunk.length > parts.max) return err(deny('result_too_large'));
  if (!parts.room.take(frame.chunk.length)) return err(deny('too_many_results'));
  parts.length += frame.chunk.length;
  parts.text.push(frame.chunk);
  if (!frame.end) return ok(null);
  if ((frame.end.ok === true) === (frame.end.code !== undefined)) return err(deny('bad_frame', 'reply is neither one nor the other'));
  const text = parts.text.join('');
  // A character has at least one byte: what is counted on the way is never too much, and here it is exact.
  return Buffer.byteLength(text) > parts.max ? err(deny('result_too_large')) : ok({ text, end: frame.end });
}

export function letGo(parts: ReplyInParts): void {
  parts.room.giveBack(parts.length);
  parts.length = 0;
  parts.text.length = 0;
}
