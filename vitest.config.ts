import { defineConfig } from 'vitest/config';

/** One PostgreSQL for the run; a file gets its own database with testDatabase() of @argus/testkit/postgres.ts. */
const contract = (name: string, globalSetup: string) => ({
  test: {
    name,
    include: ['apps/**/*.contract.test.ts', 'packages/testkit/**/*.contract.test.ts', 'bench/**/*.contract.test.ts'],
    globalSetup: [globalSetup],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

/** They say how long something takes, so nothing else may run beside them. */
const TIMED = ['kill-switch', 'two-nodes', 'kill-server', 'crashes', 'small', 'hostile/*'].map((name) => `e2e/${name}.e2e.test.ts`);
/** Seconds have to pass in them, by the machine's own clocks; they run beside one another, and beside the rest. */
const WAITING = ['database-away', 'database-away-external', 'lease', 'node-lost', 'hostile-wire'].map((name) => `e2e/${name}.e2e.test.ts`);
/** They start many processes, or try a great many cases: for `npm test`, and not before every commit. */
const LONG = [
  'apps/agent/src/{main,mutated-frames,hostile-server,log-commands}', 'apps/agent/src/cli/consent', 'apps/argusctl/src/{main,complete}',
  'packages/ledger/src/proofs', 'tools/bootstrap', 'verify/second/second',
].map((name) => `${name}.test.ts`);
const NEVER = '**/node_modules/**';
const e2e = (name: string, files: { include: string[]; exclude?: string[] }) => ({ test: { name, ...files, testTimeout: 120_000, hookTimeout: 120_000 } });

const eachFile = 'packages/testkit/src/after-each-file.ts';

/** Modules are loaded once per worker, not once per file: half the time went into that. So no module keeps state. */
const shared = (name: string, files: { include: string[]; exclude?: string[] }) => ({
  test: { name, ...files, isolate: false, setupFiles: [eachFile], testTimeout: 20_000 }, // none takes 2 s; a machine that does eight things at once takes longer
});

/**
 * One project per speed: `unit` runs on every save, `contract` needs PostgreSQL, `e2e` needs real processes.
 * `contract-15` runs the files of `contract` on the oldest PostgreSQL we promise to run on. `e2e-timed` is `e2e`, one file at a time.
 */
export default defineConfig({
  test: {
    projects: [
      shared('unit', {
        include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'tools/**/*.test.ts', 'bench/**/*.test.ts', 'verify/**/*.test.ts'],
        exclude: [NEVER, '**/*.contract.test.ts', ...LONG],
      }),
      shared('unit-long', { include: LONG, exclude: [NEVER] }),
      shared('flow', { include: ['flow/**/*.test.ts'] }),
      contract('contract', 'packages/testkit/src/postgres-global-setup.ts'),
      contract('contract-15', 'packages/testkit/src/postgres-15-global-setup.ts'),
      e2e('e2e', { include: ['e2e/**/*.test.ts'], exclude: [NEVER, ...TIMED, ...WAITING] }),
      e2e('e2e-waiting', { include: WAITING }),
      { test: { ...e2e('e2e-timed', { include: TIMED }).test, fileParallelism: false } },
    ],
  },
});
