import { err, ok, type Result } from '@argus/kit/result.ts';
import { deny, type Denial } from '@argus/protocol/errors.ts';
import type { ReplyFrame } from '@argus/protocol/frames.ts';

/** An answer as it arrives: pieces in order, never more than the command may send. */
export type ReplyInParts = { readonly text: string[]; length: number; readonly max: number };
export type AgentReply = { readonly text: string; readonly end: NonNullable<ReplyFrame['end']> };

/** Null while more is to come. */
export function collectReply(parts: ReplyInParts, frame: ReplyFrame): Result<AgentReply | null, Denial> {
  if (frame.part !== parts.text.length) return err(deny('bad_frame', `reply part ${frame.part} came as ${parts.text.length}`));
  parts.length += frame.chunk.length;
  if (parts.length > parts.max) return err(deny('result_too_large'));
  parts.text.push(frame.chunk);
  if (!frame.end) return ok(null);
  if ((frame.end.ok === true) === (frame.end.code !== undefined)) return err(deny('bad_frame', 'reply is neither one nor the other'));
  return ok({ text: parts.text.join(''), end: frame.end });
}
