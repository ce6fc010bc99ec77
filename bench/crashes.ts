/** `npm run bench -- crashes`: the server killed with -9 a hundred times under load (CRASH_ROUNDS), by the test that does it five times. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

export async function benchCrashes(): Promise<void> {
  const root = dirname(import.meta.dirname);
  const env = { ...process.env, CRASH_ROUNDS: process.env['CRASH_ROUNDS'] ?? '100' };
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'e2e', '--reporter=default', 'crashes'], { cwd: root, env, stdio: 'inherit' });
  process.exitCode = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  process.disconnect?.();
}
