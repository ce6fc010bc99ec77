/** A download into a file: whole, or nothing is left of it. One that is shorter than was announced is not whole. */
import type { Download } from '@argus/client/download.ts';
import type { Context, LocalProblem, Problem } from './command.ts';

export type Saved = { readonly bytes: number };
const local = (code: 'not_written' | 'does_not_hold', says: string, hint: string): LocalProblem => ({ kind: 'local', code, says, hint });

export async function saveDownload(ctx: Context, request: Download, out: string): Promise<Saved | Problem> {
  const { outFile, progress } = ctx;
  const notWritten = (why: string) => local('not_written', `It was not saved: ${why}`, 'Name another file with --out. Nothing is left of this one.');
  const why = await outFile.whyNot(out);
  if (why !== null) return notWritten(`${why}; nothing was asked for`);
  progress('waiting for the server');
  const opened = await ctx.open(request);
  if (!opened.ok) return opened.error;
  const writer = await outFile.begin(out);
  if (typeof writer === 'string') return notWritten(writer);
  const { length, pieces } = opened.value;
  let bytes = 0;
  for await (const piece of pieces) {
    if (!piece.ok) {
      await writer.drop();
      return piece.error;
    }
    const failed = await writer.write(piece.value);
    if (failed !== null) return notWritten(failed);
    bytes += piece.value.length;
    progress(`${out}: ${sizeOf(bytes)}${length === null ? '' : ` of ${sizeOf(length)}, ${Math.floor((100 * bytes) / Math.max(1, length))} %`}`);
  }
  if (length !== null && bytes !== length) {
    await writer.drop();
    return local('does_not_hold', `It came to ${bytes} bytes, and ${length} were announced: it is not whole`, 'Nothing was kept. Ask again; if it lasts, look at what stands between you and the server.');
  }
  const failed = await writer.keep();
  progress(null);
  return failed === null ? { bytes } : notWritten(failed);
}

export const sizeOf = (bytes: number): string => (bytes < 10_000 ? `${bytes} bytes` : bytes < 10_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);
