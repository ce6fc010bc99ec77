/** `npm run print`: prints docs/reference, docs/cli and docs/FLOW.md anew, then shows what changed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI_PAGES } from './reference/cli-pages.ts';
import { PAGES } from './reference/pages.ts';
import { render } from './reference/table.ts';
import { ROOT } from './stages.ts';

for (const [name, pages] of [['reference', PAGES], ['cli', CLI_PAGES]] as const) {
  const folder = join(ROOT, 'docs', name);
  mkdirSync(folder, { recursive: true });
  for (const page of pages) writeFileSync(join(folder, page.file), render(page));
}
execFileSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'flow', '--update', 'all', 'command.flow'], { cwd: ROOT, stdio: 'inherit' });
execFileSync('git', ['--no-pager', 'diff', '--stat', '--', 'docs', 'flow'], { cwd: ROOT, stdio: 'inherit' });
process.disconnect?.();
