import { defineConfig } from 'vitest/config';

/** Tests that need more than npm: other engines over the lakehouse. Run by `.ci/run`, which installs those. */
export default defineConfig({
  test: {
    include: ['{functions,shared,localstack}/**/*.native.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
