import { defineConfig } from 'vitest/config';

/** One project per speed: `unit` runs on every save, `contract` needs PostgreSQL, `e2e` needs real processes. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.contract.test.ts'],
        },
      },
      { test: { name: 'flow', include: ['flow/**/*.test.ts'] } },
      {
        test: {
          name: 'contract',
          include: ['apps/**/*.contract.test.ts', 'packages/testkit/**/*.contract.test.ts'],
          // One PostgreSQL for the run; a file gets its own database with testDatabase() of @argus/testkit/postgres.ts.
          globalSetup: ['packages/testkit/src/postgres-global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'e2e', include: ['e2e/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false } },
    ],
  },
});
