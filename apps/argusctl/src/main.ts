/** The program: the only file that sees the process. */

// First of all: secrets given as flags leave the process list (on Linux the title overwrites the arguments).
const argv = process.argv.slice(2);
process.title = 'argusctl';

const [{ runCli }, { readFile }, { outFile }, { linesOf }, { systemClock }] = await Promise.all([
  import('./cli.ts'),
  import('./adapters/files.ts'),
  import('./adapters/out-file.ts'),
  import('./adapters/lines.ts'),
  import('@argus/kit/clock.ts'),
]);

// `argusctl agent ls | head -1` closes the pipe; that is no failure.
process.stdout.on('error', (problem: NodeJS.ErrnoException) => process.exit(problem.code === 'EPIPE' ? 0 : 1));

const streamOf = (stream: NodeJS.WriteStream) => ({
  isTTY: stream.isTTY,
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
  outFile,
  lines: () => linesOf(process.stdin, 65_536),
});
export {};
