import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.{ts,tsx}',
      'kernels/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
  },
});
