import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Lines of a file of any length, one at a time. */
export async function* keptCheckpoints(file: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) if (line.trim() !== '') yield line;
}
