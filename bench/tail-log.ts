/** What the last lines of a log of one gigabyte cost: written, and sparse with lines at its end. `node tools/bootstrap.mjs bench/tail-log.ts` */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installRootFiles } from '@argus/agent/adapters/files/install-root.ts';
import { knownConfigs } from '@argus/agent/adapters/files/known-configs.ts';
import { run, type Reach } from '@argus/agent/commands/index.ts';
import { createLargeInTurn } from '@argus/agent/large-in-turn.ts';
import { SMALL_FLAGS } from '@argus/agent/service/definition.ts';

// As the agent's own service runs it, and no other way: how much garbage may lie about is a flag, too.
if (!process.execArgv.includes(SMALL_FLAGS[0] ?? '')) process.exit(spawnSync(process.execPath, [...SMALL_FLAGS, import.meta.filename], { stdio: 'inherit' }).status ?? 1);

const SIZE = Number(process.env['BENCH_LOG_MIB'] ?? 1_024) * 1_048_576;
const RUNS = 50;
const root = mkdtempSync(join(tmpdir(), 'argus-tail-'));
const lines = Array.from({ length: 20_000 }, (_, n) => `2026-03-01T11:00:00.000Z INFO frame ${String(n).padStart(8, '0')} sent to upstream, 25 fps, queue 3\n`).join('');

function written(fd: number): void {
  for (let size = 0; size < SIZE; ) size += writeSync(fd, lines);
}
function sparse(fd: number): void {
  writeSync(fd, lines, SIZE - lines.length);
}

const files = installRootFiles(root, knownConfigs(join(root, 'known-configs.json')));
const inTurn = createLargeInTurn(async () => undefined);

/** The code is loaded before anything is measured; the file of each line is not. */
async function warmUp(): Promise<void> {
  writeFileSync(join(root, 'argus.log'), lines);
  await run({ name: 'tail_log', args: { lines: 5, file: 'argus.log' } }, { asked: { isStillWanted: () => true }, files, inTurn } as Reach); // all that this command touches
}

try {
  await warmUp();
  for (const [what, fill] of Object.entries({ written, sparse })) {
    const log = join(root, 'argus.log');
    const fd = openSync(log, 'w');
    fill(fd);
    closeSync(fd);
    const reach = { asked: { isStillWanted: () => true }, files, inTurn } as Reach; // all that this command touches
    for (const asked of [200, 5_000]) {
      const ask = () => run({ name: 'tail_log', args: { lines: asked, file: 'argus.log' } }, reach);
      const cold = await timed(ask);
      globalThis.gc?.();
      const before = process.memoryUsage();
      const warm: number[] = [];
      let peak = 0;
      for (let n = 0; n < RUNS; n++) {
        warm.push(await timed(ask));
        peak = Math.max(peak, process.memoryUsage().rss - before.rss);
      }
      const sorted = warm.toSorted((a, b) => a - b);
      process.stdout.write(`${what.padEnd(8)} ${String(asked).padStart(5)} lines: first ${cold.toFixed(1)} ms, then median ${sorted[RUNS / 2]?.toFixed(1)} ms, worst ${sorted.at(-1)?.toFixed(1)} ms; memory grew by ${(peak / 1_048_576).toFixed(1)} MiB at most in ${RUNS} runs\n`);
    }
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function timed(what: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await what();
  return performance.now() - from;
}
