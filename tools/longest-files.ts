/** The ten longest source files, on every run: nobody is blocked, everybody sees it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './stages.ts';
import { sourceFiles } from './source-files.ts';

export async function printLongestFiles(): Promise<void> {
  const files = sourceFiles().filter((file) => !/\.(test|contract)\.ts$/.test(file));
  const lengths = await Promise.all(
    files.map(async (file) => ({ file, lines: (await readFile(join(ROOT, file), 'utf8')).split('\n').length - 1 })),
  );
  process.stdout.write('\nLongest source files:\n');
  for (const { file, lines } of lengths.toSorted((a, b) => b.lines - a.lines).slice(0, 10)) {
    process.stdout.write(`${String(lines).padStart(6)}  ${file}\n`);
  }
}
