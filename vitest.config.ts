import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.{ts,tsx}',
      'kernels/**/*.test.ts',
      'scripts/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    // Those that need a real browser run with the journeys.
    exclude: [...configDefaults.exclude, '**/*.browser.test.ts'],
    // Some start processes that import pandas: how long that takes on a busy machine is not what they are about.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
