import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'argus-agent-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

/** An empty folder of its own, gone when the test file is through. */
export function scratch(): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  return folder;
}
