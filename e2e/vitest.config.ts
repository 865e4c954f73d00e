import { dirname } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Journeys share one machine's processors and a browser: one after the other, each with time for a slow machine. */
export default defineConfig({
  test: {
    root: dirname(import.meta.dirname),
    include: ['e2e/**/*.e2e.ts', 'packages/web/test/**/*.browser.test.ts'],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
