import { defineConfig } from 'vitest/config';

/** What is run against each mutant: the tests beside what is changed and beside what uses it. */
export default defineConfig({
  test: {
    include: ['apps/ops-api/src/{gates,sessions,audit,support,tenants}/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*.contract.test.ts'],
  },
});
