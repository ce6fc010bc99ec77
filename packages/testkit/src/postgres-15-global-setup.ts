/**
 * Vitest's global setup of the project `contract-15`: the same as for `contract`, on the oldest PostgreSQL we promise to
 * run on. It comes under a name of its own, for tests only; without it the project fails, it is never left out.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { serveTests } from './postgres-global-setup.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export default function setup(project: TestProject): Promise<() => Promise<void>> {
  const name = `postgres-15-${process.platform}-${process.arch}`;
  const programs = join(ROOT, 'node_modules', name, 'native');
  if (!existsSync(join(programs, 'bin', 'postgres')))
    throw new Error(`PostgreSQL 15 for the tests (${name}) is not installed. Run \`npm ci --include=optional\` and try again.`);
  return serveTests(project, programs);
}
