import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atTheEndOfTheFile } from '@argus/testkit/end-of-file.ts';

/** An empty folder of its own, gone when the test file is through. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'argus-agent-'));
  atTheEndOfTheFile(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
