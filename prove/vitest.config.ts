import { dirname } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Real processes, many notebooks: not part of the unit tests. */
export default defineConfig({
  test: {
    root: dirname(import.meta.dirname),
    include: ['prove/**/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
