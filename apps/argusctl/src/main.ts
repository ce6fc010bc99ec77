/** The program: the only file that sees the process. */

import { unlinkSync } from 'node:fs';

// First of all: secrets given as flags leave the process list (on Linux the title overwrites the arguments).
const argv = process.argv.slice(2);
process.title = 'argusctl';

const [{ runCli }, { readFile }, { makeOutFile }, { digestFile }, { terminalOver }, { linesOf }, { systemClock }] = await Promise.all([
  import('./cli.ts'),
  import('./adapters/files.ts'),
  import('./adapters/out-file.ts'),
  import('./adapters/digest-file.ts'),
  import('./adapters/terminal.ts'),
  import('./adapters/lines.ts'),
  import('@argus/kit/clock.ts'),
]);

// `argusctl agent ls | head -1` closes the pipe; that is no failure.
process.stdout.on('error', (problem: NodeJS.ErrnoException) => process.exit(problem.code === 'EPIPE' ? 0 : 1));

// Stopped in the middle, we leave no half of a file behind.
const unfinished = new Set<string>();
for (const [signal, exit] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const)
  process.on(signal, () => {
    for (const path of unfinished) unlinkQuietly(path);
    process.exit(exit);
  });
function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it got its name, or is gone
  }
}

const streamOf = (stream: NodeJS.WriteStream) => ({
  isTTY: stream.isTTY,
  columns: stream.columns || undefined, // 0 where nobody told the terminal its size
  write: (text: string) => void stream.write(text),
});

process.exitCode = await runCli({
  argv,
  env: process.env,
  fetch: (url, init) => fetch(url, init),
  stdout: streamOf(process.stdout),
  stderr: streamOf(process.stderr),
  clock: systemClock,
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  readFile,
  lines: () => linesOf(process.stdin, 65_536),
  digestFile,
  outFile: makeOutFile(unfinished),
  terminal: terminalOver(process.stdin, process.stderr),
  browser: async () => (await import('./adapters/browser.ts')).systemBrowser(process.env, process.platform),
  pause: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
});
