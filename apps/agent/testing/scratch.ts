import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/** An empty folder of its own: gone when the test is through, or the file where it was made outside of any test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'argus-agent-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    onTestFinished(remove);
  } catch {
    afterAll(remove); // no test runs
  }
  return folder;
}
