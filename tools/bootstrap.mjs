/**
 * Runs a TypeScript file of this checkout on the Node.js we pin, installing packages first when they are out of step.
 *
 *   node tools/bootstrap.mjs <script.ts> [args]
 *
 * It runs on whatever Node.js a machine happens to have, so nothing here may need a newer one than 18.
 *
 * The script gets our terminal and an IPC channel, which closes when we die, however we die. A script that keeps
 * processes or sockets open listens: `process.on('disconnect', leave); process.channel?.unref();`.
 * A signal may reach the script twice (once by the process group, once from us): it treats the second as the same wish.
 * When npm started us and is gone, the script hears SIGTERM, as if somebody had asked us.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whenNpmIsGone } from './bootstrap/above.mjs';
import { keepingCompiled } from './bootstrap/compiled.mjs';
import { ensureInstalled } from './bootstrap/install.mjs';
import { nodeToRunOn } from './bootstrap/pinned-node.mjs';
import { Refusal } from './bootstrap/refusal.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [script, ...args] = process.argv.slice(2);

try {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    throw new Refusal(
      `Argus cannot be started by Node.js ${process.versions.node}. ` +
        'Install Node.js 20 or newer (https://nodejs.org) and run the same command again.',
    );
  }
  if (!script) throw new Refusal('Name the script to run: node tools/bootstrap.mjs <script.ts> [args].');
  await ensureInstalled(root, (line) => process.stderr.write(`${line}\n`));
  run(nodeToRunOn(root));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** @param {string} node */
function run(node) {
  const child = spawn(node, [resolve(root, script), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...keepingCompiled(root), ...process.env },
  });
  child.on('error', (error) => {
    process.stderr.write(
      `Could not run ${node}: ${error.message}. Remove node_modules and run the same command again.\n`,
    );
    process.exitCode = 1;
  });
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C and a closed terminal reach the whole process group: the script has it already, and twice means "hurry".
      // Unless it was sent to us alone; the same wish by its other name hurries nobody.
      if (onTerminal && signal !== 'SIGTERM') setTimeout(() => child.kill('SIGTERM'), 1_000).unref();
      else child.kill(signal);
    });
  }
  whenNpmIsGone(() => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    if (signal === null) return process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // A signal that does not end us (SIGCHLD, a blocked one) still has to become an exit code.
    setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 1_000);
  });
}
