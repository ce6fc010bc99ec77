import { defineConfig } from 'vitest/config';

/** What is run against each mutant: unit tests of the ops API and the whole-path tests, without anything of their own outside. */
export default defineConfig({
  test: {
    include: ['apps/ops-api/src/**/*.test.ts', 'flow/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*.contract.test.ts', 'apps/ops-api/src/{db,adapters}/**'],
  },
});
