/**
 * `npm run bench -- crashes`: the server killed with -9 a hundred times under load (CRASH_ROUNDS), on a log of 200,000 entries
 * in several trees (CRASH_ENTRIES), by the test that does it twice on a short one.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

export async function benchCrashes(): Promise<void> {
  const root = dirname(import.meta.dirname);
  const env = { ...process.env, CRASH_ROUNDS: process.env['CRASH_ROUNDS'] ?? '100', CRASH_ENTRIES: process.env['CRASH_ENTRIES'] ?? '200000' };
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'e2e-timed', '--reporter=default', 'crashes'], { cwd: root, env, stdio: 'inherit' });
  process.exitCode = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  process.disconnect?.();
}
