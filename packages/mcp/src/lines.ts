/** Over standard input and output: a message per line, answered one after the other, so that a flood waits in the pipe. */
import { fault, type Reply } from './message.ts';
import type { Ask, McpServer } from './server.ts';

/** What a message may be long, in bytes; no tool takes more than a fraction of it. */
export const LINE_BYTES_MAX = 65_536;

/** `null` among the lines: one that was longer than that. */
export type Speaking = { readonly lines: () => AsyncIterable<string | null>; readonly say: (line: string) => void; readonly ask: Ask };

export async function serveLines(server: McpServer, { lines, say, ask }: Speaking): Promise<void> {
  const reply = (answer: Reply | null): void => {
    if (answer) say(JSON.stringify(answer));
  };
  for await (const line of lines()) {
    if (line === null) reply(fault(null, 'no_message', `a message is longer than ${LINE_BYTES_MAX} bytes`));
    else if (line.trim() !== '') reply(await answered(server, line, ask));
  }
}

async function answered(server: McpServer, line: string, ask: Ask): Promise<Reply | null> {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return fault(null, 'unreadable', 'not JSON: one message is one line');
  }
  return server.take(raw, ask);
}
