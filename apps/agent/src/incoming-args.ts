/**
 * Arguments that come in parts before their command. One command's at a time, in order, never more than the longest a
 * contract takes; what does not fit is forgotten, and the command then finds nothing that its entry pins.
 */
import { ARGS_BYTES_MAX } from '@argus/protocol/commands/index.ts';
import type { ArgsFrame, CommandFrame } from '@argus/protocol/frames.ts';
import { parseJson } from '@argus/protocol/handshake.ts';
import { isCrowded, plainJson } from '@argus/protocol/json.ts';
import { z } from 'zod';

const Args = z.record(z.string(), plainJson());

export function createIncomingArgs() {
  let request: string | null = null;
  let parts: string[] = [];
  let characters = 0;

  function forget(): void {
    request = null;
    parts = [];
    characters = 0;
  }

  return {
    forget,
    characters: () => characters,
    take({ request_id, part, chunk }: ArgsFrame): void {
      if (part === 0) {
        forget();
        request = request_id;
      }
      if (request !== request_id || part !== parts.length || characters + chunk.length > ARGS_BYTES_MAX) return forget();
      parts.push(chunk);
      characters += chunk.length;
    },
    /** The command with the arguments that came before it. What came is not kept for another. */
    whole(frame: CommandFrame): CommandFrame {
      const { args_parts, ...rest } = frame;
      if (args_parts === undefined) return frame;
      const text = request === frame.request_id && parts.length === args_parts ? parts.join('') : '';
      if (request === frame.request_id) forget();
      const args = Args.safeParse(isCrowded(text) ? null : parseJson(text)); // what takes long to read is not read: the owner's switch would wait for it
      return { ...rest, args: args.success ? args.data : {} };
    },
  };
}
export type IncomingArgs = ReturnType<typeof createIncomingArgs>;
