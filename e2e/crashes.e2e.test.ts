import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { calmStart, crashOften, RESTART_MS_MAX, type Round } from './crashes.ts';
import { fillLog } from './fill-log.ts';
import { ROOT } from './processes.ts';
import { ready } from './ready.ts';

/** Five in every run; `npm run bench -- crashes` asks for a hundred. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 2);
/** In the trees of other tenants, before the first round: the bench has a log of some size. */
const FILLED = Number(process.env['CRASH_ENTRIES'] ?? 0);
const FILL_MS = 120_000;
/** The promise is 3 s on a machine that does nothing else. Where everything is slow, so is a start after a calm stop: no slower than this. */
const TIMES_CALM = 3;
const ROUND_MS = 30_000;

const COLUMNS = ['round', 'killedAfterMs', 'acknowledged', 'entries', 'restartMs', 'cpuMs', 'missing', 'forks'] as const satisfies readonly (keyof Round)[];
const line = (cells: readonly (string | number)[]) => `${cells.map((cell) => String(cell).padStart(13)).join(' ')}\n`;

test(
  `killed ${ROUNDS} times under load, no acknowledged entry is missing, the log never forks, and each restart is in time`,
  async () => {
    const world = await ready();
    if (FILLED > 0) await fillLog(world.installation, { trees: 4, entries: FILLED });
    const calmMs = await calmStart(world);
    process.stdout.write(`a start after a calm stop takes ${calmMs} ms\n${line(COLUMNS)}`);
    const rows = await crashOften(world, ROUNDS, (row) => process.stdout.write(line(COLUMNS.map((column) => row[column]))));
    const restarts = rows.map(({ restartMs }) => restartMs).toSorted((a, b) => a - b);
    const late = restarts.filter((ms) => ms > RESTART_MS_MAX).length;
    process.stdout.write(`${rows.reduce((n, row) => n + row.acknowledged, 0)} acknowledged; restart p50 ${restarts[Math.floor(restarts.length / 2)]} ms, worst ${restarts.at(-1)} ms, ${late} over ${RESTART_MS_MAX} ms\n`);
    if (process.env['CRASH_ROUNDS'] !== undefined) {
      mkdirSync(join(ROOT, 'bench/results'), { recursive: true });
      writeFileSync(join(ROOT, 'bench/results/crashes.json'), `${JSON.stringify({ at: new Date().toISOString(), calmMs, rows }, null, 2)}\n`);
    }
    expect(rows).toHaveLength(ROUNDS);
    for (const row of rows) {
      expect(row).toMatchObject({ missing: 0, forks: 0 } satisfies Partial<Round>);
      expect(row.acknowledged).toBeGreaterThan(0);
      expect(row.restartMs).toBeLessThan(Math.max(RESTART_MS_MAX, TIMES_CALM * calmMs));
    }
  },
  ROUNDS * ROUND_MS + FILL_MS,
);
